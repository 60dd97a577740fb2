package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// Each attempt leaves a row, with what it logged and what it wrote.
func ExampleScheduler_Runs() {
	ctx := context.Background()
	s, err := asyncz.New(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Shutdown(ctx) }()
	ended := make(chan struct{})
	asyncz.On(s, func(asyncz.RunEnded) { close(ended) })
	if err := s.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	backup := func(ctx context.Context) error {
		asyncz.Logger(ctx).Info("copying", "table", "orders")
		return errors.New("disk full")
	}
	if _, err := s.Add(ctx, asyncz.Do(backup), trigger.At(time.Now()), asyncz.ID("backup")); err != nil {
		fmt.Println(err)
		return
	}
	<-ended
	page, err := s.Runs(ctx, asyncz.RunFilter{Outcomes: []asyncz.Outcome{asyncz.Failed}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range page.Runs {
		run, err := s.FindRun(ctx, r.ID())
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, a := range run.Attempts {
			fmt.Println(a.Task, a.Outcome, a.Error)
			fmt.Println(a.Logs[0].Message, a.Logs[0].Attrs)
		}
	}
	// Output:
	// backup failed disk full
	// copying table=orders
}
