package asyncz_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// temporary returns the URL of a new directory, and what removes it.
func temporary() (url string, remove func()) {
	dir := ok(os.MkdirTemp("", "asyncz"))
	return "file:" + filepath.ToSlash(dir), func() { check(os.RemoveAll(dir)) }
}

func ExampleWithStoreURL() {
	url, remove := temporary() // such as "file:tasks" or "sqlite:///tasks.db"
	defer remove()
	ctx := context.Background()
	for range 2 {
		s := ok(asyncz.New(ctx, asyncz.WithStoreURL("default", url)))
		fmt.Println(ok(s.CountTasks(ctx, "default")), "tasks are there")
		ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustEvery(time.Hour), asyncz.ID("hourly"), asyncz.Replace()))
		check(s.Shutdown(ctx))
	}
	// Output:
	// 0 tasks are there
	// 1 tasks are there
}

func ExampleWithStoreConfig() {
	url, remove := temporary()
	defer remove()
	dir := strings.TrimPrefix(url, "file:")
	ctx := context.Background()
	s := ok(asyncz.New(ctx, asyncz.WithStoreConfig("default", map[string]any{
		"type": "file", "directory": dir, "suffix": ".job", "codec": "cbor",
	})))
	ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustEvery(time.Hour)))
	check(s.Shutdown(ctx))
	fmt.Println(len(ok(filepath.Glob(filepath.Join(dir, "*.job")))), "file")

	_, err := asyncz.New(ctx, asyncz.WithStoreConfig("default", map[string]any{"type": "flie", "directory": dir}))
	fmt.Println(strings.Contains(err.Error(), `"flie"`))
	// Output:
	// 1 file
	// true
}

func ExampleInStore() {
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithStore("a", memstore.New()), asyncz.WithStore("b", memstore.New()))
	defer s.Shutdown(ctx)

	for _, alias := range []string{"a", "b"} {
		ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustEvery(time.Hour), asyncz.ID("hourly"), asyncz.InStore(alias)))
	}
	_, err := s.Task(ctx, "hourly")
	fmt.Println(err)
	fmt.Println(ok(s.Task(ctx, "hourly", asyncz.InStore("b"))).Store)
	_, err = s.Task(ctx, "hourly", asyncz.InStore("c"))
	fmt.Println(err)
	// Output:
	// task "hourly": several stores have a task with this id: a and b
	// b
	// store: there is no "c"; known ones are a, b, default
}

func ExampleWithTaskDefaults() {
	ctx := context.Background()
	s := start(&asyncz.Functions{}, asyncz.WithTaskDefaults(asyncz.Timeout(time.Minute), asyncz.MaxInstances(4)))
	defer s.Shutdown(ctx)

	t := ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustEvery(time.Hour), asyncz.Timeout(time.Hour)))
	fmt.Println(t.Timeout, t.MaxInstances)
	// Output: 1h0m0s 4
}

func ExampleWithLease() {
	_, err := asyncz.New(context.Background(), asyncz.WithLease(10*time.Second, 5*time.Second))
	fmt.Println(err)
	// Output: invalid option: the heartbeat 5s is more than a third of the lease 10s: one late renewal would lose runs
}

func ExampleScheduler_Rewrap() {
	url, remove := temporary()
	defer remove()
	ctx := context.Background()
	open := func(value string, old ...string) *asyncz.Scheduler {
		return ok(asyncz.New(ctx, asyncz.WithStoreURL("default", url), asyncz.WithEncryptionKey(value, old...)))
	}
	const lastYear, thisYear = "the value of last year, long enough", "the value of this year, long enough"
	s := open(lastYear)
	ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustEvery(time.Hour), asyncz.ID("hourly")))
	ok(s.Add(ctx, asyncz.Named("report", nil), trigger.MustCron("@daily"), asyncz.ID("daily")))
	check(s.Shutdown(ctx))

	s = open(thisYear, lastYear)
	fmt.Printf("%+v\n", ok(s.Rewrap(ctx, "default", false, nil)))
	check(s.Shutdown(ctx))

	s = open(thisYear) // the old value is not needed any more
	fmt.Println(ok(s.Task(ctx, "daily")).State)
	check(s.Shutdown(ctx))
	// Output:
	// {Seen:2 Written:2 Failed:0}
	// scheduled
}

func ExampleScheduler_Doctor_unreadable() {
	url, remove := temporary()
	defer remove()
	damaged := filepath.Join(strings.TrimPrefix(url, "file:"), "damaged.task")
	check(os.WriteFile(damaged, []byte("half a ta"), 0o600))

	ctx := context.Background()
	s := ok(asyncz.New(ctx, asyncz.WithStoreURL("default", url)))
	defer s.Shutdown(ctx)
	for _, f := range ok(s.Doctor(ctx))[0].Findings {
		fmt.Println(f.Problem)
	}
	fmt.Println(string(ok(os.ReadFile(damaged)))) // nothing was changed
	// Output:
	// unreadable
	// half a ta
}
