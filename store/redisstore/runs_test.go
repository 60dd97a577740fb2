package redisstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// many are rows of one task, all of one end, so that only their fires differ.
func many(n int, data string) []store.RunEntry {
	rows := make([]store.RunEntry, n)
	for i := range rows {
		rows[i] = store.RunEntry{Task: "a", Fire: noon.Add(time.Duration(i) * time.Second), Ended: noon, Data: []byte(data)}
	}
	return rows
}

// The data is a part of a row's entry, so that a row with other data is another
// entry, beside which the old one must not stay.
func TestRowsThatAreThereAreReplacedAndNotDoubled(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	const n = 1300
	must(t, s.AppendRuns(bg, many(n, "\x01 first")))
	must(t, s.AppendRuns(bg, many(n, "\x01 first")))
	again := many(n, "")
	again = append(again, many(10, "\x00 twice in one call")...)
	must(t, s.AppendRuns(bg, again))
	if entries, _ := p.do(t, "ZCARD", p.tasks+":history").AsInt64(); entries != 2*n {
		t.Errorf("the history has %d entries for %d rows, want two for each", entries, n)
	}
	left := n
	for r, err := range s.Runs(bg, store.RunQuery{Task: "a"}) {
		must(t, err)
		left--
		want := ""
		if left < 10 {
			want = "\x00 twice in one call"
		}
		if string(r.Data) != want || !r.Fire.Equal(again[left].Fire) {
			t.Fatalf("row %d is %+v, want the data %q", left, r, want)
		}
	}
	if left != 0 {
		t.Errorf("%d rows were not returned", left)
	}
}

func TestFireIsFoundBehindPagesOfItsTask(t *testing.T) {
	t.Parallel()
	s := single(t).open(t)
	must(t, s.AppendRuns(bg, many(1700, "x")))
	for _, limit := range []int{0, 1} {
		found := 0
		for r, err := range s.Runs(bg, store.RunQuery{Task: "a", Fire: noon, Limit: limit}) {
			must(t, err)
			if found++; !r.Fire.Equal(noon) {
				t.Errorf("asked for a fire, got %+v", r)
			}
		}
		if found != 1 {
			t.Errorf("with the limit %d the fire was found %d times", limit, found)
		}
	}
}

func TestForeignEntryOfAHistoryIsToldAndTrimmed(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	must(t, s.AppendRuns(bg, many(2, "x")))
	for _, m := range []string{"a", "ajunk", "a12345678junk", "a12345678\x0012345678"} {
		p.do(t, "ZADD", p.tasks+":history", "0", m)
	}
	good, bad := 0, 0
	for _, err := range s.Runs(bg, store.RunQuery{}) {
		if err == nil {
			good++
		} else {
			says(t, err, store.ErrCorrupt, "no row")
			bad++
		}
	}
	if good != 2 || bad != 4 {
		t.Errorf("%d rows and %d errors, want 2 and 4", good, bad)
	}
	if n, err := s.TrimRuns(bg, "", noon.AddDate(1, 0, 0), 0); err != nil || n != 6 {
		t.Errorf("TrimRuns removed %d, %v", n, err)
	}
	if n, _ := p.do(t, "ZCARD", p.tasks+":history").AsInt64(); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// A batch says of each write what the single method would, in the order of the
// writes, wherever the script deals with it.
func TestOutcomesOfABatchAreThoseOfItsWrites(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	const n = 700
	batch(t, s, adds(0, n))
	for i := 6; i < n; i += 7 {
		p.do(t, "HSET", p.tasks, id(i), "junk")
	}
	writes := make([]store.Write, n)
	want := make([]error, n)
	for i := range writes {
		r := store.Record{ID: id(i), Rev: 1, Due: noon.Add(time.Hour)}
		switch i % 7 {
		case 0:
			writes[i] = store.Write{Op: store.OpAdd, Record: r}
			want[i] = store.ErrExists
		case 1:
			writes[i] = store.Write{Op: store.OpUpdate, Record: r}
		case 2:
			r.Rev = 7
			writes[i] = store.Write{Op: store.OpUpdate, Record: r}
			want[i] = store.ErrConflict
		case 3:
			r.ID = fmt.Sprint("new", i)
			writes[i] = store.Write{Op: store.OpAdd, Record: r}
		case 4:
			r.Rev = 0
			writes[i] = store.Write{Op: store.OpDelete, Record: r}
		case 5:
			r.ID = "nobody" + r.ID
			writes[i] = store.Write{Op: store.OpDelete, Record: r}
			want[i] = store.ErrNotFound
		case 6:
			writes[i] = store.Write{Op: []store.Op{store.OpUpdate, store.OpDelete}[i%2], Record: r}
			want[i] = store.ErrCorrupt
		}
	}
	results, err := s.Batch(bg, writes)
	must(t, err)
	for i := range results {
		if want[i] == nil {
			must(t, results[i])
		} else {
			says(t, results[i], want[i], writes[i].Record.ID)
		}
	}
	good, bad := listed(t, s)
	if len(good) != n/7*6 || len(bad) != n/7 {
		t.Errorf("%d records are good and %d damaged", len(good), len(bad))
	}
	if moved, err := s.Get(bg, id(1)); err != nil || moved.Rev != 2 || !moved.Due.Equal(noon.Add(time.Hour)) {
		t.Errorf("what was updated is %+v, %v", moved, err)
	}
	if entries, _ := p.do(t, "ZCARD", p.times).AsInt64(); entries != n {
		t.Errorf("the index has %d entries, want %d", entries, n)
	}
}
