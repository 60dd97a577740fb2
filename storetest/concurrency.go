package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-asyncz/asyncz/store"
)

var concurrencyCases = []testCase{
	{name: "Concurrent/NoUpdateIsLost", prove: func(t *T) { noLostUpdates(t, t.open()) },
		promise: "of many writers that read a revision, one updates it; the others see ErrConflict and nothing of theirs is written."},
	{name: "Concurrent/OneAdds", prove: func(t *T) { oneAdds(t, t.open()) },
		promise: "of many that add the same id, one does; the others see ErrExists."},
	{name: "Concurrent/OneDeletes", prove: func(t *T) { oneDeletes(t, t.open()) },
		promise: "of many that delete the same record, one does; the others see ErrNotFound."},
	{name: "Concurrent/OthersDontDisturb", prove: concurrentOthers,
		promise: "writers of different records see no errors."},
}

// race runs f in many goroutines that start at one moment, and returns when all
// are done. Each gets its number and one of the handles.
func (t *T) race(handles []store.Store, f func(i int, s store.Store) error) {
	t.Helper()
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range t.h.Writers {
		group.Go(func() {
			<-start
			if err := f(i, handles[i%len(handles)]); err != nil {
				t.Errorf("goroutine %d: %v", i, err)
			}
		})
	}
	close(start)
	group.Wait()
}

func noLostUpdates(t *T, handles ...store.Store) {
	const each = 4
	s := handles[0]
	t.add(s, store.Record{ID: "counter", Due: noon, Data: []byte("0")})
	t.race(handles, func(_ int, s store.Store) error {
		for done := 0; done < each; {
			r, err := s.Get(t.ctx, "counter")
			if err != nil {
				return fmt.Errorf("get: %w", err)
			}
			n, err := strconv.Atoi(string(r.Data))
			if err != nil {
				return fmt.Errorf("revision %d holds data that nobody wrote: %w", r.Rev, err)
			}
			r.Data = []byte(strconv.Itoa(n + 1))
			switch err := s.Update(t.ctx, r); {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrConflict):
				return fmt.Errorf("update: %w", err)
			}
		}
		return nil
	})
	got, want := t.get(s, "counter"), t.h.Writers*each
	if string(got.Data) != strconv.Itoa(want) || got.Rev != uint64(want)+1 {
		t.Errorf("after %d goroutines had added 1 to a counter %d times each, it is %s at revision %d, want %d at revision %d: updates were lost",
			t.h.Writers, each, got.Data, got.Rev, want, want+1)
	}
}

// oneWins runs f in many goroutines and reports unless one of them had no error
// and all others the one that losers get.
func (t *T) oneWins(handles []store.Store, what string, loser error, f func(i int, s store.Store) error) {
	t.Helper()
	var winners atomic.Int32
	t.race(handles, func(i int, s store.Store) error {
		err := f(i, s)
		if err == nil {
			winners.Add(1)
		} else if !errors.Is(err, loser) {
			return fmt.Errorf("%s: got error %w, want nil or %w", what, err, loser)
		}
		return nil
	})
	if n := winners.Load(); n != 1 {
		t.Errorf("%s succeeded in %d of %d goroutines, want one", what, n, t.h.Writers)
	}
}

func oneAdds(t *T, handles ...store.Store) {
	for round := range 5 {
		id := fmt.Sprint("task-", round)
		t.oneWins(handles, "Add of one id", store.ErrExists, func(_ int, s store.Store) error {
			return s.Add(t.ctx, rec(id))
		})
		want := rec(id)
		want.Rev = 1
		t.holds(handles[0], want, "after the race")
	}
}

func oneDeletes(t *T, handles ...store.Store) {
	for round := range 5 {
		id := fmt.Sprint("task-", round)
		t.add(handles[0], rec(id))
		t.oneWins(handles, "Delete of one record", store.ErrNotFound, func(i int, s store.Store) error {
			return s.Delete(t.ctx, id, uint64(i%2))
		})
		t.lacks(handles[0], id, "after the race")
	}
}

func concurrentOthers(t *T) {
	s := t.open()
	t.race([]store.Store{s}, func(i int, s store.Store) error {
		r := rec(fmt.Sprint("task-", i))
		if err := s.Add(t.ctx, r); err != nil {
			return fmt.Errorf("add: %w", err)
		}
		for rev := uint64(1); rev <= 3; rev++ {
			r.Rev = rev
			if err := s.Update(t.ctx, r); err != nil {
				return fmt.Errorf("update: %w", err)
			}
		}
		if _, err := s.Due(t.ctx, at(noon)); err != nil {
			return fmt.Errorf("due: %w", err)
		}
		if _, err := collect(s.All(t.ctx)); err != nil {
			return fmt.Errorf("all: %w", err)
		}
		if i%2 == 0 {
			return s.Delete(t.ctx, r.ID, 4)
		}
		return nil
	})
	if n := len(t.all(s)); n != t.h.Writers/2 {
		t.Errorf("%d records are left, want %d", n, t.h.Writers/2)
	}
}
