package engine

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// written follows up on a change that stands in the store.
func (e *Engine) written(c *change, removed bool) {
	if c.state == nil {
		return
	}
	if removed {
		e.Keeper.Removed(c.id)
	} else {
		e.Keeper.Wrote(c.rec, c.state)
		e.loop.expect(c.rec.Due)
	}
	e.report(c, removed)
}

// report tells what a change decided, and starts its runs.
func (e *Engine) report(c *change, removed bool) {
	def := c.state.Def
	if c.held != nil {
		c.held.follow(c.state, c.rev+1)
	}
	for _, x := range c.ended {
		e.close(x, c.state)
	}
	for _, x := range c.decision.Ended {
		e.Observer.RunEnded(def, x, Left{})
	}
	for _, r := range c.decision.Lost {
		e.Observer.RunLost(def, r)
	}
	for _, r := range c.decision.Start {
		e.launch(c, r)
	}
	if removed {
		e.Observer.Exhausted(def)
	}
}

// expect notes that the store has something due at this time.
func (l *loop) expect(due time.Time) {
	if !due.IsZero() && (l.next.IsZero() || due.Before(l.next)) {
		l.next = due
	}
}

// close takes an attempt out of this node's hands and reports its end.
func (e *Engine) close(x closed, s *lifecycle.State) {
	e.letGo(x.h)
	if x.waiting && !x.h.told {
		return // nobody has heard of it
	}
	if x.waiting {
		e.Observer.RunWaits(x.h.def, x.ending, waitsUntil(s, x.h.run.Fire), x.h.left())
		return
	}
	e.Observer.RunEnded(x.h.def, x.ending, x.h.left())
}

func waitsUntil(s *lifecycle.State, fire time.Time) time.Time {
	for _, r := range s.Runs {
		if r.Fire.Equal(fire) {
			return r.NotBefore
		}
	}
	return time.Time{}
}

// giveUp gives back the places that were meant for runs of this change.
func (c *change) giveUp() {
	if n := len(c.decision.Start); n > 0 {
		c.executor.Release(n)
	}
}

// refused follows up on a change that lost against another write of its task.
func (e *Engine) refused(c *change, err error, now time.Time) {
	c.giveUp()
	e.Look()
	if c.held == nil {
		if errors.Is(err, store.ErrConflict) {
			e.raced.Store(now.UnixNano())
		}
		return
	}
	for _, x := range c.ended {
		e.settle(x.h)
	}
	if len(c.held.handles) > 0 {
		e.reload(c.held)
	}
}

// settle notes the end of one attempt in whatever state its task is now.
func (e *Engine) settle(h *handle) {
	ending, waiting, late := h.result.Ending(), false, false
	ctx, cancel := e.brief(context.Background())
	defer cancel()
	after, rev, err := e.edit(ctx, h.def.ID, func(s *lifecycle.State) (*lifecycle.State, error) {
		if s.Incarnation != h.of.state.Incarnation {
			return nil, store.ErrNotFound
		}
		next, x, w, ok := lifecycle.Finish(s, &h.result, e.moment(e.disk.now(), nil))
		if !ok {
			// Either the write was done and its answer was lost, or the run is another's.
			late = s.Last == nil || !s.Last.Fire.Equal(h.run.Fire) || s.Last.Node != h.run.Node || s.Last.Attempt != h.run.Attempt
			return s, nil
		}
		ending, waiting = x, w
		return next, nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound) && !h.of.gone && h.of.state.Lapsed(&h.run, e.disk.now()):
		e.lost(h) // whoever took it over has ended it
	case errors.Is(err, store.ErrNotFound): // removed while it ran: that lets it end
		h.of.gone = true
		e.close(closed{h: h, ending: ending}, h.of.state)
	case err != nil:
		e.failed(err)
		e.restore([]*handle{h})
	case late:
		e.lost(h)
	default:
		h.of.follow(after, rev)
		e.loop.expect(after.Due())
		e.close(closed{h, ending, waiting}, after)
	}
}

// lost reports a result that came after its lease had gone to somebody else.
func (e *Engine) lost(h *handle) {
	e.letGo(h)
	if !h.told {
		return // it never began, and nobody has heard of it
	}
	e.Logger.Warn("a run's lease was lost; its result changes nothing", "store", e.Alias, "task", h.def.ID, "run", h.run.Fire, "node", e.Node)
	e.Observer.LeaseLost(h.def, h.result.Ending(), h.left())
}

// reload reads a task in hand again, after somebody else has written it, renews
// its leases, and ends the runs that are no longer this node's.
func (e *Engine) reload(t *holding) {
	id := t.state.Def.ID
	ctx, cancel := e.brief(context.Background())
	defer cancel()
	s, rev, err := e.edit(ctx, id, func(s *lifecycle.State) (*lifecycle.State, error) {
		if e.lease() == 0 {
			return s, nil
		}
		next, any := lifecycle.Renew(s, e.moment(e.disk.now(), nil))
		if !any {
			return s, nil
		}
		return next, nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		t.gone = true
	case err == nil && s.Incarnation != t.state.Incarnation:
		t.gone = true // removed, and its id has another task now
	case err == nil:
		t.follow(s, rev)
	}
}

// spoiled deals with a change that can't be written at all, such as one that the
// store's codec can't keep: the task is put off and left as it is. Attempts that
// have ended are reported, though the record goes on to hold them.
func (e *Engine) spoiled(c *change, err error, now time.Time) {
	c.giveUp()
	if t := c.held; t != nil {
		t.change, c.held = nil, nil
		for _, x := range c.ended {
			e.close(closed{h: x.h, ending: x.ending}, c.state)
		}
	}
	c.ended = c.ended[:0]
	e.putOff(c, err, now)
}
