package engine

import (
	"slices"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// A change is what one cycle does to one task: several transitions, one write.
type change struct {
	id    string
	rev   uint64           // that the write replaces
	state *lifecycle.State // after the transitions; nil: only the due time moves
	rec   store.Record     // what is written; before that, what was read, if it was
	held  *holding         // nil: no run of it is in this node's hands yet
	sent  bool             // it is on its way, and does not change any more

	decision lifecycle.Decision
	ended    []closed          // attempts that this change takes out of the state
	executor executor.Executor // where places for decision.Start are reserved
	fn       Function
}

// newChange returns an empty change. Its memory is used again in a later cycle,
// so nothing may keep it.
func (l *loop) newChange(id string, rev uint64) *change {
	if l.used == len(l.pool) {
		l.pool = append(l.pool, new(change))
	}
	c := l.pool[l.used]
	l.used++
	c.id, c.rev = id, rev
	return c
}

// tidy ends the use of a cycle's changes, and lets go of what they point to.
func (l *loop) tidy() {
	for _, c := range l.pool[:l.used] {
		clear(c.ended)
		c.decision.Reset()
		*c = change{decision: c.decision, ended: c.ended[:0]}
	}
	clear(l.unpacked)
	clear(l.first)
	l.ahead.reset()
	l.rest.reset()
	l.used, l.changes = 0, l.changes[:0]
}

// A closed attempt waits for its end to be written.
type closed struct {
	h       *handle
	ending  lifecycle.Ending
	waiting bool // for another attempt
}

// write returns the conditional write that makes the change.
func (c *change) write(e *Engine) (store.Write, error) {
	if c.state == nil {
		return store.Write{Op: store.OpUpdate, Record: c.rec}, nil
	}
	if c.state.Done() {
		return store.Write{Op: store.OpDelete, Record: store.Record{ID: c.id, Rev: c.rev}}, nil
	}
	if !e.Keeper.Live() {
		c.state = lifecycle.Marked(c.state, e.Node, c.rev+1, c.decision.Ended)
	}
	r, err := e.Keeper.Pack(c.state, c.rev)
	if err == nil {
		c.rec = r
	}
	return store.Write{Op: store.OpUpdate, Record: r}, err
}

// packed is the write of a change, or why there is none.
type packed struct {
	write store.Write
	err   error
}

// packAll returns the writes of changes, in memory that is used again.
func (e *Engine) packAll(memory []packed, changes []*change) []packed {
	all := slices.Grow(memory[:0], len(changes))[:len(changes)]
	e.each(len(changes), func(i int) {
		p := &all[i]
		p.write, p.err = changes[i].write(e)
	})
	return all
}

// reserver returns a source of places: first those that are reserved already,
// then others of the executor.
func reserver(x executor.Executor, reserved *int) func() bool {
	return func() bool {
		if *reserved > 0 {
			*reserved--
			return true
		}
		return x.Reserve(1) == 1
	}
}
