package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var allCases = []testCase{
	{name: "All/ByDueThenID", prove: allOrder,
		promise: "All yields the records by due time, then by id, of all labels."},
	{name: "All/PausedLast", prove: allPaused,
		promise: "All yields the records without a due time after all others, by id."},
	{name: "All/ManyRecords", prove: allMany,
		promise: "All yields each of many records once, those that share one due time too."},
	{name: "All/CallerMayStop", prove: allStop,
		promise: "a caller may stop the walk; the store goes on working."},
	{name: "All/CallerMayWrite", prove: allWrite,
		promise: "the store may be used in the middle of a walk, and what is deleted or added then spoils nothing else."},
	{name: "All/WhileBeingChanged", prove: allChanged,
		promise: "a walk yields each record that does not change once and in order, whatever others do meanwhile."},
}

func allOrder(t *T) {
	s := t.open()
	t.lists(t.all(s), "All of an empty store")
	for _, c := range []struct {
		id, executor string
		minute       int
	}{{"d", "y", 0}, {"b", "x", 2}, {"c", "y", 1}, {"e", "x", 1}, {"a", "x", 1}} {
		t.add(s, store.Record{ID: c.id, Executor: c.executor, Due: noon.Add(time.Duration(c.minute) * time.Minute), Data: []byte(c.id)})
	}
	got := t.all(s)
	t.lists(got, "All", "d", "a", "c", "e", "b")
	for _, r := range got {
		t.same(r, t.get(s, r.ID), "All beside Get")
	}
}

func allPaused(t *T) {
	s := t.open()
	for _, id := range []string{"b", "a", "d", "c"} {
		r := rec(id)
		if id <= "b" {
			r.Due = time.Time{}
		}
		t.add(s, r)
	}
	t.lists(t.all(s), "All", "c", "d", "a", "b")
}

func allMany(t *T) {
	s := t.open()
	var timed, same, paused []store.Record
	for i, r := range recs(t.h.Bulk) {
		switch i % 3 {
		case 0:
			timed = append(timed, r)
		case 1:
			r.Due = noon.Add(time.Duration(t.h.Bulk) * time.Second)
			same = append(same, r)
		default:
			r.Due = time.Time{}
			paused = append(paused, r)
		}
	}
	want := slices.Concat(timed, same, paused)
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(want)) {
		t.add(s, want[i])
	}
	t.lists(t.all(s), "All", ids(want)...)
}

func allStop(t *T) {
	s := t.open()
	t.add(s, recs(10)...)
	for range 5 {
		for r, err := range s.All(t.ctx) {
			t.check(err, "All")
			if r.ID != "task-00000" {
				t.Errorf("the first record is %q", r.ID)
			}
			break
		}
	}
	r := t.get(s, "task-00000")
	t.check(s.Update(t.ctx, r), "Update after a stopped walk")
	t.check(s.Clear(t.ctx), "Clear after a stopped walk")
}

func allWrite(t *T) {
	s := t.open()
	t.add(s, recs(t.h.Bulk)...)
	seen := map[string]int{}
	for r, err := range s.All(t.ctx) {
		t.check(err, "All")
		seen[r.ID]++
		if n := len(seen); n%10 == 1 {
			t.get(s, "task-00003")
			t.check(s.Delete(t.ctx, r.ID, 0), "Delete in the middle of the walk")
			t.add(s, store.Record{ID: fmt.Sprintf("new-%d", n)})
		}
	}
	for _, r := range recs(t.h.Bulk) {
		if seen[r.ID] != 1 {
			t.Fatalf("record %q was yielded %d times, want once", r.ID, seen[r.ID])
		}
	}
}

func allChanged(t *T) {
	s := t.open()
	var steady []string
	for i, r := range recs(t.h.Bulk) {
		t.add(s, r)
		if i%2 == 0 {
			steady = append(steady, r.ID)
		}
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	var writes atomic.Int64
	go func() {
		defer close(ended)
		for i := 1; ; i = (i + 2) % (t.h.Bulk / 2 * 2) {
			select {
			case <-stop:
				return
			default:
			}
			if err := disturb(t, s, i); err != nil {
				t.Errorf("a write during the walk: %v", err)
				return
			}
			writes.Add(1)
		}
	}()
	for walks, moving := 0, false; walks < 3 || !moving; walks++ {
		moving = writes.Load() >= 50 || t.Failed()
		var got []string
		records, err := collect(s.All(t.ctx))
		if err != nil {
			t.Errorf("All while the store is being changed: %v", err)
		}
		for _, r := range records {
			if _, ok := slices.BinarySearch(steady, r.ID); ok {
				got = append(got, r.ID)
			}
		}
		if !slices.Equal(got, steady) {
			t.Errorf("the records that did not change: All yielded %s, want %s", showIDs(got), showIDs(steady))
		}
	}
	close(stop)
	<-ended
}

// disturb moves, deletes or adds the record with this number.
func disturb(t *T, s store.Store, i int) error {
	id := fmt.Sprintf("task-%05d", i)
	r, err := s.Get(t.ctx, id)
	switch {
	case err != nil:
		return s.Add(t.ctx, rec(id))
	case i%3 == 0:
		return s.Delete(t.ctx, id, 0)
	case i%3 == 1:
		r.Due = time.Time{}
	default:
		r.Due = noon.Add(time.Duration(r.Rev*31%uint64(t.h.Bulk)) * time.Second)
	}
	return s.Update(t.ctx, r)
}
