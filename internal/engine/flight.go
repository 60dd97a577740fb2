package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// fewestAhead is how many ends are worth a batch of their own: with fewer, what a
// server does for a batch by itself is more than what is won.
const fewestAhead = 100

// A flight is a batch of writes on its way to the store.
type flight struct {
	changes []*change
	writes  []store.Write
	packed  []packed
	results []error
	err     error // any part of the writes may have been done
	landed  chan struct{}
}

// load packs changes into a flight. One that can't be written is put off instead.
func (e *Engine) load(f *flight, changes []*change, now time.Time) {
	f.packed = e.packAll(f.packed, changes)
	for i, c := range changes {
		w, err := f.packed[i].write, f.packed[i].err
		if err != nil {
			e.spoiled(c, err, now)
			w = store.Write{Op: store.OpUpdate, Record: c.rec}
		}
		if c.rec.ID == "" && w.Op == store.OpUpdate {
			continue // spoiled, and nothing is known of its record to put it off
		}
		c.sent = true
		f.changes, f.writes = append(f.changes, c), append(f.writes, w)
	}
}

// depart sends a flight off. Nobody but the store looks at its writes until land.
func (e *Engine) depart(ctx context.Context, f *flight) {
	f.landed = make(chan struct{})
	go func() {
		defer close(f.landed)
		e.fly(ctx, f)
	}()
}

// fly does the writes of a flight.
func (e *Engine) fly(ctx context.Context, f *flight) {
	if len(f.writes) == 0 {
		return
	}
	brief, cancel := e.brief(ctx)
	defer cancel()
	f.results, f.err = e.disk.batch(brief, f.writes)
}

// land waits for a flight and follows up on each of its changes.
func (e *Engine) land(f *flight, now time.Time) error {
	if f.landed != nil {
		<-f.landed
	}
	if f.err != nil {
		e.loop.suspect(f.changes, f.writes) // see clearUp
	}
	for i, c := range f.changes {
		if c.held != nil {
			c.held.change = nil
		}
		switch {
		case f.err != nil:
		case f.results[i] == nil:
			e.written(c, f.writes[i].Op == store.OpDelete)
		default:
			e.refused(c, f.results[i], now)
		}
	}
	return f.err
}

// reset empties a flight and keeps its memory.
func (f *flight) reset() {
	clear(f.changes)
	clear(f.writes)
	clear(f.packed)
	*f = flight{changes: f.changes[:0], writes: f.writes[:0], packed: f.packed[:0]}
}

// sendAhead sends off what is known before the store is asked what is due: mostly
// the ends of runs. When there are many, the store writes them while this node
// reads, plans and codes what it is to start next. A task that is due itself stays
// behind, because the read would meet it, or a claim change it.
func (e *Engine) sendAhead(ctx context.Context, now time.Time) {
	l := &e.loop
	if e.Keeper.Live() || len(l.changes) < fewestAhead {
		return
	}
	ahead := func(c *change) bool {
		due := c.held.state.Due()
		return due.IsZero() || due.After(now)
	}
	first := l.first[:0]
	for _, c := range l.changes {
		if ahead(c) {
			first = append(first, c)
		}
	}
	if l.first = first; len(first) < fewestAhead {
		return
	}
	l.changes = slices.DeleteFunc(l.changes, ahead)
	e.load(&l.ahead, first, now)
	e.depart(ctx, &l.ahead)
}

// commit writes the changes of this cycle, and follows up on each, and on those that
// were sent ahead.
func (e *Engine) commit(ctx context.Context, now time.Time) error {
	ahead, rest := &e.loop.ahead, &e.loop.rest
	e.load(rest, e.loop.changes, now)
	if ahead.landed == nil {
		e.fly(ctx, rest)
		return e.land(rest, now)
	}
	<-ahead.landed
	if ahead.err != nil { // one batch in doubt is enough
		rest.forgo()
		return e.land(ahead, now)
	}
	e.depart(ctx, rest) // and meanwhile
	return errors.Join(e.land(ahead, now), e.land(rest, now))
}

// forgo gives up a flight that has not departed. What it would have changed is
// planned again.
func (f *flight) forgo() {
	for _, c := range f.changes {
		if c.giveUp(); c.held != nil {
			c.held.change = nil
		}
	}
}
