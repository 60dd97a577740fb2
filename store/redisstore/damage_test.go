package redisstore_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
)

// pickled is a task as the Python program keeps it: pickle.dumps({"id": "a"}).
const pickled = "\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x02id\x94\x8c\x01a\x94s."

func TestHashOfThePythonProgramIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(p place){
		"pickles and scores":  func(p place) { p.do(t, "HSET", p.tasks, "a", pickled); p.do(t, "ZADD", p.times, "1700000000.5", "a") },
		"pickles, all paused": func(p place) { p.do(t, "HSET", p.tasks, "a", pickled) },
		"protocol 0":          func(p place) { p.do(t, "HSET", p.tasks, "a", "(dp0\nVid\np1\nVa\np2\ns.") },
		"encrypted, with scores": func(p place) {
			p.do(t, "HSET", p.tasks, "a", "\x01\x02\x03")
			p.do(t, "ZADD", p.times, "1700000000.5", "a")
		},
		"scores before 1970": func(p place) { p.do(t, "ZADD", p.times, "-1", "a") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := single(t)
			fill(p)
			before := p.dump(t)
			_, err := redisstore.Open(bg, p.url, p.keys()...)
			says(t, err, store.ErrConfig, "Python program", "left as it is", "tasks_key")
			if after := p.dump(t); after != before {
				t.Errorf("the data was %s and is now %s", before, after)
			}
		})
	}
}

// dump shows all that is under the two keys.
func (p place) dump(tb testing.TB) string {
	h, err := p.do(tb, "HGETALL", p.tasks).AsStrMap()
	must(tb, err)
	z, err := p.do(tb, "ZRANGE", p.times, "0", "-1", "WITHSCORES").ToAny()
	must(tb, err)
	return fmt.Sprintf("%q %q", h, z)
}

func TestKeyOfAnotherTypeIsRefused(t *testing.T) {
	t.Parallel()
	p := single(t)
	p.do(t, "RPUSH", p.tasks, "x")
	_, err := redisstore.Open(bg, p.url, p.keys()...)
	says(t, err, store.ErrConfig, p.tasks+" is a list", "left as it is")
	p.do(t, "DEL", p.tasks)
	p.do(t, "SET", p.times, "x")
	_, err = redisstore.Open(bg, p.url, p.keys()...)
	says(t, err, store.ErrConfig, p.times+" is a string")
}

func TestKeyThatBecomesOfAnotherTypeIsExplainedAndNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]func(p place) string{
		"tasks": func(p place) string { return p.tasks }, "times": func(p place) string { return p.times },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := single(t)
			s := p.open(t)
			p.do(t, "SET", key(p), "x")
			says(t, s.Add(bg, task("a")), nil, "another type", "tasks_key")
			_, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, noon.Add(time.Minute))
			says(t, err, nil, "another type")
			p.do(t, "DEL", key(p))
			for _, key := range []string{p.tasks, p.times} {
				if n, _ := p.do(t, "EXISTS", key).AsInt64(); n != 0 {
					t.Errorf("the refused Add has written to %s", key)
				}
			}
		})
	}
}

// fill opens a store with the tasks a to e, due a minute apart from noon on, d
// with another label and e paused.
func fill(tb testing.TB) (place, *redisstore.Store) {
	p := single(tb)
	s := p.open(tb)
	for i, id := range []string{"a", "b", "c", "d", "e"} {
		r := task(id)
		r.Due = noon.Add(time.Duration(i) * time.Minute)
		switch id {
		case "d":
			r.Executor = "other"
		case "e":
			r.Due = time.Time{}
		}
		add(tb, s, r)
	}
	return p, s
}

func expect(tb testing.TB, s store.Store, good []string, bad ...string) map[string]error {
	tb.Helper()
	g, b := listed(tb, s)
	if !slices.Equal(g, good) {
		tb.Errorf("All yields %q, want %q", g, good)
	}
	if len(b) != len(bad) {
		tb.Errorf("All yields the errors %v, want some for %q", b, bad)
	}
	for _, id := range bad {
		if b[id] == nil {
			tb.Errorf("All has no error for %q, but %v", id, b)
		}
	}
	return b
}

func TestEntryWithoutRecordIsToldAndPassedBy(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	p.do(t, "HDEL", p.tasks, "a", "e")
	bad := expect(t, s, []string{"b", "c", "d"}, "a", "e")
	says(t, bad["a"], store.ErrCorrupt, p.times+" knows it", p.tasks+" doesn't")

	due, err := s.Due(bg, store.DueQuery{At: noon.Add(time.Hour), Limit: 2})
	must(t, err)
	if got := ids(due); got != "[b c]" {
		t.Errorf("Due returned %s, want b and c", got)
	}
	if next, err := s.NextDue(bg, nil); err != nil || !next.Equal(noon.Add(time.Minute)) {
		t.Errorf("NextDue is %v, %v, want that of b", next, err)
	}
	_, err = s.Get(bg, "a")
	says(t, err, store.ErrNotFound)
	expect(t, s, []string{"b", "c", "d"}, "a", "e") // nothing was removed

	add(t, s, task("a")) // its due time is that of the entry that was left, which describes it again
	expect(t, s, []string{"a", "b", "c", "d"}, "e")
	told, err := s.Check(bg)
	must(t, err)
	if !slices.ContainsFunc(told, func(s string) bool { return contains(s, "4 fields", "5 entries") }) {
		t.Errorf("Check says %q, nothing of the difference", told)
	}
}

func TestStaleEntryBesideTheRightOneIsNoRecord(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	p.do(t, "ZADD", p.times, "0", "ddefault\x00\x80\x00\x00\x00\x00\x00\x00\x01b", "0", "pb", "0", "nonsense")
	expect(t, s, []string{"a", "b", "c", "d", "e"})
	due, err := s.Claim(bg, store.DueQuery{At: noon.Add(time.Hour), Limit: 10}, noon.Add(24*time.Hour))
	must(t, err)
	if got := ids(due); got != "[a b c d]" {
		t.Errorf("Claim returned %s, want each once", got)
	}
}

func TestRecordWithoutEntryIsToldAndMendedByOpening(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	entries, err := p.do(t, "ZRANGE", p.times, "0", "-1").AsStrSlice()
	must(t, err)
	p.do(t, "ZREM", p.times, entries[0])
	bad := expect(t, s, []string{"b", "c", "d", "e"}, "a")
	says(t, bad["a"], store.ErrCorrupt, p.times+" doesn't know it", "open the store again")
	if r, err := s.Get(bg, "a"); err != nil || r.Rev != 1 {
		t.Errorf("Get returned %v, %v", r, err)
	}
	expect(t, p.open(t), []string{"a", "b", "c", "d", "e"})
}

func TestUpdateMendsTheEntryOfItsRecord(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	p.do(t, "ZREM", p.times, "pe")
	r := task("e")
	r.Rev = 1
	must(t, s.Update(bg, r))
	expect(t, s, []string{"a", "e", "b", "c", "d"})
}

func TestLostIndexIsMadeAnewWhileInUse(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	p.do(t, "HSET", p.tasks, "junk", "junk")
	p.do(t, "DEL", p.times)
	claimed, err := s.Claim(bg, store.DueQuery{At: noon.Add(time.Hour), Executors: []string{"default"}, Limit: 10}, noon.Add(24*time.Hour))
	must(t, err)
	if got := ids(claimed); got != "[a b c]" {
		t.Errorf("Claim returned %s, want a, b and c", got)
	}
	expect(t, s, []string{"d", "a", "b", "c", "e"}, "junk")
}

func TestLostHashIsAnErrorThatSaysSo(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	p.do(t, "DEL", p.tasks)
	_, err := s.Due(bg, store.DueQuery{At: noon, Limit: 1})
	says(t, err, store.ErrCorrupt, p.tasks, "is gone", "5 tasks", "evicted")
	_, err = s.NextDue(bg, nil)
	says(t, err, store.ErrCorrupt, "is gone")
	expect(t, s, nil, "a", "b", "c", "d", "e")
	must(t, s.Clear(bg))
	if next, err := s.NextDue(bg, nil); err != nil || !next.IsZero() {
		t.Errorf("after Clear NextDue is %v, %v", next, err)
	}
}

func TestDeleteOfAnUnreadableRecordTakesItsEntryToo(t *testing.T) {
	t.Parallel()
	p, s := fill(t)
	p.do(t, "HSET", p.tasks, "b", "junk")
	says(t, s.Delete(bg, "b", 1), store.ErrCorrupt)
	expect(t, s, []string{"a", "c", "d", "e"}, "b")
	must(t, s.Delete(bg, "b", 0))
	expect(t, s, []string{"a", "c", "d", "e"})
	if n, _ := p.do(t, "ZCARD", p.times).AsInt64(); n != 4 {
		t.Errorf("the sorted set has %d entries, want 4", n)
	}
}

func TestHashWithNothingReadableIsNoReasonNotToWork(t *testing.T) {
	t.Parallel()
	p := single(t)
	p.do(t, "HSET", p.tasks, "junk", "junk")
	s := p.open(t)
	if due, err := s.Due(bg, store.DueQuery{At: noon, Limit: 1}); err != nil || len(due) != 0 {
		t.Errorf("Due returned %v, %v", due, err)
	}
	expect(t, s, nil, "junk")
	says(t, s.Add(bg, task("junk")), store.ErrExists)
	add(t, s, task("a"))
	expect(t, s, []string{"a"}, "junk")
}

// Thousands of damaged records at the head of the queue stand in nobody's way,
// and no call of a script looks at all of them.
func TestManyDamagedRecordsArePassedBy(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	const n = 7000
	batch(t, s, adds(0, n))
	last := task("last")
	last.Due = noon.Add(time.Second)
	add(t, s, last)
	for from := 0; from < n; from += 1000 {
		words := []string{"HSET", p.tasks}
		for i := range 1000 {
			words = append(words, id(from+i), "junk")
		}
		p.do(t, words...)
	}
	due, err := s.Due(bg, store.DueQuery{At: noon.Add(time.Minute), Limit: 3})
	must(t, err)
	next, err := s.NextDue(bg, []string{"default"})
	must(t, err)
	claimed, err := s.Claim(bg, store.DueQuery{At: noon.Add(time.Minute), Limit: 3}, noon.Add(time.Hour))
	must(t, err)
	if ids(due) != "[last]" || ids(claimed) != "[last]" || !next.Equal(last.Due) {
		t.Errorf("got Due %s, NextDue %v, Claim %s, want what is of the last task", ids(due), next, ids(claimed))
	}
	if _, bad := listed(t, s); len(bad) != n {
		t.Errorf("All yields %d errors, want %d", len(bad), n)
	}
}

// A damaged entry that is due for ever must not keep writes from waking others.
func TestDamagedHeadDoesNotSilenceTheWatchers(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	old := task("old")
	old.Due = noon.Add(-time.Hour)
	add(t, s, old)
	p.do(t, "HSET", p.tasks, "old", "junk")
	woken := watch(t, s)
	add(t, p.open(t), task("new"))
	<-woken
}

// watch starts to watch, and returns once the server listens. The channel gets a
// value for each wake-up after that.
func watch(tb testing.TB, s store.Watcher) <-chan struct{} {
	tb.Helper()
	ctx, cancel := context.WithCancel(bg)
	woken, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- s.Watch(ctx, func() { woken <- struct{}{} }) }()
	tb.Cleanup(func() { cancel(); <-ended })
	<-woken // the first says that it listens
	return woken
}
