package engine

import (
	"context"
	"sync"
	"time"
)

// A runContext is the context of a run, and knows it. Most functions never look
// whether their context has ended, so what that takes is made when the first
// does: it costs more than all else that starting a run does.
type runContext struct {
	h *handle

	mu    sync.Mutex
	ended bool // cancelled before anybody looked
	cause error
	inner context.Context
	stop  context.CancelCauseFunc
}

type runKey struct{}

func (c *runContext) real() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.stop = context.WithCancelCause(c.h.engine.runs)
		if c.ended {
			c.stop(c.cause)
		}
	}
	return c.inner
}

// cancel ends the context. The first cause stands.
func (c *runContext) cancel(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inner != nil:
		c.stop(cause)
	case !c.ended:
		c.ended, c.cause = true, cause
	}
}

func (c *runContext) Deadline() (time.Time, bool) { return c.h.engine.runs.Deadline() }
func (c *runContext) Done() <-chan struct{}       { return c.real().Done() }
func (c *runContext) Err() error                  { return c.real().Err() }

func (c *runContext) Value(key any) any {
	if key == (runKey{}) {
		return c.h
	}
	return c.real().Value(key)
}
