package asyncz

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/journal"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// Errors that are the causes of a run's context, see [context.Cause].
var (
	ErrTimeout   = engine.ErrTimeout   // the run took longer than its timeout
	ErrLeaseLost = engine.ErrLeaseLost // another node has the run now
	ErrShutdown  = engine.ErrShutdown  // the scheduler shut down
)

// A PanicError is the error of a run that panicked. It has the stack.
type PanicError = engine.PanicError

// A Source says why a run was made.
type Source string

const (
	Scheduled Source = "scheduled" // by its trigger
	Manual    Source = "manual"    // by RunTask
	Retried   Source = "retry"     // after a failed attempt
	Recovered Source = "recovered" // after its node had died
)

// A Run is one fire of a task that is carried out. Task and Scheduled are its
// identity, which stays the same however often it is tried, and wherever.
type Run struct {
	Store     string    `json:"store"`
	Task      string    `json:"task"`
	Scheduled time.Time `json:"scheduled"`
	Attempt   int       `json:"attempt"` // from 1
	Source    Source    `json:"source"`
	Coalesced int       `json:"coalesced,omitempty"` // further fires that it stands for
	Node      string    `json:"node,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Lease     time.Time `json:"lease,omitzero"`      // when the node must have renewed it
	NotBefore time.Time `json:"not_before,omitzero"` // of a run that waits for its next attempt
}

// ID is the run's identity in one word, such as
// "nightly@2026-11-23T02:00:00Z": an idempotency key.
func (r Run) ID() string { return r.Task + "@" + r.Scheduled.UTC().Format(time.RFC3339Nano) }

// RunFrom returns the run that a context belongs to; false outside of one.
func RunFrom(ctx context.Context) (Run, bool) {
	info, ok := engine.RunFrom(ctx)
	if !ok {
		return Run{}, false
	}
	return newRun(info.Store, info.Def.ID, info.Run), true
}

// Logger returns a logger that carries the identity of the run that ctx belongs
// to, under the keys task, run, attempt and node; outside of a run the default
// logger. What a run logs at the level Info or above is also kept in the history of
// runs, whatever the scheduler's logger shows: with the output up to 64 KiB a run,
// of which the middle is left out first.
func Logger(ctx context.Context) *slog.Logger {
	run, ok := RunFrom(ctx)
	if !ok {
		return slog.Default()
	}
	named := engine.LoggerFrom(ctx).With("store", run.Store, "task", run.Task, "run", run.Scheduled, "attempt", run.Attempt, "node", run.Node)
	return slog.New(journal.NewHandler(named.Handler(), engine.JournalFrom(ctx)))
}

// RunOutput returns where the output of the run that ctx belongs to is kept, for
// the history of runs: that of commands goes there. It may be written from several
// goroutines and never fails. Outside of a run what is written is discarded.
func RunOutput(ctx context.Context) io.Writer {
	if j := engine.JournalFrom(ctx); j != nil {
		return j
	}
	return io.Discard
}

func newRun(store, task string, r *lifecycle.Run) Run {
	source := Source(r.Source)
	switch {
	case r.Recovered > 0:
		source = Recovered
	case r.Attempt > 1:
		source = Retried
	}
	return Run{
		Store: store, Task: task, Scheduled: r.Fire, Attempt: r.Attempt, Source: source, Coalesced: r.Coalesced,
		Node: r.Node, Started: r.Started, Lease: r.Lease, NotBefore: r.NotBefore,
	}
}
