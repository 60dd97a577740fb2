// Package asyncz schedules work that must happen: a task is declared once, kept
// in a store, and fired on time through crashes and restarts.
//
// A task is a registered function, its arguments and a trigger:
//
//	var cleanup = asyncz.Register("cleanup", func(ctx context.Context, a CleanupArgs) (int, error) {
//		…
//	})
//
//	s, err := asyncz.New(ctx, asyncz.WithStoreURL("default", "sqlite:///tasks.db"))
//	…
//	_, err = s.Add(ctx, cleanup.With(CleanupArgs{Days: 30}), trigger.MustCron("0 2 * * *"),
//		asyncz.ID("nightly"), asyncz.Replace())
//	err = s.Run(ctx) // until ctx ends
//
// Without any option a [Scheduler] keeps its tasks in memory. With a durable
// store it picks up where it was when the process ended, however it ended.
//
// What a scheduler promises, and what not, stands in docs/guarantees.md. The
// main one: each fire of each task ends in exactly one [Outcome], and none is
// silent. A run may happen twice, when the node that had it died; code that must
// not repeat an effect uses [Run.ID] as its idempotency key.
//
// All methods of a Scheduler may be called from any number of goroutines.
package asyncz
