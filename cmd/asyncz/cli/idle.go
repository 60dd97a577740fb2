package cli

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz"
)

// idleLook is how often a look is taken without an event: what other processes
// on the store run ends without one here.
const idleLook = 5 * time.Second

// whenIdle closes idle when no task is left that this scheduler will run. It
// looks again after each event that may have been the last one.
func (s *session) whenIdle(ctx context.Context, idle chan<- struct{}) {
	look := make(chan struct{}, 1)
	s.here.Listen(func(e asyncz.Event) {
		switch e.(type) {
		case asyncz.SchedulerStarted, asyncz.RunEnded, asyncz.TaskRemoved, asyncz.TaskUnreadable:
			select {
			case look <- struct{}{}:
			default:
			}
		}
	})
	go func() {
		again := time.NewTicker(idleLook)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look:
			case <-again.C:
			}
			if busy, err := s.busy(ctx); err == nil && !busy {
				close(idle)
				return
			}
		}
	}()
}

// busy reports whether a task is left that this scheduler will run.
func (s *session) busy(ctx context.Context) (bool, error) {
	checkups, err := s.Doctor(ctx)
	if err != nil {
		return true, err
	}
	type key struct{ store, id string }
	elsewhere := map[key]bool{}
	for _, c := range checkups {
		for _, f := range c.Findings {
			switch f.Problem {
			case "unreadable", "unknown_function", "unknown_executor":
				elsewhere[key{f.Store, f.Task}] = true
			}
		}
	}
	tasks, err := s.Tasks(ctx, asyncz.Filter{})
	for _, t := range tasks {
		if !elsewhere[key{t.Store, t.ID}] && willRun(t) {
			return true, nil
		}
	}
	return err != nil, err
}

// willRun reports whether a run of the task is in flight or to come.
func willRun(t asyncz.Task) bool {
	for _, r := range t.Runs {
		if r.Node != "" || t.State != asyncz.StatePaused || r.Source == asyncz.Manual {
			return true
		}
	}
	return t.State == asyncz.StateScheduled
}
