package asyncz

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Names of the histories of a store.
const (
	runsLog  = ""      // runs
	liveLog  = "live"  // what runs in flight have said so far; each row is replaced as it grows
	auditLog = "audit" // what people did
)

// rowVersion is the version of the form of a row. A reader refuses later ones.
const rowVersion = 1

// A rowJSON is a row as it is kept, beside its task and its times.
type rowJSON struct {
	Version   int             `json:"v"`
	Scheduled time.Time       `json:"scheduled"`
	Ended     time.Time       `json:"ended"`
	Outcome   Outcome         `json:"outcome"`
	Source    Source          `json:"source,omitempty"`
	Attempt   int             `json:"attempt,omitempty"`
	Coalesced int             `json:"coalesced,omitempty"`
	Node      string          `json:"node,omitempty"`
	Started   time.Time       `json:"started,omitzero"`
	NotBefore time.Time       `json:"not_before,omitzero"`
	Count     int             `json:"count,omitempty"`
	First     time.Time       `json:"first,omitzero"`
	Into      time.Time       `json:"into,omitzero"`
	Error     string          `json:"error,omitempty"`
	Stack     string          `json:"stack,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Output    string          `json:"output,omitempty"`
	Logs      []LogLine       `json:"logs,omitempty"`
	Cut       int             `json:"cut,omitempty"`
}

// packRun returns a row as the store keeps it, in one of its histories, at a place
// in time.
func (p *part) packRun(log string, at time.Time, r PastRun) (store.RunEntry, error) {
	plain, err := json.Marshal(rowJSON{
		Version: rowVersion, Scheduled: r.Scheduled, Ended: r.Ended, Outcome: r.Outcome, Source: r.Source, Attempt: r.Attempt,
		Coalesced: r.Coalesced, Node: r.Node, Started: r.Started, NotBefore: r.NotBefore, Count: r.Count, First: r.First,
		Into: r.Into, Error: r.Error, Stack: r.Stack, Result: r.Result, Output: r.Output, Logs: r.Logs, Cut: r.Cut,
	})
	e := store.RunEntry{Log: log, Task: r.Task, Fire: r.Scheduled, Ended: at}
	if err == nil {
		err = p.keeper.SealRun(&e, plain)
	}
	if err != nil {
		err = fmt.Errorf("history of task %q: %w", r.Task, err)
	}
	return e, err
}

// unpackRun reads a row.
func (p *part) unpackRun(e store.RunEntry) (PastRun, error) {
	var j rowJSON
	if err := p.openRow(e, &j); err != nil {
		return PastRun{}, err
	}
	if j.Version > rowVersion {
		return PastRun{}, fmt.Errorf("history of task %q: the form %d of the row is of a later version", e.Task, j.Version)
	}
	return PastRun{
		Run: Run{
			Store: p.alias, Task: e.Task, Scheduled: j.Scheduled, Attempt: j.Attempt, Source: j.Source, Coalesced: j.Coalesced,
			Node: j.Node, Started: j.Started, NotBefore: j.NotBefore,
		},
		Outcome: j.Outcome, Count: j.Count, First: j.First, Into: j.Into, Ended: j.Ended, Error: j.Error, Stack: j.Stack,
		Result: j.Result, Output: j.Output, Logs: j.Logs, Cut: j.Cut,
	}, nil
}

// openRow reads the JSON in a row.
func (p *part) openRow(e store.RunEntry, into any) error {
	plain, err := p.keeper.OpenRun(&e)
	if err == nil {
		err = json.Unmarshal(plain, into)
	}
	if err != nil {
		return fmt.Errorf("history of task %q: %w", e.Task, err)
	}
	return nil
}
