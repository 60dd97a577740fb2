package filestore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

func TestWatchWakesForWhatAnotherProcessMakesDueEarlier(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, other := open(t, dir), open(t, dir)
		defer s.Close()
		defer other.Close()
		other.Detach()
		add(t, s, task("a"))

		ctx, cancel := context.WithCancel(t.Context())
		wakes, ended := 0, make(chan error)
		go func() { ended <- s.Watch(ctx, func() { wakes++ }) }()
		synctest.Wait()
		moves := func(what string, want int, move func(s *filestore.Store) error) {
			t.Helper()
			must(t, move(other))
			time.Sleep(time.Second)
			synctest.Wait()
			if wakes != want {
				t.Errorf("%s: %d wake-ups so far, want %d", what, wakes, want)
			}
		}
		update := func(rev uint64, due time.Time, executor string) func(s *filestore.Store) error {
			return func(s *filestore.Store) error {
				return s.Update(ctx, store.Record{ID: "a", Due: due, Executor: executor, Rev: rev})
			}
		}
		moves("nothing", 0, func(*filestore.Store) error { return nil })
		moves("put off", 0, update(1, noon.Add(time.Hour), "default"))
		moves("brought forward", 1, update(2, noon, "default"))
		moves("given to another executor", 2, update(3, noon, "pool"))
		moves("claimed", 2, func(s *filestore.Store) error {
			_, err := s.Claim(ctx, store.DueQuery{At: noon, Limit: 1}, noon.Add(time.Minute))
			return err
		})
		moves("paused", 2, update(5, time.Time{}, "pool"))
		moves("resumed", 3, update(6, noon, "pool"))
		moves("added", 4, func(s *filestore.Store) error { return s.Add(ctx, task("b")) })
		moves("deleted", 4, func(s *filestore.Store) error { return s.Delete(ctx, "b", 0) })
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch ended with %v, want the context's error", err)
		}
	})
}

func TestTwoProcessesWaitForEachOther(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	b.Detach()
	add(t, a, store.Record{ID: "counter", Data: []byte{0}})
	done := make(chan error)
	for _, s := range []*filestore.Store{a, b, a, b} {
		go func() {
			for n := 0; n < 20; {
				r, err := s.Get(t.Context(), "counter")
				if err == nil {
					r.Data = []byte{r.Data[0] + 1}
					err = s.Update(t.Context(), r)
				}
				switch {
				case err == nil:
					n++
				case !errors.Is(err, store.ErrConflict):
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		must(t, <-done)
	}
	r, err := b.Get(t.Context(), "counter")
	if err != nil || r.Data[0] != 80 || r.Rev != 81 {
		t.Errorf("4 goroutines adding 20 times: got %+v and error %v, want 80 at revision 81", r, err)
	}
}
