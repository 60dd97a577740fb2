package dashboard

import (
	"context"
	"sync"
	"time"
)

// cached keeps answers for a short while, so that many open pages ask the stores
// no more than one does.
type cached struct {
	mu      sync.Mutex
	answers map[string]*answer
}

type answer struct {
	mu    sync.Mutex // held by who asks
	taken time.Time
	value any
}

// remember returns what ask returned at most so long ago, and asks otherwise. Of
// several callers at once one asks, and the others wait for it. Errors are not kept.
func remember[T any](ctx context.Context, c *cached, key string, life time.Duration, ask func(context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	if c.answers == nil {
		c.answers = map[string]*answer{}
	}
	if len(c.answers) > 32 {
		clear(c.answers)
	}
	a := c.answers[key]
	if a == nil {
		a = &answer{}
		c.answers[key] = a
	}
	c.mu.Unlock()

	a.mu.Lock()
	defer a.mu.Unlock()
	if v, ok := a.value.(T); ok && time.Since(a.taken) < life {
		return v, nil
	}
	v, err := ask(ctx)
	if err == nil {
		a.value, a.taken = v, time.Now()
	}
	return v, err
}
