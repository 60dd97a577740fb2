package executor_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/go-asyncz/asyncz/executor"
)

// job is a Job made of a function.
type job func()

func (j job) Run() { j() }

// kinds are all executors of the package, each with the number of its places and
// of the jobs that it runs at a time.
var kinds = []struct {
	name            string
	places, running int
	make            func() executor.Executor
}{
	{"goroutines", 8, 8, func() executor.Executor { return executor.NewGoroutines(8) }},
	{"pool", 8, 3, func() executor.Executor { return executor.NewPool(3, 5) }},
	{"pool without a queue", 2, 2, func() executor.Executor { return executor.NewPool(2, 0) }},
	{"pool of one worker", 3, 1, func() executor.Executor { return executor.NewPool(1, 2) }},
	{"inline", 1, 1, func() executor.Executor { return executor.NewInline() }},
}

// suite holds the promises of the interface. Each runs in a bubble, where a lost
// wake-up shows as a deadlock. Jobs that block are started from goroutines of
// their own, because an inline executor blocks with them.
var suite = map[string]func(t *testing.T, e executor.Executor, places, running int){
	"reserves no more than is free":           reservesNoMoreThanIsFree,
	"reserves nothing for less than one":      reservesNothingForLessThanOne,
	"runs each job once":                      runsEachJobOnce,
	"never runs more at a time than it may":   neverRunsMoreAtATime,
	"frees the place of a job that has ended": freesThePlace,
	"calls when a place becomes free":         callsWhenFree,
	"calls for released places":               callsForReleased,
	"does not call when nobody was short":     doesNotCall,
	"does not call who took it back":          doesNotCallAfterRemove,
	"loses no wake-up":                        losesNoWakeUp,
	"shutdown waits for jobs":                 shutdownWaits,
	"shutdown ends with its context":          shutdownEndsWithContext,
	"shutdown lets nothing in":                shutdownLetsNothingIn,
	"survives a job that ends its goroutine":  survivesGoexit,
	"refuses a start without a reservation":   refusesAnUnreservedStart,
	"refuses a release without a reservation": refusesAnUnreservedRelease,
}

func TestExecutors(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for promise, test := range suite {
			t.Run(k.name+"/"+promise, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { test(t, k.make(), k.places, k.running) })
			})
		}
	}
}

// occupy starts n jobs that last until the returned function is called, which
// returns when they have ended and their places are free.
func occupy(t *testing.T, e executor.Executor, n int) (end func()) {
	t.Helper()
	if got := e.Reserve(n); got != n {
		t.Fatalf("Reserve(%d) = %d", n, got)
	}
	hold := make(chan struct{})
	for range n {
		go e.Start(job(func() { <-hold }))
	}
	synctest.Wait()
	return func() { close(hold); synctest.Wait() }
}

func reservesNoMoreThanIsFree(t *testing.T, e executor.Executor, places, _ int) {
	if got := e.Reserve(places + 5); got != places {
		t.Errorf("Reserve(%d) = %d, want %d", places+5, got, places)
	}
	if got := e.Reserve(1); got != 0 {
		t.Errorf("Reserve(1) = %d with no place free", got)
	}
	e.Release(1)
	if got := e.Reserve(2); got != 1 {
		t.Errorf("Reserve(2) = %d with one place free", got)
	}
}

func reservesNothingForLessThanOne(t *testing.T, e executor.Executor, places, _ int) {
	for _, n := range []int{0, -1, -1 << 40} {
		if got := e.Reserve(n); got != 0 {
			t.Errorf("Reserve(%d) = %d", n, got)
		}
		e.Release(n)
	}
	if got := e.Reserve(places); got != places {
		t.Errorf("Reserve(%d) = %d afterwards", places, got)
	}
}

func runsEachJobOnce(t *testing.T, e executor.Executor, _, _ int) {
	ran := make([]atomic.Int32, 100)
	free := make(chan struct{}, 1)
	defer e.OnFree(func() { signal(free) })()
	for i := range ran {
		for e.Reserve(1) == 0 {
			<-free
		}
		e.Start(job(func() { ran[i].Add(1) }))
	}
	synctest.Wait()
	for i := range ran {
		if n := ran[i].Load(); n != 1 {
			t.Errorf("job %d ran %d times", i, n)
		}
	}
}

func neverRunsMoreAtATime(t *testing.T, e executor.Executor, places, running int) {
	var now atomic.Int32
	step := make(chan struct{})
	e.Reserve(places)
	for range places {
		go e.Start(job(func() { now.Add(1); <-step; now.Add(-1) }))
	}
	for left := places; left > 0; left-- {
		synctest.Wait()
		if got, want := int(now.Load()), min(left, running); got != want {
			t.Errorf("%d jobs run with %d left, want %d", got, left, want)
		}
		step <- struct{}{}
	}
	synctest.Wait()
}

func freesThePlace(t *testing.T, e executor.Executor, places, _ int) {
	end := occupy(t, e, places)
	if got := e.Reserve(1); got != 0 {
		t.Errorf("Reserve(1) = %d while jobs run in all places", got)
	}
	end()
	if got := e.Reserve(places); got != places {
		t.Errorf("Reserve(%d) = %d when all jobs have ended", places, got)
	}
}

func callsWhenFree(t *testing.T, e executor.Executor, places, _ int) {
	var first, second int
	var mu sync.Mutex
	count := func(n *int) func() { return func() { mu.Lock(); *n++; mu.Unlock() } }
	defer e.OnFree(count(&first))()
	defer e.OnFree(count(&second))()
	end := occupy(t, e, places)
	if got := e.Reserve(1); got != 0 {
		t.Fatalf("Reserve(1) = %d", got)
	}
	if first+second != 0 {
		t.Errorf("called %d times before a place was free", first+second)
	}
	end()
	if first == 0 || second == 0 {
		t.Errorf("called %d and %d times, want at least once each", first, second)
	}
}

func callsForReleased(t *testing.T, e executor.Executor, places, _ int) {
	calls := 0
	defer e.OnFree(func() { calls++ })()
	e.Reserve(places + 1)
	e.Release(places)
	if calls == 0 {
		t.Error("not called when reserved places were given back after a shortage")
	}
}

func doesNotCall(t *testing.T, e executor.Executor, places, _ int) {
	var calls atomic.Int32
	defer e.OnFree(func() { calls.Add(1) })()
	end := occupy(t, e, places)
	end()
	e.Reserve(places)
	e.Release(places)
	if n := calls.Load(); n != 0 {
		t.Errorf("called %d times though Reserve always gave what was asked for", n)
	}
}

func doesNotCallAfterRemove(t *testing.T, e executor.Executor, places, _ int) {
	removed, stays := 0, 0
	remove := e.OnFree(func() { removed++ })
	defer e.OnFree(func() { stays++ })()
	remove()
	remove()
	e.Reserve(places + 1)
	e.Release(places)
	if removed != 0 || stays == 0 {
		t.Errorf("called the one taken back %d times and the one that stays %d times", removed, stays)
	}
}

// losesNoWakeUp lets several schedulers fight for the places with as many
// shortages as possible; each sleeps only when it was short, until it is called.
func losesNoWakeUp(t *testing.T, e executor.Executor, places, _ int) {
	const schedulers, each = 4, 3000
	var ran atomic.Int32
	var all sync.WaitGroup
	for s := range schedulers {
		all.Go(func() {
			wake := make(chan struct{}, 1)
			defer e.OnFree(func() { signal(wake) })()
			for left := each; left > 0; {
				got := e.Reserve(min(left, places))
				if got == 0 {
					<-wake
					continue
				}
				if got > 1 && left%7 == s {
					e.Release(1)
					got--
				}
				for range got {
					e.Start(job(func() { ran.Add(1); runtime.Gosched() }))
				}
				left -= got
			}
		})
	}
	all.Wait()
	synctest.Wait()
	if n := ran.Load(); n != schedulers*each {
		t.Errorf("%d jobs ran, want %d", n, schedulers*each)
	}
}

// It isn't parallel, because moments can only be aimed at with the processors
// at hand.
func TestExecutorsLoseNothingAtTheLastMoment(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { losesNothingAtTheLastMoment(t, k.make(), k.places) })
		})
	}
}

// losesNothingAtTheLastMoment lets a job end at every moment around a Reserve
// that is short, and around a Start, with nothing else going on that could make
// up for a wake-up or a job that got lost.
func losesNothingAtTheLastMoment(t *testing.T, e executor.Executor, places int) {
	free := make(chan struct{}, 1)
	defer e.OnFree(func() { signal(free) })()
	e.Reserve(places - 1) // and kept, so that one place is at stake
	reserve := func() {
		for e.Reserve(1) == 0 {
			<-free
		}
	}
	done := make(chan struct{}, 1)
	for round := range 5000 {
		var running, end atomic.Bool
		reserve()
		go e.Start(job(func() { running.Store(true); spin(&end) }))
		spin(&running)
		end.Store(true)
		for range round % 500 {
			end.Load()
		}
		reserve()
		e.Start(job(func() { done <- struct{}{} }))
		<-done
	}
	reserve()
	e.Release(places)
}

// spin waits for a flag without losing the processor, if there are others.
func spin(flag *atomic.Bool) {
	for i := 0; !flag.Load(); i++ {
		if i > 1000 || runtime.GOMAXPROCS(0) == 1 {
			runtime.Gosched()
		}
	}
}

func shutdownWaits(t *testing.T, e executor.Executor, places, _ int) {
	end := occupy(t, e, places)
	var done [2]bool
	for i := range done {
		go func() {
			if err := e.Shutdown(context.Background()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
			done[i] = true
		}()
	}
	synctest.Wait()
	if done[0] || done[1] {
		t.Error("Shutdown returned while jobs run")
	}
	end()
	if !done[0] || !done[1] {
		t.Error("Shutdown did not return when all jobs had ended")
	}
	if err := e.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown again: %v", err)
	}
}

func shutdownEndsWithContext(t *testing.T, e executor.Executor, _, _ int) {
	end := occupy(t, e, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown while a job runs = %v, want context.Canceled", err)
	}
	end()
	if err := e.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown when no job runs = %v", err)
	}
}

func shutdownLetsNothingIn(t *testing.T, e executor.Executor, _, _ int) {
	e.Reserve(1)
	if err := e.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown with a place reserved but unused: %v", err)
	}
	if got := e.Reserve(1); got != 0 {
		t.Errorf("Reserve(1) = %d after Shutdown", got)
	}
	ran := false
	e.Start(job(func() { ran = true }))
	synctest.Wait()
	if !ran {
		t.Error("the job of a place that was reserved before Shutdown was not run")
	}
}

func survivesGoexit(t *testing.T, e executor.Executor, places, _ int) {
	for range 3 {
		e.Reserve(places)
		for range places {
			go e.Start(job(runtime.Goexit))
		}
		synctest.Wait()
	}
	end := occupy(t, e, places)
	end()
	if err := e.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func refusesAnUnreservedStart(t *testing.T, e executor.Executor, _, _ int) {
	end := occupy(t, e, 1)
	defer end()
	mustPanic(t, func() { e.Start(job(func() { t.Error("the job ran") })) })
}

func refusesAnUnreservedRelease(t *testing.T, e executor.Executor, _, _ int) {
	end := occupy(t, e, 1)
	defer end()
	mustPanic(t, func() { e.Release(1) })
}

func mustPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
