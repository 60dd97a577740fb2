package engine

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A roster is what is known of the other nodes on the store, as of the last beat.
type roster struct {
	dead map[string]bool // those that have not been seen for longer than their leases
}

// rollCall reads the list of nodes. With others alive the engine is in company;
// where the list can't be read, what was known stands.
func (p *pulse) rollCall(ctx context.Context) {
	brief, cancel := p.e.brief(ctx)
	defer cancel()
	members, err := p.e.Members(brief)
	if err != nil {
		return
	}
	r, others := &roster{dead: map[string]bool{}}, false
	now := p.e.Now()
	for _, m := range members {
		if m.Node == p.e.Node {
			continue
		}
		dead := now.Sub(m.Seen) > max(time.Duration(m.Self.Lease), p.e.Lease)
		r.dead[m.Node] = dead
		others = others || !dead
	}
	p.e.roster.Store(r)
	p.e.Company(others)
}

// died reports whether a node has not been seen for longer than its lease. One that
// is not on the list has left it in order, and has told what it had to.
func (e *Engine) died(node string) bool {
	r := e.roster.Load()
	return r != nil && r.dead[node]
}

// inherit adds to a change what nodes that have died had to tell of its task.
func (e *Engine) inherit(c *change) {
	if c.state.Marks != nil {
		c.state = lifecycle.Inherit(c.state, e.died, &c.decision)
	}
}
