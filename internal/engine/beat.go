package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/go-asyncz/asyncz/internal/nodeclock"
	"github.com/go-asyncz/asyncz/store"
)

const (
	// mostSkew is how far a node's clock may be from the store's without a word.
	mostSkew = time.Second
	// forgetAfter is how long the row of a node that is not seen any more stays, and
	// cleanEvery how often a node looks for such rows.
	forgetAfter, cleanEvery = 24 * time.Hour, time.Hour
	// goodbye bounds the removal of a node's own row: a shutdown does not wait long
	// for a store that is away.
	goodbye = 2 * time.Second
)

// A pulse is what one goroutine does once a heartbeat while the engine runs: it
// shows the others on the store that this node is alive, and looks at its clock.
// Nothing depends on it, so whatever fails is told once and tried again.
type pulse struct {
	e       *Engine
	members store.Members // nil: the store does not know its nodes
	silent  bool          // the last beat failed
	skewed  bool          // the clock was wrong at the last look
	cleaned time.Time
}

// beats keeps the pulse until the loop has ended, and takes the node's row away
// then. It closes e.left at its end.
func (e *Engine) beats() {
	e.started = e.disk.now()
	p := &pulse{e: e}
	p.members, _ = e.Store.(store.Members)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-e.stopped; cancel() }()
	go func() {
		defer close(e.left)
		every := time.NewTicker(e.Heartbeat)
		defer every.Stop()
		for ctx.Err() == nil {
			p.lookAtSkew()
			p.beat(ctx)
			select {
			case <-every.C:
			case <-e.news:
			case <-ctx.Done():
			}
		}
		p.leave()
	}()
}

// lookAtSkew warns of a wrong clock, once until it has been right again. It
// changes nothing that runs: that goes by the store's clock.
func (p *pulse) lookAtSkew() {
	skew, known := p.e.Skew()
	wrong := known && skew.Abs() > mostSkew
	if wrong && !p.skewed {
		now := nodeclock.Now()
		p.e.Logger.Warn("the clock of this host and that of the store differ; set the wrong one, and keep both right by NTP. What runs goes by the store's",
			"store", p.e.Alias, "node", p.e.Node, "ahead", skew, "host_clock", now.Round(0), "store_clock", now.Add(-skew).Round(0))
	}
	p.skewed = wrong
}

// beat writes the node's row.
func (p *pulse) beat(ctx context.Context) {
	if p.members == nil {
		return
	}
	err := p.write(ctx)
	if err != nil && ctx.Err() == nil && !p.silent {
		p.e.Logger.Warn("this node can't show the others on its store that it is alive; it works on", "store", p.e.Alias, "node", p.e.Node, "error", err)
	}
	p.silent = err != nil
	p.rollCall(ctx)
	if err == nil && time.Since(p.cleaned) >= cleanEvery {
		p.cleaned = time.Now()
		p.clean(ctx)
	}
}

func (p *pulse) write(ctx context.Context) error {
	told, err := json.Marshal(p.e.Self())
	if err != nil {
		return err
	}
	data, err := p.e.Keeper.SealNode(p.e.Node, told)
	if err != nil {
		return err
	}
	brief, cancel := p.e.brief(ctx)
	defer cancel()
	return p.members.Beat(brief, store.Member{Node: p.e.Node, Data: data})
}

// clean removes the rows of nodes that have long been gone, whether they can be
// read or not. What fails is tried again an hour later.
func (p *pulse) clean(ctx context.Context) {
	brief, cancel := p.e.brief(ctx)
	defer cancel()
	members, err := p.e.Members(brief)
	for _, m := range members {
		age, after := p.e.Now().Sub(m.Seen), max(forgetAfter, 10*time.Duration(m.Self.Lease))
		if err == nil && m.Node != p.e.Node && age > after {
			err = p.members.Leave(brief, m.Node)
		}
	}
	if err != nil {
		p.e.Logger.Debug("the list of nodes can't be cleaned up", "store", p.e.Alias, "error", err)
	}
}

// leave removes the node's row; where that fails, it shows as stale for a day. The row
// of a node that ends without knowing what became of its writes stays too: by it
// others know that they may have to tell what it decided.
func (p *pulse) leave() {
	if p.members == nil || p.e.loop.doubt.on() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if err := p.members.Leave(ctx, p.e.Node); err != nil {
		p.e.Logger.Debug("this node can't be taken from the list of nodes; it shows as stale", "store", p.e.Alias, "node", p.e.Node, "error", err)
	}
}
