package cli

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// inMemory is a session on a store in memory that has the task t.
func inMemory(t *testing.T) (*session, asyncz.Run) {
	t.Helper()
	s, err := asyncz.New(t.Context(), asyncz.WithEncryptionKey(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(time.Hour), asyncz.ID("t")); err != nil {
		t.Fatal(err)
	}
	run, err := s.RunTask(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	return &session{Scheduler: s}, run
}

func TestWhoFollowsARunThatNobodyBeginsIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := inMemory(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		told := 0
		if _, err := s.ended(ctx, run, func() { told++ }); !errors.Is(err, context.DeadlineExceeded) || told != 1 {
			t.Errorf("told %d times, %v", told, err)
		}
	})
}

func TestWhoFollowsARunOfATaskThatIsRemovedIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := inMemory(t)
		time.AfterFunc(time.Second, func() { _ = s.RemoveTask(context.Background(), "t") })
		if _, err := s.ended(t.Context(), run, func() {}); err == nil || err.Error() != `task "t": it is gone, and with it how its run has ended` {
			t.Errorf("got %v", err)
		}
	})
}
