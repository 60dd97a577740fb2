package engine

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// steady is how long a watch must have lasted for its end to be news.
const steady = 30 * time.Second

// watch listens to what other handles of the store do, and keeps the store's
// time, until the loop ends.
func (e *Engine) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-e.stopped; cancel() }()
	if w, ok := e.Store.(store.Watcher); ok {
		go func() {
			told := false
			for ctx.Err() == nil {
				began := time.Now()
				err := w.Watch(ctx, func() { told = false; e.Look() })
				if time.Since(began) > steady {
					told = false
				}
				if errors.Is(err, store.ErrClosed) {
					return
				}
				if err != nil && ctx.Err() == nil && !told {
					told = true
					e.Logger.Warn("the store can't be watched; it is polled", "store", e.Alias, "error", err)
				}
				_ = pause(ctx, time.Second)
			}
		}()
	}
	if e.lease() > 0 {
		go e.guard(ctx)
	}
	if e.disk.clock != nil {
		go func() {
			told := false
			for pause(ctx, e.Heartbeat) == nil {
				brief, done := e.brief(ctx)
				err := e.disk.clock.look(brief)
				done()
				if err != nil && ctx.Err() == nil && !told {
					e.Logger.Warn("the store doesn't tell its time; this node's clock carries on from when it last did", "store", e.Alias, "error", err)
				}
				told = err != nil
			}
		}()
	}
}
