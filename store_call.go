package asyncz

import (
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
)

// A StoreCall is one call that a scheduler made on a store, as it went.
type StoreCall struct {
	Store     string // its alias
	Op        string // add, get, update, delete, clear, due, claim, next_due, batch, append_runs, runs, trim_runs
	Items     int    // records or rows that it concerned
	Conflicts int    // writes that lost against those of others
	Took      time.Duration
	Err       error // why the call as a whole failed
}

// WithStoreObserver has f called after each call on a store, for metrics. It is
// called from several goroutines, the scheduler's own loops among them, and must
// return at once. Several such options add up.
func WithStoreObserver(f func(StoreCall)) Option {
	return func(c *settings) error {
		before := c.watching
		c.watching = func(call StoreCall) {
			if before != nil {
				before(call)
			}
			f(call)
		}
		return nil
	}
}

// watch returns what hears of the calls on one store; nil when nobody listens.
func (c *settings) watch(alias string) func(engine.Call) {
	if c.watching == nil {
		return nil
	}
	return func(call engine.Call) {
		c.watching(StoreCall{Store: alias, Op: call.Op, Items: call.Items, Conflicts: call.Conflicts, Took: call.Took, Err: call.Err})
	}
}

// time tells of a call that is not the engine's.
func (c *settings) time(alias, op string, items int, do func() error) error {
	if c.watching == nil {
		return do()
	}
	began := time.Now()
	err := do()
	c.watching(StoreCall{Store: alias, Op: op, Items: items, Took: time.Since(began), Err: err})
	return err
}
