package engine

import (
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// errStale: the node stood still, or the store was slow, between the plan of a
// start and the start itself.
var errStale = errors.New("the run's lease ended before the run began")

// launch starts a run in a place that is reserved for it. One that must not begin
// any more is put back instead, for this or another node.
func (e *Engine) launch(c *change, r lifecycle.Run) {
	l := &launched{}
	if c.held == nil {
		c.held = &l.holding
		c.held.state, c.held.rev, c.held.handles = c.state, c.rev+1, l.first[:0]
	}
	h := &l.handle
	h.engine, h.of, h.def, h.run, h.fn, h.ctx.h = e, c.held, c.state.Def, r, c.fn, h
	h.lease.Store(nanos(r.Lease))
	e.take(c.id, h)
	if why := e.objection(h); why != nil {
		c.executor.Release(1)
		h.putBack(why)
		return
	}
	h.told, h.handed = true, time.Since(e.made)
	e.Observer.RunStarted(h.def, r)
	c.executor.Start(h)
}

// take puts an attempt among those in this node's hands.
func (e *Engine) take(id string, h *handle) {
	e.hands.Lock()
	defer e.hands.Unlock()
	if before := e.loop.held[id]; before != nil && before != h.of {
		before.gone = true // removed and added anew while its runs went on
	}
	e.loop.held[id] = h.of
	h.of.handles = append(h.of.handles, h)
}

// letGo takes an attempt out of them.
func (e *Engine) letGo(h *handle) {
	h.noted = true
	e.hands.Lock()
	defer e.hands.Unlock()
	t := h.of
	t.drop(h)
	if id := h.def.ID; len(t.handles) == 0 && e.loop.held[id] == t {
		delete(e.loop.held, id)
	}
}

// objection returns why a run that was to begin must not.
func (e *Engine) objection(h *handle) error {
	if e.loop.leaving && !h.isFarewell() {
		return ErrShutdown
	}
	return h.stale()
}

// stale returns an error if the attempt's lease has ended by the store's clock, or
// if this node can't tell because its own clock may have stood still.
func (h *handle) stale() error {
	lease := h.lease.Load()
	if lease == 0 || (h.engine.disk.sure() && h.engine.disk.now().UnixNano() < lease) {
		return nil
	}
	return errStale
}

// isFarewell reports whether the run belongs to the shutdown of a scheduler.
func (h *handle) isFarewell() bool { return h.def.Trigger.Type() == "shutdown" }

// putBack ends an attempt that has not begun.
func (h *handle) putBack(why error) {
	h.err = why
	h.result = lifecycle.Result{
		Run: &h.run, Outcome: lifecycle.Cancelled, Error: why.Error(), NotBegun: true,
		Ended: h.engine.disk.now().Round(0).UTC(),
	}
	h.engine.complete(h)
}

// withdraw takes back from the executors what they have not begun.
func (e *Engine) withdraw() {
	mine := func(j executor.Job) bool {
		h, ok := j.(*handle)
		return ok && h.engine == e && !h.isFarewell()
	}
	for _, x := range e.Executors {
		w, ok := x.(executor.Withdrawer)
		if !ok {
			continue
		}
		for _, j := range w.Withdraw(mine) {
			j.(*handle).putBack(ErrShutdown)
		}
	}
}

// nanos returns a time as a number; 0 for none.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
