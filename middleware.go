package asyncz

import (
	"context"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A Handler carries out one attempt of a run, and returns its result. [RunFrom]
// and [TaskFrom] tell of which.
type Handler func(ctx context.Context) (any, error)

// A Middleware is put around every run: for tracing, locks, tenancy and the like.
// It is called once, when the scheduler is made; the handler that it returns is
// called in the run's goroutine, from many at a time. A handler that panics, or
// that returns an error without calling next, has failed the attempt.
type Middleware func(next Handler) Handler

// WithMiddleware puts these around every run, the first outermost. Several such
// options add up in their order.
func WithMiddleware(m ...Middleware) Option {
	return func(c *settings) error { c.middleware = append(c.middleware, m...); return nil }
}

// around returns what carries attempts out.
func (c *settings) around() func(ctx context.Context) (any, error) {
	handler := Handler(engine.Invoke)
	for i := len(c.middleware) - 1; i >= 0; i-- {
		handler = c.middleware[i](handler)
	}
	return handler
}

// TaskFrom returns the definition of the task whose run ctx belongs to, as it was
// when the run began; of its state nothing but the definition is told. It is false
// outside of a run.
func TaskFrom(ctx context.Context) (Task, bool) {
	info, ok := engine.RunFrom(ctx)
	if !ok {
		return Task{}, false
	}
	t := newTask(info.Store, &lifecycle.State{Def: info.Def})
	t.State = ""
	return t, true
}
