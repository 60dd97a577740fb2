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

func TestWhatWaitsInAPoolCanBeWithdrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := executor.NewPool(1, 6)
		e.Reserve(7)
		hold := make(chan struct{})
		var ran []int
		jobs := make([]executor.Job, 7)
		for i := range jobs {
			jobs[i] = &numbered{i, func() { <-hold; ran = append(ran, i) }}
			e.Start(jobs[i])
		}
		freed := 0
		defer e.OnFree(func() { freed++ })()
		if got := e.Reserve(1); got != 0 {
			t.Fatalf("Reserve(1) = %d of a full pool", got)
		}
		odd := func(j executor.Job) bool { return j.(*numbered).n%2 == 1 }
		if got := e.Withdraw(odd); !slices.Equal(got, []executor.Job{jobs[1], jobs[3], jobs[5]}) {
			t.Errorf("withdrew %v", got)
		}
		if freed != 1 {
			t.Errorf("told %d times that places are free", freed)
		}
		if got := e.Reserve(7); got != 3 {
			t.Errorf("Reserve(7) = %d after three were withdrawn", got)
		}
		e.Start(&numbered{7, func() { ran = append(ran, 7) }})
		e.Release(2)
		close(hold)
		synctest.Wait()
		if !slices.Equal(ran, []int{0, 2, 4, 6, 7}) {
			t.Errorf("ran %v", ran)
		}
		if got := e.Withdraw(func(executor.Job) bool { return true }); got != nil {
			t.Errorf("withdrew %v of an idle pool", got)
		}
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// numbered is a job that is known again.
type numbered struct {
	n int
	f func()
}

func (j *numbered) Run() { j.f() }

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
