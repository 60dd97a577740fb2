package engine

import (
	"context"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// cycle does once all that is to be done: it takes in the attempts that have
// ended, renews leases, plans what is due, writes it all in one batch or two, and
// starts the runs. It reports whether there is more to do at once.
func (e *Engine) cycle(ctx context.Context) (more bool) {
	l := &e.loop
	defer l.tidy()
	if err := e.makeSure(ctx); err != nil {
		e.failed(err)
		return false
	}
	if l.leaving = l.leaving || e.isDraining(); l.leaving {
		e.withdraw()
	}
	e.mu.Lock()
	done := e.completed
	e.completed = nil
	working := !e.paused && !l.leaving
	look := e.look
	e.mu.Unlock()

	now := e.disk.now()
	if err := e.clearUp(ctx); err != nil {
		e.restore(done)
		e.failed(err)
		e.Look()
		return false
	}
	e.finish(done, now, working)
	e.renew(now)
	e.sendAhead(ctx, now)
	var failure error
	took := working && (look || l.more || e.dueBy(now) || e.pollDue(now))
	if took {
		l.more, failure = e.takeDue(ctx, now)
	}
	if !working {
		e.sayFarewell(ctx, now)
	}
	e.lose()
	wrote := len(l.changes) > 0 || l.ahead.landed != nil
	if err := e.commit(ctx, now); err != nil {
		e.restore(done)
		l.beat = time.Time{} // leases may not have been renewed
		failure = err
	}
	e.renewed.Store(nanos(l.beat))
	if failure == nil && took && !l.more {
		l.next, failure = e.nextDue(ctx, now)
	}
	switch {
	case failure != nil:
		e.failed(failure)
		e.Look()
		return false
	case took || wrote:
		e.recovered()
	}
	e.settleIdle()
	return working && l.more
}

// makeSure asks the store for its time if what this node makes of it can't be
// relied upon.
func (e *Engine) makeSure(ctx context.Context) error {
	if e.disk.sure() {
		return nil
	}
	brief, cancel := e.brief(ctx)
	defer cancel()
	return e.LookAtClock(brief)
}

// pollDue reports whether it is time to ask what other handles of the store did.
func (e *Engine) pollDue(now time.Time) bool {
	l := &e.loop
	return !e.Keeper.Live() && (now.Before(l.polled) || !now.Before(l.polled.Add(e.Poll)))
}

// dueBy reports whether something is known to be due.
func (e *Engine) dueBy(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, at := range []time.Time{e.loop.next, e.hint} {
		if !at.IsZero() && !at.After(now) {
			return true
		}
	}
	return false
}

// finish applies the ends of attempts to the states that held them.
func (e *Engine) finish(done []*handle, now time.Time, working bool) {
	m := e.moment(now, nil)
	for _, h := range done {
		if e.loop.held[h.def.ID] != h.of { // its task was removed, and its id has another now
			e.settle(h)
			continue
		}
		next, ending, waiting, ok := lifecycle.Finish(h.of.planned(), &h.result, m)
		if !ok {
			e.loop.losers = append(e.loop.losers, h)
			continue
		}
		c := e.touch(h.of)
		c.state = next
		c.ended = append(c.ended, closed{h, ending, waiting})
	}
	if !working {
		return
	}
	// What the end of one run lets begin goes into the same write.
	for _, c := range e.loop.changes {
		due := c.state.Due()
		x, ok := e.Executors[c.state.Def.Executor]
		if !ok || due.IsZero() || due.After(now) || len(c.ended) == 0 {
			continue
		}
		if fn, known := e.function(c.state.Def); known {
			none := 0
			c.executor, c.fn = x, fn
			c.state = lifecycle.Plan(c.state, e.moment(now, reserver(x, &none)), &c.decision)
		}
	}
}

// lose lets go of the attempts that have ended too late. It comes after all plans of
// a cycle: until then their tasks are known to be in hand, so that none is planned
// twice.
func (e *Engine) lose() {
	for _, h := range e.loop.losers {
		e.lost(h)
	}
	clear(e.loop.losers)
	e.loop.losers = e.loop.losers[:0]
}

// planned is the state of a task in hand with what this cycle has planned for it.
func (t *holding) planned() *lifecycle.State {
	if t.change != nil {
		return t.change.state
	}
	return t.state
}

// touch returns this cycle's change of a task that is in hand.
func (e *Engine) touch(t *holding) *change {
	if t.change == nil {
		t.change = e.loop.newChange(t.state.Def.ID, t.rev)
		t.change.state, t.change.held = t.state, t
		e.loop.changes = append(e.loop.changes, t.change)
	}
	return t.change
}

// renew moves the leases on, all at one time.
func (e *Engine) renew(now time.Time) {
	l := &e.loop
	if e.lease() == 0 || len(l.held) == 0 {
		l.beat = now
		return
	}
	if now.Before(l.beat.Add(e.Heartbeat)) && !now.Before(l.beat) {
		return
	}
	l.beat = now
	m := e.moment(now, nil)
	for _, t := range l.held {
		if t.gone {
			continue
		}
		if next, any := lifecycle.Renew(t.state, m); any && t.change == nil {
			e.touch(t).state = next
		} else if any {
			t.change.state, _ = lifecycle.Renew(t.change.state, m)
		}
	}
}

// restore puts ended attempts back, to be noted when the store works again.
func (e *Engine) restore(done []*handle) {
	done = slices.DeleteFunc(done, func(h *handle) bool { return h.noted })
	e.mu.Lock()
	e.completed = append(done, e.completed...)
	e.mu.Unlock()
}
