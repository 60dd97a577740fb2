package asyncz

import (
	"encoding/json"
	"time"
)

// An Outcome is how a fire of a task ended. Each fire ends in exactly one.
type Outcome string

const (
	Executed            Outcome = "executed"      // the function returned no error
	Failed              Outcome = "failed"        // it returned an error or panicked, and no attempt is left
	Missed              Outcome = "missed"        // it was later than the grace time, or over the catch-up cap
	Coalesced           Outcome = "coalesced"     // a later fire that was due at the same moment stands for it
	MaxInstancesReached Outcome = "max_instances" // too many runs of the task were in flight
	Abandoned           Outcome = "abandoned"     // its node died, and the task says not to run it again
	Cancelled           Outcome = "cancelled"     // by a shutdown, when the task says not to run it again; or by an edit, before it began
)

// An Event is something that happened. Its concrete types are those of this
// file; see [On] and [Scheduler.Listen].
type Event interface {
	// Kind is the event's name in JSON and logs, such as "run_ended".
	Kind() string
	// When is when it happened, by the clock of this node.
	When() time.Time
}

// A Header is what all events have. Store and Task are empty where there is none.
type Header struct {
	Time  time.Time `json:"time"`
	Store string    `json:"store,omitempty"`
	Task  string    `json:"task,omitempty"`
}

// When implements Event.
func (h Header) When() time.Time { return h.Time }

type (
	// SchedulerStarted: Start has been called.
	SchedulerStarted struct{ Header }
	// SchedulerPaused: this scheduler takes no new work.
	SchedulerPaused struct{ Header }
	// SchedulerResumed: it takes work again.
	SchedulerResumed struct{ Header }
	// SchedulerStopped: Shutdown is done.
	SchedulerStopped struct{ Header }

	// TaskAdded: a task was added by this process.
	TaskAdded struct{ Header }
	// TaskUpdated: its definition was changed by this process.
	TaskUpdated struct{ Header }
	// TaskPaused: it was paused by this process.
	TaskPaused struct{ Header }
	// TaskResumed: it was resumed by this process.
	TaskResumed struct{ Header }
	// TaskRemoved: it was removed.
	TaskRemoved struct {
		Header
		Exhausted bool `json:"exhausted,omitempty"` // by itself: nothing was left to come
	}
	// TaskUnreadable: it can't be read or run here, and was left as it is.
	TaskUnreadable struct {
		Header
		Err error `json:"-"`
	}

	// RunStarted: an attempt began on this node.
	RunStarted struct {
		Header
		Run Run `json:"run"`
	}
	// RunEnded: a fire has ended for good, or several without a run have.
	RunEnded struct {
		Header
		Run     Run       `json:"run"` // of several: the last
		Outcome Outcome   `json:"outcome"`
		Count   int       `json:"count"`          // how many fires; of more than 100,000 at least so many
		First   time.Time `json:"first,omitzero"` // of several: the first
		Into    time.Time `json:"into,omitzero"`  // coalesced: the scheduled time of the run that stands for them
		Ended   time.Time `json:"ended"`
		Value   any       `json:"value,omitempty"` // what the function returned
		Err     error     `json:"-"`               // of a failed run; a *PanicError has the stack
	}
	// RunRetrying: an attempt failed or was broken off, and another follows.
	RunRetrying struct {
		Header
		Run       Run       `json:"run"`
		NotBefore time.Time `json:"not_before"`
		Err       error     `json:"-"`
	}
	// RunLost: the node of a run has died, and the run starts again.
	RunLost struct {
		Header
		Run Run `json:"run"`
	}
	// LeaseLost: an attempt ended on this node after its lease had gone to
	// another. Its result changed nothing; it is kept here as evidence.
	LeaseLost struct {
		Header
		Run     Run     `json:"run"`
		Outcome Outcome `json:"outcome"`
		Err     error   `json:"-"`
	}

	// StoreFailed: a store does not answer. Its tasks wait.
	StoreFailed struct {
		Header
		Err error `json:"-"`
	}
	// StoreRecovered: it answers again.
	StoreRecovered struct{ Header }

	// HistoryLost: rows of the history of runs could not be kept.
	HistoryLost struct {
		Header
		Rows int   `json:"rows"`
		Err  error `json:"-"`
	}

	// EventsLost: a listener was too slow and missed events.
	EventsLost struct {
		Header
		Count int `json:"count"`
	}
)

func (SchedulerStarted) Kind() string { return "scheduler_started" }
func (SchedulerPaused) Kind() string  { return "scheduler_paused" }
func (SchedulerResumed) Kind() string { return "scheduler_resumed" }
func (SchedulerStopped) Kind() string { return "scheduler_stopped" }
func (TaskAdded) Kind() string        { return "task_added" }
func (TaskUpdated) Kind() string      { return "task_updated" }
func (TaskPaused) Kind() string       { return "task_paused" }
func (TaskResumed) Kind() string      { return "task_resumed" }
func (TaskRemoved) Kind() string      { return "task_removed" }
func (TaskUnreadable) Kind() string   { return "task_unreadable" }
func (RunStarted) Kind() string       { return "run_started" }
func (RunEnded) Kind() string         { return "run_ended" }
func (RunRetrying) Kind() string      { return "run_retrying" }
func (RunLost) Kind() string          { return "run_lost" }
func (LeaseLost) Kind() string        { return "lease_lost" }
func (StoreFailed) Kind() string      { return "store_failed" }
func (StoreRecovered) Kind() string   { return "store_recovered" }
func (HistoryLost) Kind() string      { return "history_lost" }
func (EventsLost) Kind() string       { return "events_lost" }

// EventError returns the error that an event carries, or nil.
func EventError(e Event) error {
	switch e := e.(type) {
	case RunEnded:
		return e.Err
	case RunRetrying:
		return e.Err
	case LeaseLost:
		return e.Err
	case TaskUnreadable:
		return e.Err
	case HistoryLost:
		return e.Err
	case StoreFailed:
		return e.Err
	}
	return nil
}

// MarshalEvent writes an event as one JSON object with its kind and its error.
func MarshalEvent(e Event) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	fields["event"], _ = json.Marshal(e.Kind())
	if cause := EventError(e); cause != nil {
		fields["error"], _ = json.Marshal(cause.Error())
	}
	return json.Marshal(fields)
}
