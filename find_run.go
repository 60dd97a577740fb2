package asyncz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A RunDetail is all that is known of one run: of each of its attempts.
type RunDetail struct {
	ID        string    `json:"id"`
	Store     string    `json:"store"`
	Task      string    `json:"task"`
	Scheduled time.Time `json:"scheduled"`
	InFlight  *Run      `json:"in_flight,omitempty"` // nil: it has ended, or there is nothing left to tell of it
	Attempts  []PastRun `json:"attempts"`            // those that have ended, the first to end first
	Output    string    `json:"output,omitempty"`    // of the attempt in flight, so far
	Logs      []LogLine `json:"logs,omitempty"`
}

// ParseRunID reads what [Run.ID] returns.
func ParseRunID(id string) (task string, scheduled time.Time, err error) {
	at := strings.LastIndexByte(id, '@')
	if at > 0 {
		scheduled, err = time.Parse(time.RFC3339Nano, id[at+1:])
	}
	if at <= 0 || err != nil {
		return "", time.Time{}, fmt.Errorf("%q is not the id of a run: it is the task's id, @, and the scheduled time, such as nightly@2026-11-23T02:00:00Z", id)
	}
	return id[:at], scheduled.UTC(), nil
}

// FindRun returns a run by its [Run.ID], with its output and its logs, also while
// it runs: on this node as of now, on others as of a second or two ago. A run of
// which there is nothing in flight and nothing in the history is [ErrNotFound].
func (s *Scheduler) FindRun(ctx context.Context, id string, opts ...TaskOption) (RunDetail, error) {
	task, fire, err := ParseRunID(id)
	if err != nil {
		return RunDetail{}, err
	}
	d := blank()
	d.apply(opts)
	aliases := s.aliases
	if d.store != "" {
		if _, err := s.partOf(d.store); err != nil {
			return RunDetail{}, err
		}
		aliases = []string{d.store}
	}
	var found *RunDetail
	for _, alias := range aliases {
		one := RunDetail{ID: id, Store: alias, Task: task, Scheduled: fire, Attempts: []PastRun{}}
		if err := s.parts[alias].tellRun(ctx, &one); err != nil {
			return RunDetail{}, fmt.Errorf("run %q: %w", id, err)
		}
		switch {
		case one.InFlight == nil && len(one.Attempts) == 0:
		case found != nil:
			return RunDetail{}, fmt.Errorf("run %q: %w: %s and %s", id, ErrAmbiguous, found.Store, alias)
		default:
			found = &one
		}
	}
	if found == nil {
		return RunDetail{}, fmt.Errorf("run %q: %w: it is neither in flight nor in the history", id, ErrNotFound)
	}
	return *found, nil
}

// tellRun fills in what one store knows of a run.
func (p *part) tellRun(ctx context.Context, d *RunDetail) error {
	st, _, fault := p.engine.Get(ctx, d.Task)
	if fault == nil {
		for _, r := range st.Runs {
			if r.Fire.Equal(d.Scheduled) {
				run := newRun(p.alias, d.Task, &r)
				d.InFlight = &run
			}
		}
	}
	// An attempt may end between the two looks: the history comes second, so that it
	// is seen at least once.
	for row, err := range p.rows(ctx, store.RunQuery{Task: d.Task, Fire: d.Scheduled}) {
		if errors.Is(err, errRow) || (err == nil && !row.Scheduled.Equal(d.Scheduled)) {
			continue
		}
		if err != nil {
			return err
		}
		d.Attempts = append(d.Attempts, row)
	}
	slices.Reverse(d.Attempts)
	if n := len(d.Attempts); n > 0 && d.InFlight != nil && ended(d.Attempts[n-1], *d.InFlight) {
		d.InFlight = nil
	}
	if d.InFlight != nil {
		d.Output, d.Logs = p.said(ctx, *d.InFlight)
	}
	if len(d.Attempts) == 0 && !errors.Is(fault, store.ErrNotFound) {
		return fault // of a task that can't be read the history may still tell
	}
	return nil
}

// ended reports whether a row is of the very attempt that seems to be in flight.
func ended(row PastRun, run Run) bool {
	return row.Attempt == run.Attempt && row.Node == run.Node && row.Started.Equal(run.Started)
}
