package sqlstore

import (
	"context"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// A gate lets calls in until the store is closed.
type gate struct {
	// use is held for reading by each call and for writing by Close, which
	// so lets the calls end that have begun.
	use    sync.RWMutex
	closed bool
}

// enter begins a call; unless it fails, leave ends it.
func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.use.RLock()
	if g.closed {
		g.use.RUnlock()
		return store.ErrClosed
	}
	return nil
}

func (g *gate) leave() { g.use.RUnlock() }

// shut ends the store: it waits for the calls that are under way, and lets
// nobody in any more. The first caller releases what the store holds.
func (g *gate) shut(release func() error) error {
	g.use.Lock()
	defer g.use.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	return release()
}
