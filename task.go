package asyncz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// A ScheduleState says whether a task is going to fire.
type ScheduleState string

const (
	StateScheduled  ScheduleState = "scheduled"  // it has a next run time
	StatePending    ScheduleState = "pending"    // it has none: it waits for a shutdown, or for its last run to end
	StatePaused     ScheduleState = "paused"     // it is held back until it is resumed
	StateUnreadable ScheduleState = "unreadable" // its record can't be read; see Err
)

// A Task is a task as it stood when it was read.
type Task struct {
	ID          string
	Name        string
	Store       string
	State       ScheduleState
	NextRunTime time.Time // zero: none
	Function    string
	Kwargs      json.RawMessage
	Trigger     trigger.Trigger
	Executor    string

	GraceTime    time.Duration // 0: no limit
	Coalesce     bool
	CatchUp      int
	MaxInstances int
	Timeout      time.Duration     // 0: no limit
	Attempts     int               // 1: no second one
	Metadata     map[string]string // as given by Metadata; not to be changed

	Runs []Run    // in flight
	Last *LastRun // nil: none has ended
	Err  error    // why the task can't be read

	state   *lifecycle.State
	version string // of one that was read from JSON
}

// A LastRun is how the last run of a task ended.
type LastRun struct {
	Run     Run             `json:"run"`
	Outcome Outcome         `json:"outcome"`
	Ended   time.Time       `json:"ended"`
	Error   string          `json:"error,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"` // up to 4 KiB; a longer one is in the event alone
}

func newTask(alias string, s *lifecycle.State) Task {
	d := s.Def
	t := Task{
		ID: d.ID, Name: d.Name, Store: alias, State: StatePending, Function: d.Func, Trigger: d.Trigger,
		Executor: d.Executor, GraceTime: d.Grace, Coalesce: d.Coalesce, CatchUp: d.CatchUp,
		MaxInstances: d.MaxInstances, Metadata: d.Metadata, Timeout: d.Timeout, Attempts: max(1, d.Retry.Attempts), state: s,
	}
	if !s.Next.IsZero() {
		t.State, t.NextRunTime = StateScheduled, s.Next
	}
	if s.Paused {
		t.State, t.NextRunTime = StatePaused, time.Time{}
	}
	for _, r := range s.Runs {
		t.Runs = append(t.Runs, newRun(alias, d.ID, &r))
	}
	if e := s.Last; e != nil {
		t.Last = &LastRun{Run: observer{store: alias}.run(d, *e), Outcome: Outcome(e.Outcome), Ended: e.Ended, Error: e.Error, Result: e.Result}
	}
	t.Kwargs, t.Err = d.Args.Raw()
	return t
}

// NextFires returns the next n fire times of the task after now, as they stand.
func (t Task) NextFires(n int, now time.Time) []time.Time {
	if t.state == nil || t.State == StatePaused {
		return nil
	}
	var fires []time.Time
	for at, ok := t.state.Next, !t.state.Next.IsZero(); ok && len(fires) < n; at, ok = t.state.Series().Next(at, now) {
		fires = append(fires, at)
	}
	return fires
}

// Task returns the task with this id. One that can't be read is returned with
// the error that says why.
func (s *Scheduler) Task(ctx context.Context, id string, opts ...TaskOption) (Task, error) {
	p, _, err := s.find(ctx, id, opts)
	if err != nil {
		return Task{}, err
	}
	st, _, err := p.engine.Get(ctx, id)
	switch {
	case err == nil:
		return newTask(p.alias, st), nil
	case errors.Is(err, store.ErrNotFound):
		return Task{}, fmt.Errorf("task %q: %w", id, err)
	}
	if _, fault := p.store.Get(ctx, id); fault != nil && !errors.Is(fault, store.ErrCorrupt) { // it is the store that can't be read
		return Task{}, fmt.Errorf("task %q: store %q: %w", id, p.alias, fault)
	}
	return Task{ID: id, Store: p.alias, State: StateUnreadable, Err: err}, fmt.Errorf("task %q: %w", id, err)
}
