package redisstore_test

import (
	"bytes"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/redis/rueidis"
)

// The server does nothing else while it runs a script. What is much work is
// therefore done by many calls, between which others have their turn. The numbers
// of calls are those that it takes when none does more than twice what its bound
// allows, because what a scan returns is up to the server.
func TestMuchWorkIsDoneByManyCallsOfScripts(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	s, err := redisstore.Open(bg, server.url())
	must(t, err)
	defer s.Close()
	raw := newClient(t, server.url())
	do := func(words ...string) {
		t.Helper()
		must(t, raw.Do(bg, raw.B().Arbitrary(words...).Build()).Error())
	}
	atLeast := func(least int64, what string, work func() error) {
		t.Helper()
		before := scriptCalls(t, raw)
		must(t, work())
		if got := scriptCalls(t, raw) - before; got < least {
			t.Errorf("%s takes %d calls of scripts, want at least %d", what, got, least)
		}
	}
	write := func(writes []store.Write) func() error {
		return func() error { _, err := s.Batch(bg, writes); return err }
	}
	claim := func(limit int) func() error {
		return func() error {
			_, err := s.Claim(bg, store.DueQuery{At: noon, Limit: limit}, noon.Add(time.Hour))
			return err
		}
	}
	trim := func(before time.Time, keep int) func() error {
		return func() error { _, err := s.TrimRuns(bg, "", before, keep); return err }
	}
	walk := func() error { listed(t, s); return nil }

	const n = 5000
	atLeast(n/2000, "a batch of many writes", write(adds(0, n)))
	atLeast(n/1000, "a walk", walk)
	do("HSET", "asyncz.tasks", id(7), "junk")
	atLeast(n/1000+n/400, "a walk that looks for what the index doesn't have", walk)
	atLeast(1+n/2000, "the removal of a damaged record", func() error { return s.Delete(bg, id(7), 0) })
	do("DEL", "asyncz.run_times")
	atLeast(n/400, "a claim without an index", claim(1))
	atLeast(n/2000, "a claim of many records", claim(n))

	do("FLUSHALL")
	must(t, write(adds(0, n))())
	junk := []string{"HSET", "asyncz.tasks"}
	for i := range n - 1 {
		junk = append(junk, id(i), "junk")
	}
	do(junk...)
	atLeast(2, "a claim of one record behind many that are damaged", claim(1)) // 2000 each

	do("FLUSHALL")
	large := adds(0, 40)
	for i := range large {
		large[i].Record.Data = bytes.Repeat([]byte("x"), 1<<20)
	}
	atLeast(40/8, "a batch of large records", write(large))
	atLeast(40/16, "a claim of large records", claim(n)) // of 8 MiB, and what it reads at a time beyond it

	runs := make([]store.RunEntry, n)
	for i := range runs {
		at := noon.Add(time.Duration(i) * time.Second)
		runs[i] = store.RunEntry{Task: "a", Fire: at, Ended: at}
	}
	atLeast(n/2000, "a history of many rows", func() error { return s.AppendRuns(bg, runs) })
	atLeast(n/1000, "a walk over the history", func() error {
		for _, err := range s.Runs(bg, store.RunQuery{}) {
			must(t, err)
		}
		return nil
	})
	atLeast(3, "the removal of half of the rows by their age", trim(runs[n/2].Ended, 0))
	atLeast(3, "the removal of the other half by their number", trim(time.Time{}, 1))
}

// A call fails when the server doesn't know the script, which is sent then.
var (
	evals  = regexp.MustCompile(`(?m)^cmdstat_eval(?:sha)?(?:_ro)?:calls=(\d+)`)
	failed = regexp.MustCompile(`(?m)^errorstat_NOSCRIPT:count=(\d+)`)
)

// scriptCalls is how many scripts a server has run.
func scriptCalls(tb testing.TB, raw rueidis.Client) (n int64) {
	tb.Helper()
	text, err := raw.Do(bg, raw.B().Info().Section("commandstats", "errorstats").Build()).ToString()
	must(tb, err)
	count := func(found [][]string) (sum int64) {
		for _, m := range found {
			i, err := strconv.ParseInt(m[1], 10, 64)
			must(tb, err)
			sum += i
		}
		return sum
	}
	return count(evals.FindAllStringSubmatch(text, -1)) - count(failed.FindAllStringSubmatch(text, -1))
}
