package asyncz

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// besideForm is what the JSON of a task has beside the form of AddJSON.
type besideForm struct {
	Store   string        `json:"store"`
	State   ScheduleState `json:"schedule_state"`
	Next    time.Time     `json:"next_run_time"`
	Anchor  time.Time     `json:"anchor"`
	Version string        `json:"version"`
	Runs    []Run         `json:"runs"`
	Last    *LastRun      `json:"last_run"`
	Error   string        `json:"error"`
}

var besideFields = []string{"store", "schedule_state", "next_run_time", "anchor", "version", "runs", "last_run", "error"}

// MarshalJSON writes the task in the form of AddJSON, and beside it its store,
// its state, its version, its runs in flight and its last run.
func (t Task) MarshalJSON() ([]byte, error) {
	form := struct {
		ID      string        `json:"id,omitempty"` // where there is no definition, which has it too
		Store   string        `json:"store"`
		State   ScheduleState `json:"schedule_state"`
		Next    *time.Time    `json:"next_run_time"`
		Anchor  *time.Time    `json:"anchor,omitempty"`
		Version string        `json:"version,omitempty"`
		Runs    []Run         `json:"runs,omitempty"`
		Last    *LastRun      `json:"last_run,omitempty"`
		Error   string        `json:"error,omitempty"`
	}{Store: t.Store, State: t.State, Runs: t.Runs, Last: t.Last, Error: reason(t.Err)}
	if !t.NextRunTime.IsZero() {
		form.Next = &t.NextRunTime
	}
	if t.state == nil {
		form.ID = t.ID
		return json.Marshal(form)
	}
	form.Anchor, form.Version = &t.state.Anchor, t.Version()
	def, err := t.state.Def.MarshalJSON()
	if err != nil {
		return nil, err
	}
	beside, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	// Both are objects, none is empty, and they have no name in common.
	return slices.Concat(def[:len(def)-1], []byte{','}, beside[1:]), nil
}

// UnmarshalJSON reads what MarshalJSON writes. Of Err only the text is left.
func (t *Task) UnmarshalJSON(b []byte) error {
	var beside besideForm
	if err := json.Unmarshal(b, &beside); err != nil {
		return fmt.Errorf("a task: %w", err)
	}
	var form map[string]json.RawMessage
	if err := json.Unmarshal(b, &form); err != nil {
		return fmt.Errorf("a task: %w", err)
	}
	for _, name := range besideFields {
		delete(form, name)
	}
	if beside.State == StateUnreadable {
		*t = Task{Store: beside.Store, State: beside.State, Err: errors.New(beside.Error)}
		_ = json.Unmarshal(form["id"], &t.ID)
		_ = json.Unmarshal(form["executor"], &t.Executor)
		return nil
	}
	rest, err := json.Marshal(form)
	if err != nil {
		return err
	}
	def := &lifecycle.Definition{Policy: lifecycle.DefaultPolicy()}
	if err := def.UnmarshalJSON(rest); err != nil {
		return fmt.Errorf("a task: %w", err)
	}
	st := lifecycle.At(def, beside.Anchor, beside.Next, beside.State == StatePaused)
	*t = newTask(beside.Store, st)
	t.State, t.Runs, t.Last, t.version = beside.State, beside.Runs, beside.Last, beside.Version
	return nil
}

// Version tells two definitions of a task apart; pausing and resuming change it
// too, runs don't. Give it to [IfVersion]. It is empty for a task that can't be read.
func (t Task) Version() string {
	if t.version != "" || t.state == nil {
		return t.version
	}
	return t.state.Version()
}
