package asyncz_test

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func ExampleScheduler_Add() {
	zurich := ok(time.LoadLocation("Europe/Zurich"))
	newYear := time.Date(2090, 1, 1, 0, 0, 0, 0, zurich)
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	for id, t := range map[string]trigger.Trigger{
		"date":     trigger.At(newYear.Add(12 * time.Hour)),
		"interval": trigger.MustEvery(90*time.Minute, trigger.StartAt(newYear)),
		"cron":     trigger.MustCron("30 8 * * mon-fri", trigger.StartAt(newYear), trigger.In(zurich)),
	} {
		ok(s.Add(ctx, asyncz.Named("report", nil), t, asyncz.ID(id)))
	}
	for _, t := range ok(s.Tasks(ctx, asyncz.Filter{Sort: "next_run_time"})) {
		fmt.Println(t.NextRunTime.In(zurich).Format("Mon 2006-01-02 15:04"), t.ID)
	}
	// Output:
	// Sun 2090-01-01 00:00 interval
	// Sun 2090-01-01 12:00 date
	// Mon 2090-01-02 08:30 cron
}

func ExampleTask_NextFires() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	leapDays := trigger.MustCron("0 0 29 2 *", trigger.StartAt(time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)))
	t := ok(s.Add(ctx, asyncz.Named("report", nil), leapDays))
	for _, at := range t.NextFires(3, time.Now()) {
		fmt.Println(at.Format(time.DateOnly))
	}
	// Output:
	// 2092-02-29
	// 2096-02-29
	// 2104-02-29
}

func ExampleGraceTime() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	lunch := trigger.At(time.Now().Add(-time.Hour)) // nobody was there to serve it
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error { return nil }), lunch, asyncz.GraceTime(10*time.Minute)))
	fmt.Println((<-done).Outcome)
	// Output: missed
}

func ExampleMaxInstances() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	done := ends(s)
	reported := make(chan struct{})
	ok(s.Add(ctx, asyncz.Do(func(context.Context) error {
		<-reported // it takes longer than the interval
		return nil
	}), trigger.MustEvery(20*time.Millisecond), asyncz.MaxInstances(1)))
	fmt.Println((<-done).Outcome)
	close(reported)
	// Output: max_instances
}

// late adds a task whose five fires come due while the scheduler is paused.
func late(s *asyncz.Scheduler, opts ...asyncz.TaskOption) {
	s.Pause()
	defer s.Resume()
	first := time.Now().Add(10 * time.Millisecond).Truncate(time.Millisecond)
	last := first.Add(40 * time.Millisecond)
	five := trigger.MustEvery(10*time.Millisecond, trigger.StartAt(first), trigger.EndAt(last))
	ok(s.Add(context.Background(), asyncz.Do(func(context.Context) error { return nil }), five, opts...))
	<-time.After(time.Until(last))
}

func ExampleCoalesce() {
	s := start(&asyncz.Functions{})
	defer s.Shutdown(context.Background())
	done := ends(s)

	late(s) // five fires become one run: Coalesce(true) is the default
	e := <-done
	fmt.Println(e.Count, e.Outcome)
	e = <-done
	fmt.Println(e.Count, e.Outcome, "for", e.Run.Coalesced, "others")

	late(s, asyncz.Coalesce(false)) // five fires are five runs, one after the other
	for range 5 {
		e = <-done
		fmt.Println(e.Count, e.Outcome)
	}
	// Output:
	// 4 coalesced
	// 1 executed for 4 others
	// 1 executed
	// 1 executed
	// 1 executed
	// 1 executed
	// 1 executed
}

func ExampleCatchUp() {
	s := start(&asyncz.Functions{})
	defer s.Shutdown(context.Background())
	done := ends(s)

	late(s, asyncz.Coalesce(false), asyncz.CatchUp(2)) // the two latest
	for range 3 {
		e := <-done
		fmt.Println(e.Count, e.Outcome)
	}
	// Output:
	// 3 missed
	// 1 executed
	// 1 executed
}

func ExampleScheduler_UpdateTaskJSON() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustEvery(time.Hour), asyncz.ID("hourly")))
	t := ok(s.UpdateTaskJSON(ctx, "hourly", []byte(`{"timeout": "90s", "max_instances": 3}`)))
	fmt.Println(t.Timeout, t.MaxInstances, t.Trigger)
	_, err := s.UpdateTaskJSON(ctx, "hourly", []byte(`{"max_instances": 0}`))
	fmt.Println(err)
	// Output:
	// 1m30s 3 every hour
	// invalid task "hourly": max_instances: 0 is not from 1 to 1000
}
