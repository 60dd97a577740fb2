package history_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/internal/history"
)

var errDown = errors.New("connection refused")

// A shelf keeps what is written, unless it is down.
type shelf struct {
	mu     sync.Mutex
	down   bool
	rows   []int
	writes int
	lost   int
	why    error
	hold   chan struct{} // a write waits for it
}

func (s *shelf) write(_ context.Context, rows []int) error {
	if s.hold != nil {
		<-s.hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.down {
		return errDown
	}
	s.rows = append(s.rows, rows...)
	return nil
}

func (s *shelf) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func writer(s *shelf) *history.Writer[int] {
	return history.NewWriter(history.Config[int]{
		Write: s.write,
		Lost:  func(n int, err error) { s.lost, s.why = s.lost+n, err },
		Every: func(context.Context) {},
	})
}

func TestRowsAreWrittenTogetherAndInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		w := writer(s)
		defer w.Close(t.Context())
		for i := range 2500 {
			w.Add(i)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.rows) != 2500 || !slices.IsSorted(s.rows) || s.writes != 3 {
			t.Errorf("%d rows in %d writes", len(s.rows), s.writes)
		}
	})
}

func TestRowsWaitForAStoreThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{down: true}
		w := writer(s)
		defer w.Close(t.Context())
		w.Add(1)
		time.Sleep(time.Minute)
		w.Add(2)
		if err := w.Flush(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("Flush: %v", err)
		}
		if s.writes > 15 {
			t.Errorf("it was tried %d times in a minute", s.writes)
		}
		s.set(false)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if !slices.Equal(s.rows, []int{1, 2}) || s.lost != 0 {
			t.Errorf("%v, lost %d", s.rows, s.lost)
		}
	})
}

// Memory is bounded, and what is given up for it is told.
func TestTheOldestRowsAreGivenUpAndToldWhenTooManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{down: true}
		w := writer(s)
		for i := range 60_000 {
			w.Add(i)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s.lost != 10_000 || !errors.Is(s.why, errDown) {
			t.Errorf("lost %d, %v", s.lost, s.why)
		}
		s.set(false)
		w.Close(t.Context())
		if len(s.rows) != 50_000 || s.rows[0] != 10_000 || s.rows[len(s.rows)-1] != 59_999 || s.lost != 10_000 {
			t.Errorf("%d rows, lost %d", len(s.rows), s.lost)
		}
	})
}

// Rows that are given up while a write of them is under way are not lost when it
// succeeds, and none is written twice.
func TestAWriteUnderWayIsCountedRight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{hold: make(chan struct{})}
		w := writer(s)
		for i := range 50_000 {
			w.Add(i)
		}
		time.Sleep(time.Second)
		synctest.Wait() // the first thousand are being written
		for i := range 1500 {
			w.Add(50_000 + i)
		}
		close(s.hold)
		w.Close(t.Context())
		if s.lost != 1000 || len(s.rows) != 50_500 || !slices.IsSorted(s.rows) {
			t.Errorf("lost %d, %d rows", s.lost, len(s.rows))
		}
		if len(slices.Compact(s.rows)) != 50_500 {
			t.Error("rows were written twice")
		}
	})
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{down: true}
		w := writer(s)
		w.Add(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.Close(ctx)
		if s.lost != 1 {
			t.Errorf("lost %d", s.lost)
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Errorf("Flush after Close: %v", err)
		}
	})
}

func TestTheRingKeepsTheLastRows(t *testing.T) {
	t.Parallel()
	r := history.NewRing[int](3)
	for i, want := range [][]int{{0}, {0}, {2, 0}, {3, 2}, {4, 3, 2}, {5, 4, 3}, {6, 5, 4}} {
		r.Add(i)
		got := r.Rows(func(n *int) bool { return *n != 1 })
		if !slices.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", i, got, want)
		}
	}
}
