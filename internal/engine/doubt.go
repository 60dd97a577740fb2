package engine

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// A doubt is a batch of writes whose answer was lost: any part of it may stand in
// the store. Nothing else is done before the store was asked, because what was
// written is told and started by nobody else.
type doubt struct {
	changes []*change
	writes  []store.Write
}

func (d *doubt) on() bool { return len(d.changes) > 0 }

// suspect keeps the changes of a batch that failed.
func (l *loop) suspect(changes []*change, writes []store.Write) {
	l.doubt = doubt{slices.Clone(changes), slices.Clone(writes)}
	l.pool, l.used = nil, 0 // whose memory the doubt keeps
	for _, c := range changes {
		for _, x := range c.ended {
			x.h.noted = true // not to be noted a second time meanwhile
		}
	}
}

// clearUp asks the store what became of the writes in doubt, and follows up on
// those that were done; the others are to be planned again.
func (e *Engine) clearUp(ctx context.Context) error {
	d := &e.loop.doubt
	for d.on() {
		c, w := d.changes[0], d.writes[0]
		brief, cancel := e.brief(ctx)
		got, err := e.disk.Get(brief, c.id)
		cancel()
		removed := w.Op == store.OpDelete
		switch {
		case removed && errors.Is(err, store.ErrNotFound):
			e.written(c, true)
		case err == nil && !removed && stands(got, w.Record):
			e.written(c, false)
		case err == nil && !removed && e.overtaken(ctx, c, &got, w.Record.Rev+1):
		case err == nil && got.Rev == w.Record.Rev:
			if err := e.forestall(ctx, got); errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
				continue // it has been done, or another write has
			} else if err != nil && !decided(err) {
				return err
			}
			e.undo(c, false)
		case err == nil || decided(err):
			e.undo(c, err != nil)
		default:
			return err
		}
		d.changes, d.writes = d.changes[1:], d.writes[1:]
	}
	return nil
}

// stands tells whether a record is what a write made of it. No two writes of a
// task have the same data, because its revision is in them; a claim since then
// has left them as they are.
func stands(got, written store.Record) bool {
	return got.Rev > written.Rev && bytes.Equal(got.Data, written.Data)
}

// forestall moves the revision of a record on, so that a write of it that may still
// be on its way comes too late: a server can go on with what its client has given up.
func (e *Engine) forestall(ctx context.Context, got store.Record) error {
	brief, cancel := e.brief(ctx)
	defer cancel()
	return e.disk.Update(brief, got)
}

// overtaken follows up on a write that others have written over since, if the
// record bears its mark, and reports whether it does.
func (e *Engine) overtaken(ctx context.Context, c *change, got *store.Record, rev uint64) bool {
	s, err := e.unpack(ctx, got)
	if err != nil || c.state == nil || !s.MarkedBy(e.Node, rev) {
		return false
	}
	c.decision.Start = slices.DeleteFunc(c.decision.Start, func(r lifecycle.Run) bool {
		_, ours := s.LeaseOf(&r)
		if !ours { // another node's, since
			c.executor.Release(1)
		}
		return !ours
	})
	c.state, c.rev = s, got.Rev-1
	e.loop.expect(got.Due)
	e.report(c, false)
	return true
}

// undo gives up a change that was not written, and puts ended attempts back, to be
// noted in a write that is done. Whether a change was written of a task that is
// gone, nobody can know any more: that its fires have ended is told all the same.
func (e *Engine) undo(c *change, gone bool) {
	if c.giveUp(); gone && c.state != nil {
		for _, x := range c.decision.Ended {
			e.Observer.RunEnded(c.state.Def, x, Left{})
		}
	}
	var again []*handle
	for _, x := range c.ended {
		x.h.noted = false
		again = append(again, x.h)
	}
	e.restore(again)
}
