package lifecycle

import (
	"errors"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// ErrNeverFires: the trigger has no instant left.
var ErrNeverFires = errors.New("the trigger never fires")

// ShutdownLabel is the label under which a store keeps the tasks that run when
// a scheduler stops, so that it can find them without looking at all others.
const ShutdownLabel = "@shutdown"

// shutdownDue makes a shutdown task due for whoever asks for its label.
var shutdownDue = time.Unix(0, 0).UTC()

// A State is all that is known of a task: its definition, its place in the
// series of its trigger, and its runs in flight.
type State struct {
	Def *Definition
	// Incarnation tells this task from others that had its id before.
	Incarnation uint64
	// Anchor is when the trigger was set.
	Anchor time.Time
	// Prev is the last instant of the series that was decided upon; zero: none.
	Prev time.Time
	// Next is the next instant; zero: there is none.
	Next time.Time
	// Delay is the jitter that was drawn for Next.
	Delay time.Duration
	// Paused holds back everything but runs asked for by hand.
	Paused bool
	// Runs are in flight: running, or waiting for their next attempt.
	Runs []Run
	// Last is how the last run to end has ended; nil: none has.
	Last *Ending
	// Marks are of nodes that have something to tell; nil: of none. There is one state for
	// each task in memory, and hardly one that has a mark.
	Marks *[]Mark

	series trigger.Trigger // the trigger, anchored
}

// A Source says why a run was made.
type Source string

const (
	Scheduled Source = "scheduled"
	Manual    Source = "manual"
)

// A Run is one run in flight. The task's id and Fire are its identity.
type Run struct {
	Fire      time.Time // the scheduled time
	Source    Source
	Attempt   int       // attempts begun
	Recovered int       // attempts lost with their nodes
	Coalesced int       // further fires that this run stands for
	NotBefore time.Time // of a waiting run: when it may start
	Node      string    // of a running one: where it runs
	Started   time.Time
	Lease     time.Time // when the node must have renewed it; zero: never
}

// Running reports whether the run has a node.
func (r Run) Running() bool { return r.Node != "" }

// New returns the state of a task that is added now. Without any instant to
// come it returns ErrNeverFires.
func New(def *Definition, now time.Time, incarnation uint64, random func() float64) (*State, error) {
	s := &State{Def: def, Incarnation: incarnation, Anchor: now.Round(0)}
	s.anchor()
	if s.isShutdown() {
		return s, nil
	}
	next, ok := s.series.Next(time.Time{}, now)
	if !ok {
		return nil, ErrNeverFires
	}
	s.schedule(next, now, random)
	return s, nil
}

// At returns the state of a task as somebody else tells it, without its runs. It is
// for showing, not for keeping.
func At(def *Definition, anchor, next time.Time, paused bool) *State {
	s := &State{Def: def, Anchor: anchor, Next: next, Paused: paused}
	s.anchor()
	return s
}

func (s *State) anchor() {
	s.series = s.Def.Trigger
	if a, ok := s.series.(trigger.Anchorer); ok {
		s.series = a.Anchor(s.Anchor)
	}
}

func (s *State) isShutdown() bool { return s.Def.Trigger.Type() == "shutdown" }

// Series is the trigger with its place in time.
func (s *State) Series() trigger.Trigger { return s.series }

// Due returns when somebody must look at the task again; zero: never.
func (s *State) Due() time.Time {
	var due time.Time
	earliest := func(t time.Time) {
		if due.IsZero() || t.Before(due) {
			due = t
		}
	}
	if !s.Paused && !s.Next.IsZero() {
		earliest(s.Next.Add(s.Delay))
	}
	if len(s.Runs) == 0 {
		if s.isShutdown() && !s.Paused {
			return shutdownDue
		}
		return due
	}
	running := s.running()
	for i := range s.Runs {
		switch r := &s.Runs[i]; {
		case r.Running():
			if !r.Lease.IsZero() {
				earliest(r.Lease)
			}
		case running < s.Def.MaxInstances && s.mayStart(r):
			earliest(r.NotBefore)
		}
	}
	return due
}

// Label returns the label under which a store keeps the task.
func (s *State) Label() string {
	if len(s.Runs) == 0 && s.isShutdown() {
		return ShutdownLabel
	}
	return s.Def.Executor
}

// Done reports whether nothing is left to come of the task, so that it is to be
// removed. One that is paused never is.
func (s *State) Done() bool {
	return s.Next.IsZero() && len(s.Runs) == 0 && !s.Paused && !s.isShutdown()
}

func (s *State) running() (n int) {
	for i := range s.Runs {
		if s.Runs[i].Running() {
			n++
		}
	}
	return n
}

func (s *State) mayStart(r *Run) bool { return !s.Paused || r.Source == Manual }

// clone returns a copy whose runs may be changed.
func (s *State) clone() *State {
	c := *s
	c.Runs = slices.Clone(s.Runs)
	return &c
}
