package executor_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/go-asyncz/asyncz/executor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConstructorsHaveDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		e      executor.Executor
		places int
	}{
		{"NewGoroutines(0)", executor.NewGoroutines(0), 1000},
		{"NewGoroutines(-3)", executor.NewGoroutines(-3), 1000},
		{"NewGoroutines(MaxInt)", executor.NewGoroutines(math.MaxInt), 1<<29 - 1},
		{"NewPool(0, 0)", executor.NewPool(0, 0), 10},
		{"NewPool(2, -1)", executor.NewPool(2, -1), 2},
		{"NewPool(2, MaxInt)", executor.NewPool(2, math.MaxInt), 1<<29 - 1},
		{"NewInline()", executor.NewInline(), 1},
	} {
		if got := c.e.Reserve(math.MaxInt); got != c.places {
			t.Errorf("%s has %d places, want %d", c.name, got, c.places)
		}
	}
}

func TestPoolRunsWaitingJobsInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := executor.NewPool(1, 5000)
		e.Reserve(5001)
		hold := make(chan struct{})
		var order []int
		for i := range 5001 {
			e.Start(job(func() { <-hold; order = append(order, i) }))
		}
		close(hold)
		synctest.Wait()
		if len(order) != 5001 || !slices.IsSorted(order) {
			t.Errorf("%d of 5001 jobs ran, in order: %t", len(order), slices.IsSorted(order))
		}
	})
}

func TestPoolKeepsOrderWhileItsQueueNeverEmpties(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := executor.NewPool(1, 10)
		step := make(chan struct{})
		var order []int
		for i := range 1000 {
			if e.Reserve(1) == 0 {
				step <- struct{}{}
				synctest.Wait()
				e.Reserve(1)
			}
			e.Start(job(func() { <-step; order = append(order, i) }))
		}
		close(step)
		synctest.Wait()
		if len(order) != 1000 || !slices.IsSorted(order) {
			t.Errorf("%d of 1000 jobs ran, in order: %t", len(order), slices.IsSorted(order))
		}
	})
}

func TestInlinePassesAPanicOnAndFreesThePlace(t *testing.T) {
	t.Parallel()
	e := executor.NewInline()
	e.Reserve(1)
	mustPanic(t, func() { e.Start(job(func() { panic("broken") })) })
	if got := e.Reserve(1); got != 1 {
		t.Errorf("Reserve(1) = %d after a panic", got)
	}
}
