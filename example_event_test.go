package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func ExampleOn() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	failures := make(chan asyncz.RunEnded, 1)
	stop := asyncz.On(s, func(e asyncz.RunEnded) {
		if e.Outcome == asyncz.Failed {
			failures <- e
		}
	})
	defer stop()
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error { panic("a bug") }), trigger.At(time.Now()), asyncz.ID("buggy")))
	e := <-failures
	var p *asyncz.PanicError
	fmt.Println(e.Task, e.Err, errors.As(e.Err, &p), len(p.Stack) > 0)
	// Output: buggy panic: a bug true true
}

func ExampleMarshalEvent() {
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	text := ok(asyncz.MarshalEvent(asyncz.StoreFailed{
		Header: asyncz.Header{Time: at, Store: "default"}, Err: errors.New("the disk is full"),
	}))
	fmt.Println(string(text))
	// Output: {"error":"the disk is full","event":"store_failed","store":"default","time":"2026-11-23T02:00:00Z"}
}

func ExampleScheduler_Pause() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	s.Pause() // this scheduler; its tasks are not paused, and others on the store may run them
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error { return nil }), trigger.At(time.Now()), asyncz.ID("a")))
	fmt.Println(ok(s.Task(ctx, "a")).State)
	s.Resume()
	fmt.Println((<-done).Outcome)
	// Output:
	// scheduled
	// executed
}

func ExampleScheduler_Shutdown_cancel() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	begun := make(chan struct{})
	ok(s.Add(ctx, asyncz.Do(func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		fmt.Println(context.Cause(ctx))
		return ctx.Err()
	}), trigger.At(time.Now())))
	<-begun

	patience, cancel := context.WithTimeout(ctx, 20*time.Millisecond) // for runs to end by themselves
	defer cancel()
	fmt.Println(errors.Is(s.Shutdown(patience), context.DeadlineExceeded))
	// Output:
	// the scheduler shut down
	// true
}
