package redisstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// The bytes are written by hand from the layout's description: what one version
// has written, the next must read.
func TestLayoutOfARecord(t *testing.T) {
	t.Parallel()
	// 2001-09-09 01:46:40 UTC is 10^9 s after 1970: 10^15 µs, 0x38d7ea4c68000.
	r := store.Record{ID: "a", Due: time.Unix(1e9, 0).UTC(), Executor: "pool", Data: []byte("{}")}
	want := "AZR\x01" + "\x00\x00\x00\x00\x00\x00\x00\x07" + "\x80\x03\x8d\x7e\xa4\xc6\x80\x00" + "\x04pool" + "\x00\x00\x00\x02{}"
	if got := string(encode(&r, 7)); got != want {
		t.Errorf("a record is\n%q, want\n%q", got, want)
	}
	if got, want := index(&r), "dpool\x00\x80\x03\x8d\x7e\xa4\xc6\x80\x00a"; got != want {
		t.Errorf("its entry is %q, want %q", got, want)
	}
	back, err := decode("a", []byte(want))
	if err != nil || back.Rev != 7 || !back.Due.Equal(r.Due) || back.Executor != "pool" || string(back.Data) != "{}" {
		t.Errorf("read back it is %+v, %v", back, err)
	}
	r.Due = time.Time{}
	want = "AZR\x01" + "\x00\x00\x00\x00\x00\x00\x00\x01" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x04pool" + "\x00\x00\x00\x02{}"
	if got := string(encode(&r, 1)); got != want || index(&r) != "pa" {
		t.Errorf("paused it is %q, its entry %q", got, index(&r))
	}
}

func TestMomentsAreInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	last := ""
	for _, at := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Unix(0, 0),
		time.Unix(0, 1000), time.Unix(1<<33, 0), time.Unix(1<<33, 1000), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	} {
		m := moment(at)
		if m <= last || !readMoment([]byte(m)).Equal(at) || after(at) <= m || moment(at.Add(-time.Microsecond)) >= m {
			t.Errorf("%v is %q, after %q", at, m, last)
		}
		last = m
	}
}

// Go's side and Lua's agree on what is a record, or one would take what the other
// can't read.
func FuzzBothSidesAgreeOnWhatIsARecord(f *testing.F) {
	option, err := rueidis.ParseURL(testserver.URL(f, "redis"))
	if err != nil {
		f.Fatal(err)
	}
	option.DisableCache = true
	client, err := rueidis.NewClient(option)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.Close)
	lua := rueidis.NewLuaScript(recordLua + `
		local rev, due, label = head(ARGV[1])
		if not rev then return {} end
		return {rev, due, label, member(due, label, 'id')}`)
	good := string(encode(&store.Record{Due: time.Unix(1e9, 5000), Executor: "pool", Data: []byte("data")}, 258))
	for _, v := range []string{
		"", "AZR\x01", good, good + "x", good[:len(good)-1], "AZR\x02" + good[4:], strings.Replace(good, "pool", "po\x00l", 1),
		good[:4] + "\x00\x00\x00\x00\x00\x00\x00\x00" + good[12:], good[:12] + "\x00\x00\x00\x00\x00\x00\x00\x00" + good[20:],
		good[:20] + "\xff" + good[21:], good[:20], good[:25], string(encode(&store.Record{}, 1)), good[:25] + "\xff\xff\xff\xff" + good[29:],
	} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		answer, err := lua.Exec(context.Background(), client, []string{"x", "y"}, []string{v}).AsStrSlice()
		if err != nil {
			t.Fatal(err)
		}
		r, err := decode("id", []byte(v))
		if (err == nil) != (len(answer) > 0) || err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("Go reads %q as %+v, %v; Lua as %q", v, r, err, answer)
		}
		if err != nil {
			return
		}
		if v[4:12] != answer[0] || v[12:20] != answer[1] || r.Executor != answer[2] {
			t.Errorf("Go reads %q as %+v, Lua as %q", v, r, answer)
		}
		e, ours := readEntry(answer[3])
		if !ours || !e.describes(r) {
			t.Errorf("of %+v the entry is %+v", r, e)
		}
	})
}
