package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A storeClock is the store's own time, carried on between two looks at it by
// this node's monotonic clock, which no clock step moves.
type storeClock struct {
	of   store.Clock
	last atomic.Pointer[reading]
}

type reading struct {
	store time.Time // the store's time
	local time.Time // when it was so, with a monotonic part
}

// look asks the store. Half of the round trip is taken for the way back.
func (c *storeClock) look(ctx context.Context) error {
	before := time.Now()
	at, err := c.of.Now(ctx)
	if err != nil {
		return err
	}
	after := time.Now()
	c.last.Store(&reading{store: at.Round(0), local: before.Add(after.Sub(before) / 2)})
	return nil
}

func (c *storeClock) now() time.Time {
	r := c.last.Load()
	if r == nil {
		return time.Now()
	}
	return r.store.Add(time.Since(r.local))
}
