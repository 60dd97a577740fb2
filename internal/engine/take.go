package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

// ErrUnknownFunction: no function of this name is registered in this process.
var ErrUnknownFunction = errors.New("no such function is registered here")

var errStuck = errors.New("the task is due but nothing is to be done")

// takeDue reads what is due, for each executor no more than it has room for,
// and plans it. It reports whether there may be more at once.
func (e *Engine) takeDue(ctx context.Context, now time.Time) (more bool, err error) {
	l := &e.loop
	e.mu.Lock()
	e.look, e.hint = false, time.Time{}
	e.mu.Unlock()
	l.polled, l.next, l.open = now, time.Time{}, l.open[:0]
	clear(l.skipped)
	company := now.Sub(l.company).Abs() < companyFor
	for alias, x := range e.Executors {
		full := l.full[alias]
		full.Store(true) // before the look, so that no wake-up falls in between
		free := x.Reserve(batchSize)
		if free == 0 {
			continue
		}
		q := store.DueQuery{At: now, Executors: []string{alias}, Limit: free}
		brief, cancel := e.brief(ctx)
		records, err := e.disk.due(brief, q, now.Add(e.withinLease(longestHold)), company)
		cancel()
		m := e.moment(now, reserver(x, &free))
		states := e.unpackAll(ctx, records)
		for i := range records {
			e.plan(ctx, &records[i], states[i], x, m)
		}
		if len(records) < q.Limit {
			full.Store(false)
		}
		x.Release(free)
		if err != nil {
			return false, err
		}
		if len(records) == q.Limit {
			more = true
		} else {
			l.open = append(l.open, alias)
		}
	}
	return more, nil
}

// nextDue finds out when the next task is due, those aside that are left to
// others for now.
func (e *Engine) nextDue(ctx context.Context, now time.Time) (time.Time, error) {
	l := &e.loop
	ctx, cancel := e.brief(ctx)
	defer cancel()
	if len(l.skipped) == 0 {
		return e.disk.NextDue(ctx, l.open)
	}
	q := store.DueQuery{At: now.Add(headStart), Executors: l.open, Limit: len(l.skipped) + 1}
	soon, err := e.disk.Due(ctx, q)
	for _, r := range soon {
		if !l.skipped[r.ID] {
			return r.Due, err
		}
	}
	return q.At, err
}

// plan decides what becomes of a due record.
func (e *Engine) plan(ctx context.Context, r *store.Record, u unpacked, x executor.Executor, m *lifecycle.Moment) {
	now := m.Now
	t := e.loop.held[r.ID]
	s, err := u.state, u.err
	if t != nil && t.change != nil { // planned with the end of its runs
		if err == nil && t.state == s {
			t.change.rev = r.Rev // it may have been claimed since
		}
		return
	}
	if err != nil {
		e.giveBack(*r, err, now)
		return
	}
	if t != nil && len(s.Runs) == 0 {
		t = nil // removed and added anew while its runs went on
	}
	c := e.loop.newChange(r.ID, r.Rev)
	c.state, c.held, c.executor, c.rec = s, t, x, *r
	if s.Label() == r.Executor {
		known := false
		if c.fn, known = e.function(s.Def); !known {
			if e.loop.notices.knows(r.ID) && now.Sub(r.Due) < headStart {
				e.loop.skipped[r.ID] = true
				return
			}
			e.giveBack(*r, fmt.Errorf("%w: %q", ErrUnknownFunction, s.Def.Func), now)
			return
		}
		c.state = lifecycle.Plan(s, m, &c.decision)
		e.inherit(ctx, c, now)
		renewed := false
		if t != nil && e.lease() > 0 {
			c.state, renewed = lifecycle.Renew(c.state, m)
		}
		if due := s.Due(); !c.decision.Changed && !renewed && !due.IsZero() && !due.After(now) {
			e.giveBack(*r, errStuck, now)
			return
		}
	}
	// A record that says due and isn't, or that stands under a wrong label, is
	// written as it is: that mends its index.
	if t != nil {
		t.state, t.rev, t.change = s, r.Rev, c
	}
	e.loop.changes = append(e.loop.changes, c)
}

// unpacked is the state in a record, or why it can't be read.
type unpacked struct {
	state *lifecycle.State
	err   error
}

// unpackAll reads the states in records.
func (e *Engine) unpackAll(ctx context.Context, records []store.Record) []unpacked {
	l := &e.loop
	l.unpacked = slices.Grow(l.unpacked[:0], len(records))[:len(records)]
	e.each(len(records), func(i int) {
		u := &l.unpacked[i]
		u.state, u.err = e.unpack(ctx, &records[i])
	})
	return l.unpacked
}

// unpack reads the state in a record. One that looks put back may only have been
// read before this process wrote the next one, so it is read again.
func (e *Engine) unpack(ctx context.Context, r *store.Record) (*lifecycle.State, error) {
	s, err := e.Keeper.Unpack(*r)
	if !errors.Is(err, record.ErrRolledBack) {
		return s, err
	}
	ctx, cancel := e.brief(ctx)
	defer cancel()
	again, geterr := e.disk.Get(ctx, r.ID)
	if geterr != nil {
		return nil, err
	}
	*r = again
	return e.Keeper.Unpack(again)
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
