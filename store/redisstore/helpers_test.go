package redisstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/redis/rueidis"
)

var bg = context.Background()

// noon is where the records of the tests are due.
var noon = time.Date(2031, time.March, 5, 12, 0, 0, 0, time.UTC)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// insist does something again and again as long as the server can't be reached.
func insist(tb testing.TB, do func() error) {
	tb.Helper()
	err := do()
	for errors.Is(err, store.ErrUnreachable) && tb.Context().Err() == nil {
		err = do()
	}
	must(tb, err)
}

// says reports an error that is not of this kind or lacks one of these texts.
func says(tb testing.TB, err, kind error, texts ...string) {
	tb.Helper()
	if err == nil || kind != nil && !errors.Is(err, kind) {
		tb.Errorf("got error %v, want one that wraps %q", err, kind)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			tb.Errorf("got error %v, want one that says %q", err, text)
		}
	}
}

// A place is a pair of keys of a test's own, on a server.
type place struct {
	url          string
	tasks, times string
	raw          rueidis.Client // to look and meddle with, behind the store's back
}

// newPlace makes keys that are removed with the test.
func newPlace(tb testing.TB, url string) place {
	tb.Helper()
	name := "{test-" + rand.Text() + "}"
	p := place{url: url, tasks: name + ".tasks", times: name + ".run_times", raw: newClient(tb, url)}
	tb.Cleanup(func() {
		keys := []string{p.tasks, p.times, p.tasks + ":nodes", p.tasks + ":history"}
		for _, log := range []string{"audit", "live"} {
			keys = append(keys, p.tasks+":history:"+log)
		}
		p.raw.Do(bg, p.raw.B().Del().Key(keys...).Build())
	})
	return p
}

// newClient makes a bare client for a URL of the tests.
func newClient(tb testing.TB, url string) rueidis.Client {
	tb.Helper()
	option, err := rueidis.ParseURL(url)
	must(tb, err)
	option.DisableCache = true
	c, err := rueidis.NewClient(option)
	must(tb, err)
	tb.Cleanup(c.Close)
	return c
}

func single(tb testing.TB) place { return newPlace(tb, testserver.URL(tb, "redis")) }

func (p place) keys() []redisstore.Option {
	return []redisstore.Option{redisstore.WithTasksKey(p.tasks), redisstore.WithRunTimesKey(p.times)}
}

func (p place) open(tb testing.TB, options ...redisstore.Option) *redisstore.Store {
	tb.Helper()
	s, err := redisstore.Open(bg, p.url, append(p.keys(), options...)...)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

// do runs a command behind the store's back.
func (p place) do(tb testing.TB, words ...string) rueidis.RedisResult {
	tb.Helper()
	r := p.raw.Do(bg, p.raw.B().Arbitrary(words[0]).Keys(words[1]).Args(words[2:]...).Build())
	if err := r.Error(); err != nil && !rueidis.IsRedisNil(err) {
		tb.Fatalf("%q: %v", words, err)
	}
	return r
}

func task(id string) store.Record {
	return store.Record{ID: id, Due: noon, Executor: "default", Data: []byte("data of " + id)}
}

func add(tb testing.TB, s store.Store, records ...store.Record) {
	tb.Helper()
	for _, r := range records {
		must(tb, s.Add(bg, r))
	}
}

// listed are the ids that All yields, and the errors beside ids.
func listed(tb testing.TB, s store.Store) (good []string, bad map[string]error) {
	tb.Helper()
	bad = map[string]error{}
	for r, err := range s.All(bg) {
		switch {
		case err == nil:
			good = append(good, r.ID)
		case errors.Is(err, store.ErrCorrupt):
			bad[r.ID] = err
		default:
			tb.Fatal(err)
		}
	}
	return good, bad
}

func ids(records []store.Record) string {
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = r.ID
	}
	return fmt.Sprint(list)
}

func contains(s string, texts ...string) bool {
	for _, text := range texts {
		if !strings.Contains(s, text) {
			return false
		}
	}
	return true
}
