package asyncz

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/store"
)

// What runs in flight say is kept in a history of its own, in one row an attempt at
// its start, so that other processes can follow it.
const (
	liveAge  = 24 * time.Hour // of rows of nodes that have died, and of runs that have ended
	liveRows = 1000
	liveFrom = time.Second // how long an attempt runs before it is shown
)

// A progress is how much of what an attempt says is in the store.
type progress struct {
	run    string
	writes uint64
}

// show keeps what runs in flight have said since the last time.
func (c *chronicle) show(ctx context.Context) {
	speakers := c.p.engine.Speakers()
	if len(speakers) == 0 {
		clear(c.shown)
		return
	}
	now, shown := c.p.engine.Now(), map[string]progress{}
	var entries []store.RunEntry
	for _, sp := range speakers {
		at := progress{sp.Task + "@" + sp.Run.Fire.String(), sp.Said.Writes()}
		shown[at.run] = at
		if now.Sub(sp.Run.Started) < liveFrom || c.shown[at.run] == at {
			continue
		}
		if e, err := c.liveRow(sp); err == nil {
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		c.shown = shown
		return
	}
	if err := c.append(ctx, entries); err == nil { // else again in a second
		c.shown = shown
	}
}

func (c *chronicle) liveRow(sp engine.Speaker) (store.RunEntry, error) {
	said := sp.Said.Said()
	return c.p.packRun(liveLog, sp.Run.Started, PastRun{
		Run: newRun(c.p.alias, sp.Task, &sp.Run), Output: said.Output, Logs: said.Lines, Cut: said.Cut,
	})
}

// said returns what an attempt in flight has said so far.
func (p *part) said(ctx context.Context, r Run) (output string, logs []LogLine) {
	if sp, here := p.engine.Speaker(r.Task, r.Scheduled); here {
		said := sp.Said.Said()
		return said.Output, said.Lines
	}
	if p.history == nil || p.history.log == nil {
		return "", nil
	}
	for e, err := range p.history.log.Runs(ctx, store.RunQuery{Log: liveLog, Task: r.Task, Fire: r.Scheduled, Limit: 1}) {
		if err != nil {
			return "", nil // it is only what the run says that is not told
		}
		if row, err := p.unpackRun(e); err == nil && row.Started.Equal(r.Started) && row.Node == r.Node {
			return row.Output, row.Logs
		}
	}
	return "", nil
}
