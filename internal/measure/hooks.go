package measure

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz"
)

// Middleware measures each attempt. It changes nothing of it, and sees one that
// panics too.
func (m *Meter) Middleware(next asyncz.Handler) asyncz.Handler {
	return func(ctx context.Context) (any, error) {
		run, ok := asyncz.RunFrom(ctx)
		if !ok {
			return next(ctx)
		}
		task, _ := asyncz.TaskFrom(ctx)
		label := m.names.label(run.Store, run.Task)
		of := m.runs.get(runKey{run.Store, task.Executor, label})
		m.attempts.get(attemptKey{run.Store, task.Executor, string(run.Source), label}).Add(1)
		late, waited, _ := asyncz.Delays(ctx)
		of.wait.Observe(ctx, waited.Seconds())
		if run.Attempt == 1 && run.Source != asyncz.Recovered { // else it is late because of what happened before
			of.lateness.Observe(ctx, late.Seconds())
		}
		of.inFlight.Add(1)
		began := time.Now()
		defer func() {
			of.durations.Observe(ctx, time.Since(began).Seconds())
			of.inFlight.Add(-1)
		}()
		return next(ctx)
	}
}

// Call measures a call on a store.
func (m *Meter) Call(c asyncz.StoreCall) {
	of := m.calls.get(callKey{c.Store, c.Op})
	of.took.Observe(context.Background(), c.Took.Seconds())
	if c.Conflicts > 0 {
		of.conflicts.Add(float64(c.Conflicts))
	}
	if isFailure(c.Err) {
		of.errors.Add(1)
	}
	switch c.Op {
	case "claim", "due": // a node alone on its store claims nothing: it reads what is due, and writes
		st := m.stores.get(c.Store)
		st.claims.Add(1)
		st.claimed.Add(float64(c.Items))
		m.heard(c)
	case "next_due", "batch":
		m.heard(c)
	}
}

// heard notes whether the store answered the scheduler's loop.
func (m *Meter) heard(c asyncz.StoreCall) {
	if errors.Is(c.Err, context.Canceled) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[c.Store] = c.Err == nil
}

// isFailure tells a store that fails from a caller that did not wait for the answer.
func isFailure(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled)
}

// Hear counts what an event tells.
func (m *Meter) Hear(e asyncz.Event) {
	switch e := e.(type) {
	case asyncz.RunEnded:
		m.fires.get(fireKey{e.Store, e.Outcome, m.names.label(e.Store, e.Task)}).Add(float64(e.Count))
	case asyncz.RunRetrying:
		m.retries.get(taskKey{e.Store, m.names.label(e.Store, e.Task)}).Add(1)
	case asyncz.RunLost:
		m.stores.get(e.Store).runsLost.Add(1)
	case asyncz.LeaseLost:
		m.stores.get(e.Store).leasesLost.Add(1)
	case asyncz.TaskUnreadable:
		m.stores.get(e.Store).unreadable.Add(1)
	case asyncz.TaskAdded:
		m.changed(e.Store, "added")
	case asyncz.TaskUpdated:
		m.changed(e.Store, "updated")
	case asyncz.TaskPaused:
		m.changed(e.Store, "paused")
	case asyncz.TaskResumed:
		m.changed(e.Store, "resumed")
	case asyncz.TaskRemoved:
		if e.Exhausted {
			m.changed(e.Store, "exhausted")
		} else {
			m.changed(e.Store, "removed")
		}
	case asyncz.StoreFailed:
		m.stores.get(e.Store).outages.Add(1)
	case asyncz.HistoryLost:
		m.stores.get(e.Store).historyLost.Add(float64(e.Rows))
	case asyncz.EventsLost:
		m.lost.Add(float64(e.Count))
	}
}

func (m *Meter) changed(alias, change string) { m.changes.get(changeKey{alias, change}).Add(1) }
