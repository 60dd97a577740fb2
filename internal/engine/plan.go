package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// ErrUnknownFunction: no function of this name is registered in this process.
var ErrUnknownFunction = errors.New("no such function is registered here")

var errStuck = errors.New("the task is due but nothing is to be done")

// plan decides what becomes of a due record.
func (e *Engine) plan(r *store.Record, u unpacked, k *take, m *lifecycle.Moment) {
	if e.inHand(r, u) {
		return // planned with the end of its runs
	}
	s, err := u.state, u.err
	var fn Function
	here := err == nil && s.Label() == r.Executor
	if here {
		known := false
		if fn, known = e.function(s.Def); !known {
			err = fmt.Errorf("%w: %q", ErrUnknownFunction, s.Def.Func)
		}
	}
	if err != nil {
		e.leave(r, u, err, k, m.Now)
		return
	}
	t := e.loop.held[r.ID]
	switch {
	case t == nil:
	case s.Incarnation != t.state.Incarnation:
		t = nil // removed and added anew while its runs went on
	default:
		t.follow(s, r.Rev)
	}
	c := e.loop.newChange(r.ID, r.Rev)
	c.state, c.held, c.executor, c.fn, c.rec = s, t, k.x, fn, *r
	if here && !e.decide(c, u, k, m) {
		return
	}
	// A record that says due and isn't, or that stands under a wrong label, is
	// written as it is: that mends its index.
	if t != nil {
		t.change = c
	}
	k.planned++
	e.loop.changes = append(e.loop.changes, c)
}

// decide plans what a change does to a task that is to run here. It returns false
// when there is nothing to write.
func (e *Engine) decide(c *change, u unpacked, k *take, m *lifecycle.Moment) bool {
	s, short := c.state, k.short
	k.short = false
	c.state = lifecycle.Plan(s, m, &c.decision)
	e.inherit(c)
	waits := k.short // for a place
	k.short = k.short || short
	renewed := false
	if c.held != nil && e.lease() > 0 {
		c.state, renewed = lifecycle.Renew(c.state, m)
	}
	due := s.Due()
	if c.decision.Changed || renewed || due.IsZero() || due.After(m.Now) {
		return true
	}
	switch {
	case !waits:
		e.giveBack(c.rec, errStuck, m.Now)
	case k.claim:
		e.unclaim(&c.rec, u, m.Now)
	}
	return false
}

// inHand reports whether a record is of a task for which a write is planned.
func (e *Engine) inHand(r *store.Record, u unpacked) bool {
	t := e.loop.held[r.ID]
	if t == nil || t.change == nil {
		return false
	}
	if !t.change.sent && u.err == nil && t.state == u.state {
		t.change.rev = r.Rev // it may have been claimed since
	}
	return true
}

// leave lets a task be that can't be read or run here: others have a head start
// before this node moves it out of its own way. One that was left like this before
// and that nobody has run since is no reason to think that others would.
func (e *Engine) leave(r *store.Record, u unpacked, err error, k *take, now time.Time) {
	l := &e.loop
	met, news := l.notices.meet(r, now)
	if news {
		l.strange = now
	}
	switch {
	case now.Sub(met) >= headStart || len(l.skipped) >= batchSize:
		k.planned++
		e.giveBack(*r, err, now)
	case k.claim:
		e.unclaim(r, u, now)
		l.skipped[r.ID] = true
	default:
		l.skipped[r.ID] = true
	}
}

// unclaim gives a claimed record back as it was, to be due for all at once.
func (e *Engine) unclaim(r *store.Record, u unpacked, now time.Time) {
	if e.inHand(r, u) {
		return
	}
	c := e.loop.newChange(r.ID, r.Rev)
	c.rec = *r
	c.rec.Due = now.Truncate(time.Microsecond)
	e.loop.changes = append(e.loop.changes, c)
}

// function returns what runs a task.
func (e *Engine) function(def *lifecycle.Definition) (Function, bool) {
	if fn, ok := def.Local.(Function); ok {
		return fn, true
	}
	return e.Functions(def.Func)
}

// giveBack leaves a task as it is, for a node that can read and run it, and
// comes back to it later: its data stays byte for byte, only the hint moves.
func (e *Engine) giveBack(r store.Record, err error, now time.Time) {
	c := e.loop.newChange(r.ID, r.Rev)
	c.rec = r
	e.putOff(c, err, now)
	e.loop.changes = append(e.loop.changes, c)
}

// putOff makes of a change one that only moves the due time of its record on.
func (e *Engine) putOff(c *change, err error, now time.Time) {
	wait, tell := e.loop.notices.strike(c.id, now)
	if tell {
		e.Logger.Error("a task is left as it is", "store", e.Alias, "task", c.id, "error", err)
		e.Observer.Unreadable(c.id, err)
	}
	c.state, c.rec.Due = nil, now.Add(wait).Truncate(time.Microsecond)
	c.decision.Reset()
}
