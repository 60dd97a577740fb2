package engine

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// watch listens to what other handles of the store do, and keeps the store's
// time, until the loop ends.
func (e *Engine) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-e.stopped; cancel() }()
	if w, ok := e.Store.(store.Watcher); ok {
		go func() {
			for ctx.Err() == nil {
				if err := w.Watch(ctx, e.Look); err != nil && ctx.Err() == nil {
					e.Logger.Warn("the store can't be watched; it is polled", "store", e.Alias, "error", err)
				}
				_ = pause(ctx, time.Second)
			}
		}()
	}
	if e.disk.clock != nil {
		go func() {
			for pause(ctx, e.Heartbeat) == nil {
				brief, done := e.brief(ctx)
				if err := e.disk.clock.look(brief); err != nil && ctx.Err() == nil {
					e.Logger.Warn("the store doesn't tell its time", "store", e.Alias, "error", err)
				}
				done()
			}
		}()
	}
}
