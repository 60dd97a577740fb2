package engine

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A roll is what the loop knows of the other nodes on its store. It is read only
// when a task bears the mark of another node, and once a heartbeat at most.
type roll struct {
	read time.Time
	dead map[string]bool
}

// inherit adds to a change what nodes that have died had to tell of its task.
func (e *Engine) inherit(ctx context.Context, c *change, now time.Time) {
	if e.Keeper.Live() || len(c.state.Marks) == 0 {
		return
	}
	c.state = lifecycle.Inherit(c.state, func(node string) bool { return e.died(ctx, node, now) }, &c.decision)
}

// died reports whether a node has not been seen for longer than its lease. One that
// is not on the list has left it in order, and has told what it had to.
func (e *Engine) died(ctx context.Context, node string, now time.Time) bool {
	if node == e.Node || !e.Lists() {
		return false
	}
	r := &e.loop.roll
	if now.Sub(r.read).Abs() < e.Heartbeat {
		return r.dead[node]
	}
	brief, cancel := e.brief(ctx)
	defer cancel()
	members, err := e.Members(brief)
	if err != nil {
		return false // it is asked again when the task is next due
	}
	r.read, r.dead = now, map[string]bool{}
	for _, m := range members {
		r.dead[m.Node] = now.Sub(m.Seen) > max(time.Duration(m.Self.Lease), e.Lease)
	}
	return r.dead[node]
}
