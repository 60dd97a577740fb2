package engine

import (
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// A change is what one cycle does to one task: several transitions, one write.
type change struct {
	id    string
	rev   uint64           // that the write replaces
	state *lifecycle.State // after the transitions; nil: only the due time moves
	rec   store.Record     // what is written
	held  *holding         // nil: no run of it is in this node's hands yet

	decision lifecycle.Decision
	ended    []closed          // attempts that this change takes out of the state
	executor executor.Executor // where places for decision.Start are reserved
	fn       Function
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
	r, err := e.Keeper.Pack(c.state, c.rev)
	c.rec = r
	return store.Write{Op: store.OpUpdate, Record: r}, err
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
