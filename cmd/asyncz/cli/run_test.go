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
	return &session{control: s, here: s}, run
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
		last, err := s.ended(t.Context(), run, func() {})
		if err != nil || last.Outcome != asyncz.Cancelled {
			t.Errorf("got %+v %v", last, err)
		}
	})
}

// A task that fires often knows its last run alone.
func TestHowARunEndedThatOthersFollowedIsToldByTheHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := inMemory(t)
		must(t, s.here.Start(t.Context()))
		defer func() { must(t, s.here.Shutdown(context.Background())) }()
		time.Sleep(time.Second)
		_, err := s.RunTask(t.Context(), "t")
		must(t, err)
		time.Sleep(time.Second)
		last, err := s.ended(t.Context(), run, nil)
		if err != nil || last.Outcome != asyncz.Executed || !last.Run.Scheduled.Equal(run.Scheduled) {
			t.Errorf("got %+v %v", last, err)
		}
	})
}
