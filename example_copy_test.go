package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

func ExampleScheduler_Copy() {
	ctx := context.Background()
	old, err := os.MkdirTemp("", "asyncz-example-")
	check(err)
	defer os.RemoveAll(old)
	s := ok(asyncz.New(ctx, asyncz.WithStoreURL("old", "file://"+old), asyncz.WithStoreURL("new", "memory:")))
	defer s.Shutdown(ctx)
	ok(s.Add(ctx, asyncz.Named("cleanup", nil), trigger.MustEvery(time.Hour), asyncz.ID("hourly"), asyncz.InStore("old")))
	ok(s.PauseTask(ctx, "hourly"))

	done := ok(s.Copy(ctx, "old", "new", asyncz.CopyOptions{}))
	fmt.Println(done.Copied, ok(s.Task(ctx, "hourly", asyncz.InStore("new"))).State)
	// Once more there is nothing to do.
	fmt.Println(ok(s.Copy(ctx, "old", "new", asyncz.CopyOptions{})).Same)
	// Output:
	// 1 paused
	// 1
}

// A program that starts beside its database gives it time to come up.
func ExampleWithStartupWait() {
	s, err := asyncz.New(context.Background(), asyncz.WithStartupWait(30*time.Second), asyncz.WithStoreURL("default", "memory:"))
	check(err)
	defer s.Shutdown(context.Background())
}

// A tool that only looks makes no store where there is none.
func ExampleMustExist() {
	_, err := asyncz.New(context.Background(), asyncz.WithStoreURL("default", "file:nowhere"), asyncz.MustExist("default"))
	fmt.Println(errors.Is(err, store.ErrAbsent))
	// Output: true
}
