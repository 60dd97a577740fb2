package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// patience is how long runs that were cancelled have to return: longer than
// package command takes to kill what does not end by itself. The lease of one
// that doesn't return is left to end by itself: given back, it might run twice.
const patience = 6 * time.Second

// A farewell is the part of a shutdown that the loop does.
type farewell struct {
	asked bool
	tasks []store.Record // shutdown tasks that wait for a place
	idle  bool
}

// Shutdown takes no new work, runs the tasks that are to run now, waits until
// all runs have ended or ctx ends, and cancels the rest. It returns an error if
// runs had to be cancelled.
func (e *Engine) Shutdown(ctx context.Context) (err error) {
	idle := e.drain()
	select {
	case <-idle:
	case <-ctx.Done():
		err = fmt.Errorf("store %q: runs were cancelled: %w", e.Alias, ctx.Err())
		e.cancelRuns(ErrShutdown)
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-idle:
		case <-timer.C:
			e.Logger.Warn("runs don't end though they were cancelled; their leases end by themselves", "store", e.Alias)
		}
	}
	close(e.ending)
	<-e.stopped
	<-e.left
	e.cancelRuns(ErrShutdown)
	return err
}

// drain makes the loop take no new work, and returns what is closed when
// nothing is left in hand.
func (e *Engine) drain() <-chan struct{} {
	e.mu.Lock()
	e.draining = true
	e.idle = make(chan struct{})
	e.mu.Unlock()
	e.signal()
	return e.idle
}

func (e *Engine) isDraining() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.draining
}

// sayFarewell starts the shutdown tasks, as places become free.
func (e *Engine) sayFarewell(ctx context.Context, now time.Time) {
	l := &e.loop
	if !l.leaving {
		return
	}
	if !l.leave.asked {
		l.leave.asked = true
		q := store.DueQuery{At: now, Executors: []string{lifecycle.ShutdownLabel}, Limit: 10 * batchSize}
		brief, cancel := e.brief(ctx)
		tasks, err := e.disk.Due(brief, q)
		cancel()
		if err != nil {
			e.Logger.Error("the shutdown tasks can't be read and don't run", "store", e.Alias, "error", err)
		}
		l.leave.tasks = tasks
	}
	waiting := l.leave.tasks[:0]
	for _, r := range l.leave.tasks {
		if !e.fareWith(ctx, r, now) {
			waiting = append(waiting, r)
		}
	}
	l.leave.tasks = waiting
	if e.runs.Err() != nil {
		l.leave.tasks = nil
	}
}

// fareWith starts one shutdown task, and returns false when there is no place.
func (e *Engine) fareWith(ctx context.Context, r store.Record, now time.Time) bool {
	s, err := e.unpack(ctx, &r)
	if err != nil {
		e.Observer.Unreadable(r.ID, err)
		return true
	}
	fn, known := e.function(s.Def)
	x, here := e.Executors[s.Def.Executor]
	if !known || !here {
		e.Logger.Warn("a shutdown task can't run here", "store", e.Alias, "task", r.ID, "function", s.Def.Func, "executor", s.Def.Executor)
		return true
	}
	if x.Reserve(1) == 0 {
		return false
	}
	place := 1
	c := e.loop.newChange(r.ID, r.Rev)
	c.executor, c.fn = x, fn
	c.state = lifecycle.FireShutdown(s, e.moment(now, reserver(x, &place)), &c.decision)
	x.Release(place)
	e.loop.changes = append(e.loop.changes, c)
	return true
}

// settleIdle tells Shutdown when nothing is left in hand.
func (e *Engine) settleIdle() {
	l := &e.loop
	if l.leave.idle || !l.leave.asked || len(l.leave.tasks) > 0 || len(l.held) > 0 {
		return
	}
	l.leave.idle = true
	close(e.idle)
}
