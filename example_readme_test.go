package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

type CleanupArgs struct{ Days int }

var cleanup = asyncz.Register("cleanup", func(ctx context.Context, a CleanupArgs) (int, error) {
	asyncz.Logger(ctx).Info("cleaning up", "days", a.Days)
	return 0, nil
})

// run fires the tasks of the store with this URL, such as "sqlite:///tasks.db".
func run(ctx context.Context, url string) error {
	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", url))
	if err != nil {
		return err
	}
	// Adding a task at each start is the normal way: it leaves the schedule as it is.
	_, err = s.Add(ctx, cleanup.With(CleanupArgs{Days: 30}), trigger.MustCron("0 2 * * *"),
		asyncz.ID("nightly"), asyncz.Replace(), asyncz.Retry(5, asyncz.Exponential(time.Second, time.Minute)))
	if err != nil {
		return errors.Join(err, s.Shutdown(ctx))
	}
	return s.Run(ctx) // until ctx ends
}

func ExampleScheduler_Run() {
	url, remove := temporary()
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second/2)
	defer cancel()
	check(run(ctx, url))

	ctx = context.Background()
	s := ok(asyncz.New(ctx, asyncz.WithStoreURL("default", url)))
	t := ok(s.Task(ctx, "nightly")) // it is there at the next start
	fmt.Println(t.Trigger, t.Attempts)
	check(s.Shutdown(ctx))
	// Output: at 02:00 every day, UTC 5
}
