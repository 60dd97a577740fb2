//go:build unix

package cli_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
)

// TestATaskThatAnotherProcessAddsWakesAScheduler is for stores that can be watched.
// The scheduler would look by itself only after a minute.
func TestATaskThatAnotherProcessAddsWakesAScheduler(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"file", "postgres", "redis"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, dir: t.TempDir(), url: backends[name](t)("tasks")}
			w.env = append(os.Environ(), "ASYNCZ_STORE="+w.url, "ASYNCZ_STORE_ENCRYPTION_KEY=")
			wakesUp(t, w)
		})
	}
}

func wakesUp(t *testing.T, w *world) {
	fs := new(asyncz.Functions)
	asyncz.RegisterIn(fs, "f", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	s, err := asyncz.New(t.Context(), asyncz.WithStoreURL("default", inDirectory(w.url, w.dir)), asyncz.WithFunctions(fs),
		asyncz.WithLease(10*time.Minute, time.Minute), asyncz.WithPoll(time.Minute), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
	must(t, err)
	defer func() { _ = s.Shutdown(context.Background()) }()
	ran := make(chan asyncz.RunStarted, 1)
	asyncz.On(s, func(e asyncz.RunStarted) { ran <- e })
	must(t, s.Start(t.Context()))
	var late []time.Duration
	for i := range 11 {
		w.do("add", "--id", fmt.Sprint("t", i), "--at", "+50ms", "f")
		e := <-ran
		if i == 0 {
			continue // it may have been added before the store was watched
		}
		late = append(late, e.Time.Sub(e.Run.Scheduled))
		if late[i-1] > 20*time.Second {
			t.Fatalf("late by %v: nothing but the poll woke the scheduler", late[i-1])
		}
	}
	slices.Sort(late)
	t.Logf("late by %v to %v, half of them by no more than %v", late[0], late[9], late[5])
}
