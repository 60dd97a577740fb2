package asyncz_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store/filestore"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

func ExampleWithStore() {
	ctx := context.Background()
	s := start(&asyncz.Functions{},
		asyncz.WithStore("default", memstore.New()),
		asyncz.WithStore("urgent", memstore.New()),
		asyncz.WithExecutor("narrow", executor.NewPool(2, 0)))
	defer s.Shutdown(ctx)

	t, err := s.Add(ctx, asyncz.Named("page", nil), trigger.MustEvery(time.Hour),
		asyncz.InStore("urgent"), asyncz.OnExecutor("narrow"))
	check(err)
	fmt.Println(t.Store, t.Executor)
	// Output: urgent narrow
}

func ExampleWithEncryptionKey() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "asyncz-example-")
	check(err)
	defer os.RemoveAll(dir)
	open := func(key string, old ...string) (*asyncz.Scheduler, error) {
		files, err := filestore.New(filepath.Join(dir, "tasks"))
		check(err)
		return asyncz.New(ctx, asyncz.WithStore("default", files), asyncz.WithEncryptionKey(key, old...))
	}

	s, err := open("a value of asyncz keygen")
	check(err)
	_, err = s.Add(ctx, asyncz.Named("pay", map[string]int{"cents": 4250}), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	check(err)
	check(s.Shutdown(ctx))

	_, err = open("a wrong one")
	fmt.Println(errors.Is(err, seal.ErrUnknownKey))

	s, err = open("a new one", "a value of asyncz keygen")
	check(err)
	done, err := s.Rewrap(ctx, "default", false, nil)
	check(err)
	fmt.Println(done.Written, "sealed anew")
	check(s.Shutdown(ctx))
	// Output:
	// true
	// 1 sealed anew
}

func ExampleConfig() {
	var c asyncz.Config
	check(json.Unmarshal([]byte(`{
		"stores": {"default": "memory:"},
		"executors": {"default": {"type": "threadpool", "max_workers": 4, "queue": 100}},
		"task_defaults": {"max_instances": 2},
		"tasks": [{"id": "report", "function": "report", "trigger": {"type": "cron", "expression": "0 9 * * mon-fri"}}]
	}`), &c))
	opts, err := c.Options()
	check(err)
	ctx := context.Background()
	s, err := asyncz.New(ctx, opts...)
	check(err)
	defer s.Shutdown(ctx)
	tasks, err := s.AddConfigured(ctx, c)
	check(err)
	fmt.Println(tasks[0].ID, tasks[0].MaxInstances, tasks[0].Trigger)
	// Output: report 2 at 09:00 on Monday to Friday, UTC
}

func ExampleScheduler_AddJSON() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	t, err := s.AddJSON(ctx, []byte(`{"id": "ping", "function": "http", "kwargs": {"url": "https://example.org"},
		"trigger": {"type": "interval", "seconds": 30}, "timeout": "5s"}`))
	check(err)
	fmt.Println(t.ID, t.Trigger, t.Timeout)
	_, err = s.AddJSON(ctx, []byte(`{"id": "pong", "fnuction": "http", "trigger": {"type": "interval", "seconds": 30}}`))
	fmt.Println(err)
	// Output:
	// ping every 30 seconds 5s
	// invalid task: unknown field "fnuction"
}

func ExampleScheduler_AddMany() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	tasks := make([]asyncz.NewTask, 1000)
	for i := range tasks {
		tasks[i] = asyncz.NewTask{
			Call: asyncz.Named("send", map[string]int{"to": i}), Trigger: trigger.At(time.Now().Add(time.Hour)),
			Options: []asyncz.TaskOption{asyncz.ID(fmt.Sprint("mail ", i))},
		}
	}
	errs, err := s.AddMany(ctx, tasks)
	check(errors.Join(append(errs, err)...))
	n, err := s.CountTasks(ctx, "default")
	check(err)
	fmt.Println(n, "tasks")
	// Output: 1000 tasks
}

func ExampleScheduler_Doctor() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	defer s.Shutdown(ctx)

	_, err := s.Add(ctx, asyncz.Named("reprot", nil), trigger.MustEvery(time.Hour), asyncz.ID("a"))
	check(err)
	stores, err := s.Doctor(ctx)
	check(err)
	for _, f := range stores[0].Findings {
		fmt.Println(f.Task, f.Problem+":", f.Detail)
	}
	// Output: a unknown_function: no function "reprot" is registered in this program
}

func ExampleLogger() {
	plain := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, "run", "node": // differ each time
			return slog.Attr{}
		}
		return a
	}}))
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithLogger(plain))
	defer s.Shutdown(ctx)

	done := ends(s)
	_, err := s.Add(ctx, asyncz.Do(func(ctx context.Context) error {
		asyncz.Logger(ctx).Info("working", "items", 3)
		return nil
	}), trigger.At(time.Now()), asyncz.ID("a"))
	check(err)
	<-done
	// Output: level=INFO msg=working store=default task=a attempt=1 items=3
}

func ExampleScheduler_Shutdown() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	_, err := s.Add(ctx, asyncz.Do(func(context.Context) error {
		fmt.Println("goodbye")
		return nil
	}), trigger.Shutdown())
	check(err)
	check(s.Shutdown(ctx))
	_, err = s.RunTask(ctx, "a")
	fmt.Println(err)
	// Output:
	// goodbye
	// the scheduler has been shut down
}

func ExampleScheduler_Listen() {
	ctx := context.Background()
	s := start(&asyncz.Functions{})
	kinds := make(chan string, 10)
	s.Listen(func(e asyncz.Event) { kinds <- e.Kind() })
	_, err := s.Add(ctx, asyncz.Do(func(context.Context) error { return nil }), trigger.At(time.Now()), asyncz.ID("a"))
	check(err)
	for range 4 {
		fmt.Println(<-kinds)
	}
	check(s.Shutdown(ctx))
	// Unordered output:
	// task_added
	// run_started
	// run_ended
	// task_removed
}
