package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// Timing tells of each attempt when it begins and when it ends, as a span of a
// trace does; package oteltelemetry makes real ones.
func ExampleWithMiddleware() {
	timing := func(next asyncz.Handler) asyncz.Handler {
		return func(ctx context.Context) (any, error) {
			run, _ := asyncz.RunFrom(ctx)
			_, waited, _ := asyncz.Delays(ctx)
			began := time.Now()
			value, err := next(ctx)
			fmt.Printf("%s, attempt %d: waited %t, took %t, error %v\n",
				run.Task, run.Attempt, waited >= 0, time.Since(began) >= 0, err)
			return value, err
		}
	}
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithMiddleware(timing))
	defer s.Shutdown(ctx)

	done := ends(s)
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error { return errors.New("no paper") }),
		trigger.At(time.Now()), asyncz.ID("print"), asyncz.Retry(2, asyncz.Constant(0))))
	fmt.Println((<-done).Outcome)
	// Output:
	// print, attempt 1: waited true, took true, error no paper
	// print, attempt 2: waited true, took true, error no paper
	// failed
}

// Keys are locks by name, within this process. For all processes on a store take
// locks of your database's, such as advisory ones, in the same place.
type Keys struct {
	mu sync.Mutex
	of map[string]chan struct{}
}

// Lock waits for a key, or for the end of ctx.
func (k *Keys) Lock(ctx context.Context, key string) (unlock func(), err error) {
	k.mu.Lock()
	if k.of == nil {
		k.of = map[string]chan struct{}{}
	}
	place := k.of[key]
	if place == nil {
		place = make(chan struct{}, 1)
		k.of[key] = place
	}
	k.mu.Unlock()
	select {
	case place <- struct{}{}:
		return func() { <-place }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Two tasks that must never run at once have the same lock in their metadata.
func ExampleMiddleware_lock() {
	var keys Keys
	exclusive := func(next asyncz.Handler) asyncz.Handler {
		return func(ctx context.Context) (any, error) {
			task, _ := asyncz.TaskFrom(ctx)
			key := task.Metadata["lock"]
			if key == "" {
				return next(ctx)
			}
			unlock, err := keys.Lock(ctx, key) // a timeout, a shutdown or a lost lease ends the wait too
			if err != nil {
				return nil, err
			}
			defer unlock()
			return next(ctx)
		}
	}
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithMiddleware(exclusive))
	defer s.Shutdown(ctx)

	done := ends(s)
	var inside, most atomic.Int32
	work := asyncz.Do(func(context.Context) error {
		n := inside.Add(1)
		defer inside.Add(-1)
		if n > most.Load() {
			most.Store(n)
		}
		time.Sleep(time.Millisecond)
		return nil
	})
	for _, id := range []string{"export", "import", "vacuum"} {
		ok(s.Add(ctx, work, trigger.At(time.Now()), asyncz.ID(id), asyncz.Metadata(map[string]string{"lock": "warehouse"})))
	}
	for range 3 {
		<-done
	}
	fmt.Println("at most at once:", most.Load())
	// Output: at most at once: 1
}

type tenantKey struct{}

// Tenant is whom a run works for.
func Tenant(ctx context.Context) string {
	name, _ := ctx.Value(tenantKey{}).(string)
	return name
}

// The tenant goes from the request that adds a task, by its metadata, into the
// contexts of its runs. A task without one is refused.
func ExampleMiddleware_tenancy() {
	tenancy := func(next asyncz.Handler) asyncz.Handler {
		return func(ctx context.Context) (any, error) {
			task, _ := asyncz.TaskFrom(ctx)
			tenant := task.Metadata["tenant"]
			if tenant == "" {
				return nil, asyncz.Permanent(errors.New("the task has no tenant"))
			}
			return next(context.WithValue(ctx, tenantKey{}, tenant))
		}
	}
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithMiddleware(tenancy))
	defer s.Shutdown(ctx)

	done := ends(s)
	report := asyncz.Do(func(ctx context.Context) error {
		fmt.Println("a report for", Tenant(ctx))
		return nil
	})
	ok(s.Add(ctx, report, trigger.At(time.Now()), asyncz.Metadata(map[string]string{"tenant": "acme"})))
	fmt.Println((<-done).Outcome)
	ok(s.Add(ctx, report, trigger.At(time.Now())))
	e := <-done
	fmt.Println(e.Outcome, e.Err)
	// Output:
	// a report for acme
	// executed
	// failed the task has no tenant
}

// A panic is a failed run by itself. Middleware can tell somebody of it, and lets it
// go on, so that the stack in the run's history shows where it began.
func ExampleMiddleware_alert() {
	alert := func(next asyncz.Handler) asyncz.Handler {
		return func(ctx context.Context) (value any, err error) {
			defer func() {
				run, _ := asyncz.RunFrom(ctx)
				if p := recover(); p != nil {
					fmt.Println("page somebody:", run.Task, "panics:", p)
					panic(p)
				}
				if task, _ := asyncz.TaskFrom(ctx); err != nil && run.Attempt >= task.Attempts {
					fmt.Println("write a mail:", run.Task, "has failed:", err)
				}
			}()
			return next(ctx)
		}
	}
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithMiddleware(alert))
	defer s.Shutdown(ctx)

	done := ends(s)
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error { return errors.New("no paper") }),
		trigger.At(time.Now()), asyncz.ID("print"), asyncz.Retry(2, asyncz.Constant(0))))
	<-done
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error { panic("a bug") }), trigger.At(time.Now()), asyncz.ID("bill")))
	var p *asyncz.PanicError
	fmt.Println(errors.As((<-done).Err, &p), len(p.Stack) > 0)
	// Output:
	// write a mail: print has failed: no paper
	// page somebody: bill panics: a bug
	// true true
}
