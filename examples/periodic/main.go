// Periodic keeps its tasks in SQLite and adds them at each start: a function
// every second, one that is tried again when it fails, and one that runs when
// the program ends. Press Ctrl-C, start it again, and see it go on.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/go-asyncz/asyncz"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
	"github.com/go-asyncz/asyncz/trigger"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, "sqlite:///periodic.db", os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run fires the tasks until ctx ends.
func run(ctx context.Context, url string, out io.Writer) error {
	functions := &asyncz.Functions{}
	greet := asyncz.RegisterIn(functions, "greet", func(_ context.Context, name string) (string, error) {
		return "hello, " + name, nil
	})
	fetch := asyncz.RegisterIn(functions, "fetch", func(ctx context.Context, _ struct{}) (int, error) {
		run, _ := asyncz.RunFrom(ctx)
		if run.Attempt < 2 {
			return 0, errors.New("the server is busy")
		}
		return 42, nil
	})
	bye := asyncz.RegisterIn(functions, "bye", func(context.Context, struct{}) (string, error) {
		return "goodbye", nil
	})

	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", url), asyncz.WithFunctions(functions))
	if err != nil {
		return err
	}
	asyncz.On(s, func(e asyncz.RunEnded) { fmt.Fprintln(out, e.Run.Task, e.Outcome, e.Value) })
	for _, task := range []asyncz.NewTask{
		{Call: greet.With("world"), Trigger: trigger.MustEvery(time.Second), Options: []asyncz.TaskOption{asyncz.ID("greet")}},
		{Call: fetch.With(struct{}{}), Trigger: trigger.MustEvery(3 * time.Second), Options: []asyncz.TaskOption{asyncz.ID("fetch"), asyncz.Retry(3, asyncz.Constant(100*time.Millisecond))}},
		{Call: bye.With(struct{}{}), Trigger: trigger.Shutdown(), Options: []asyncz.TaskOption{asyncz.ID("bye")}},
	} {
		if _, err := s.Add(ctx, task.Call, task.Trigger, append(task.Options, asyncz.Replace())...); err != nil {
			return errors.Join(err, s.Shutdown(ctx))
		}
	}
	return s.Run(ctx)
}
