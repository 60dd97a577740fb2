package lifecycle

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// maxWaiting bounds the runs of one task that wait, because all of them stand
// in its one record.
const maxWaiting = 1000

// ErrTooManyRuns: the task has more runs waiting than a record shall hold.
var ErrTooManyRuns = errors.New("too many runs of the task are waiting")

// Pause holds the task back. Runs that have begun go on.
func Pause(s *State) *State {
	n := s.clone()
	n.Paused = true
	return n
}

// Resume lets a paused task go on, from the next instant that is to come; those
// that passed meanwhile were paused, not missed. A one-shot task that has not
// fired yet fires now. The result may be Done.
func Resume(s *State, now time.Time, random func() float64) *State {
	n := s.clone()
	n.Paused = false
	if n.isShutdown() {
		return n
	}
	next, ok := n.series.Next(time.Time{}, now)
	if ok && !n.Prev.IsZero() && !next.After(n.Prev) {
		next, ok = n.series.Next(later(n.Prev, now.Add(-1)), now)
	}
	if ok {
		n.schedule(next, now, random)
	} else {
		n.unschedule()
	}
	return n
}

// RunNow asks for a run beside the schedule, which stays as it is.
func RunNow(s *State, now time.Time) (*State, Run, error) {
	if len(s.Runs) >= maxWaiting {
		return nil, Run{}, fmt.Errorf("%w: %d", ErrTooManyRuns, len(s.Runs))
	}
	n := s.clone()
	at := n.unique(now)
	r := Run{Fire: at, Source: Manual, NotBefore: at}
	n.Runs = append(n.Runs, r)
	return n, r, nil
}

// Redefine gives the task another definition with the same id. Runs in flight
// and pause stay; so does the next instant when the trigger is the same one.
func Redefine(s *State, def *Definition, now time.Time, random func() float64) (*State, error) {
	n := s.clone()
	n.Def = def
	if trigger.Equal(s.Def.Trigger, def.Trigger) {
		return n, nil
	}
	n.Anchor = now.Round(0)
	n.anchor()
	if n.isShutdown() {
		n.unschedule()
		return n, nil
	}
	next, ok := n.series.Next(time.Time{}, now)
	if ok && next.Equal(s.Prev) {
		next, ok = n.series.Next(s.Prev, now)
	}
	if !ok {
		return nil, ErrNeverFires
	}
	n.schedule(next, now, random)
	return n, nil
}

// Dropped returns how fires end that an edit sets aside: those that were due and
// not taken up yet, when the trigger is another or the task is gone (after is
// nil), and runs that wait for an attempt, when the task is gone.
func Dropped(before, after *State, now time.Time) (ended []Ending) {
	if after == nil {
		for i := range before.Runs {
			if r := &before.Runs[i]; !r.Running() {
				ended = append(ended, r.Ending(Cancelled, now))
			}
		}
	} else if after.Anchor.Equal(before.Anchor) {
		return nil
	}
	if before.Paused || before.Next.IsZero() || before.Next.Add(before.Delay).After(now) {
		return ended
	}
	last, more := span(before.series, before.Next, now)
	e := Ending{Outcome: Cancelled, Fire: before.Next.UTC(), Count: 1 + more, Source: Scheduled, Ended: now.Round(0).UTC()}
	if more > 0 {
		e.Fire, e.First = last.UTC(), before.Next.UTC()
	}
	return append(ended, e)
}

// Equal reports whether two definitions say the same.
func (d *Definition) Equal(e *Definition) bool {
	return d.ID == e.ID && d.Name == e.Name && d.Func == e.Func && d.Executor == e.Executor &&
		d.Local == nil && e.Local == nil && *d.Policy == *e.Policy &&
		maps.Equal(d.Metadata, e.Metadata) && d.Args.Equal(e.Args) && trigger.Equal(d.Trigger, e.Trigger)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
