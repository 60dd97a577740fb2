package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/trigger"
)

// start returns a running scheduler with functions of its own, for an example.
func start(fs *asyncz.Functions, opts ...asyncz.Option) *asyncz.Scheduler {
	ctx := context.Background()
	s, err := asyncz.New(ctx, append(opts, asyncz.WithFunctions(fs))...)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Start(ctx); err != nil {
		log.Fatal(err)
	}
	return s
}

// ends returns a channel with how fires end.
func ends(s *asyncz.Scheduler) <-chan asyncz.RunEnded {
	c := make(chan asyncz.RunEnded, 100)
	asyncz.On(s, func(e asyncz.RunEnded) { c <- e })
	return c
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type Invoice struct {
	Customer string `json:"customer"`
	Cents    int    `json:"cents"`
}

func Example() {
	var functions asyncz.Functions
	send := asyncz.RegisterIn(&functions, "send", func(ctx context.Context, i Invoice) (string, error) {
		return fmt.Sprintf("%s owes %d.%02d", i.Customer, i.Cents/100, i.Cents%100), nil
	})

	ctx := context.Background()
	s, err := asyncz.New(ctx, asyncz.WithFunctions(&functions)) // in memory; WithStoreURL keeps tasks for good
	check(err)
	check(s.Start(ctx))
	defer s.Shutdown(ctx)

	done := ends(s)
	_, err = s.Add(ctx, send.With(Invoice{"Ada", 4250}), trigger.At(time.Now()), asyncz.ID("invoice 7"))
	check(err)
	e := <-done
	fmt.Println(e.Run.Task, e.Outcome+":", e.Value)
	// Output: invoice 7 executed: Ada owes 42.50
}

func ExampleDo() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	ticks := make(chan struct{})
	_, err := s.Add(ctx, asyncz.Do(func(context.Context) error { ticks <- struct{}{}; return nil }), trigger.MustEvery(10*time.Millisecond))
	check(err)
	for range 3 {
		<-ticks
		fmt.Println("tick")
	}
	// Output:
	// tick
	// tick
	// tick
}

func ExampleRetry() {
	var functions asyncz.Functions
	fetch := asyncz.RegisterIn(&functions, "fetch", func(ctx context.Context, url string) (string, error) {
		run, _ := asyncz.RunFrom(ctx)
		if run.Attempt < 3 {
			return "", errors.New("connection refused")
		}
		return "200 OK", nil
	})
	ctx := context.Background()
	s := start(&functions)
	defer s.Shutdown(ctx)

	done := ends(s)
	_, err := s.Add(ctx, fetch.With("https://example.org"), trigger.At(time.Now()),
		asyncz.Retry(5, asyncz.Exponential(time.Millisecond, time.Second)))
	check(err)
	e := <-done
	fmt.Println(e.Outcome, "at attempt", e.Run.Attempt, e.Value)
	// Output: executed at attempt 3 200 OK
}

func ExamplePermanent() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	_, err := s.Add(ctx, asyncz.Do(func(context.Context) error {
		return asyncz.Permanent(errors.New("no such account"))
	}), trigger.At(time.Now()), asyncz.Retry(5, asyncz.Constant(time.Minute)))
	check(err)
	e := <-done
	fmt.Println(e.Outcome, "at attempt", e.Run.Attempt, e.Err)
	// Output: failed at attempt 1 no such account
}

func ExampleTimeout() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	_, err := s.Add(ctx, asyncz.Do(func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}), trigger.At(time.Now()), asyncz.Timeout(10*time.Millisecond))
	check(err)
	e := <-done
	fmt.Println(e.Outcome, errors.Is(e.Err, asyncz.ErrTimeout))
	// Output: failed true
}

func ExampleScheduler_Add_replace() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	daily := func(at string) error {
		_, err := s.Add(ctx, asyncz.Named("report", nil), trigger.MustCron(at), asyncz.ID("daily"), asyncz.Replace())
		return err
	}
	check(daily("0 8 * * *"))
	check(daily("0 8 * * *")) // the same again: nothing is written
	check(daily("0 9 * * *")) // changed
	t, err := s.Task(ctx, "daily")
	check(err)
	fmt.Println(t.Trigger)
	// Output: at 09:00 every day, UTC
}

func ExampleScheduler_RunTask() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	_, err := s.Add(ctx, asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(24*time.Hour), asyncz.ID("daily"))
	check(err)
	run, err := s.RunTask(ctx, "daily")
	check(err)
	e := <-done
	fmt.Println(e.Run.Source, e.Run.ID() == run.ID())
	// Output: manual true
}

func ExampleScheduler_PauseTask() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	_, err := s.Add(ctx, asyncz.Named("report", nil), trigger.MustCron("0 9 * * *"), asyncz.ID("daily"))
	check(err)
	t, err := s.PauseTask(ctx, "daily")
	check(err)
	fmt.Println(t.State, t.NextRunTime.IsZero())
	t, err = s.ResumeTask(ctx, "daily")
	check(err)
	fmt.Println(t.State, t.NextRunTime.Hour())
	// Output:
	// paused true
	// scheduled 9
}

func ExampleScheduler_UpdateTask() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	_, err := s.Add(ctx, asyncz.Named("report", nil), trigger.MustCron("0 9 * * *"), asyncz.ID("daily"))
	check(err)
	t, err := s.UpdateTask(ctx, "daily", asyncz.Timeout(time.Hour), asyncz.MaxInstances(2), asyncz.GraceTime(5*time.Minute))
	check(err)
	fmt.Println(t.Timeout, t.MaxInstances, t.GraceTime)
	t, err = s.Reschedule(ctx, "daily", trigger.MustCron("@hourly"))
	check(err)
	fmt.Println(t.Trigger)
	check(s.RemoveTask(ctx, "daily"))
	_, err = s.Task(ctx, "daily")
	fmt.Println(errors.Is(err, asyncz.ErrNotFound))
	// Output:
	// 1h0m0s 2 5m0s
	// every hour
	// true
}

func ExampleScheduler_Tasks() {
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithExecutor("narrow", executor.NewPool(2, 10)))
	defer s.Shutdown(ctx)

	for id, at := range map[string]string{"breakfast": "0 8 * * *", "lunch": "0 12 * * *", "supper": "0 18 * * *"} {
		_, err := s.Add(ctx, asyncz.Named("cook", nil), trigger.MustCron(at), asyncz.ID(id), asyncz.OnExecutor("narrow"))
		check(err)
	}
	tasks, err := s.Tasks(ctx, asyncz.Filter{Trigger: "cron", Text: "NCH", Sort: "id"})
	check(err)
	for _, t := range tasks {
		fmt.Println(t.ID, t.Executor)
	}
	// Output: lunch narrow
}

func ExampleRun_ID() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	keys := make(chan string)
	_, err := s.Add(ctx, asyncz.Do(func(ctx context.Context) error {
		run, _ := asyncz.RunFrom(ctx)
		keys <- run.ID() // the same however often this run is tried: an idempotency key
		return nil
	}), trigger.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)), asyncz.ID("payroll"))
	check(err)
	fmt.Println(<-keys)
	// Output: payroll@2026-03-01T09:00:00Z
}
