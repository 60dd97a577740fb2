package asyncz

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/jsondoc"
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
	plain, err := encodeRow(&r)
	e := store.RunEntry{Log: log, Task: r.Task, Fire: r.Scheduled, Ended: at}
	if err == nil {
		err = p.keeper.SealRun(&e, plain)
	}
	if err != nil {
		err = fmt.Errorf("history of task %q: %w", r.Task, err)
	}
	return e, err
}

// encodeRow writes a rowJSON.
func encodeRow(r *PastRun) ([]byte, error) {
	d := jsondoc.New(256 + len(r.Error) + len(r.Stack) + len(r.Result) + len(r.Output))
	d.Open('{')
	d.Int("v", rowVersion)
	d.Time("scheduled", r.Scheduled)
	d.Time("ended", r.Ended)
	d.Text("outcome", string(r.Outcome))
	d.TextIfAny("source", string(r.Source))
	d.IntIfAny("attempt", r.Attempt)
	d.IntIfAny("coalesced", r.Coalesced)
	d.TextIfAny("node", r.Node)
	d.TimeIfAny("started", r.Started)
	d.TimeIfAny("not_before", r.NotBefore)
	d.IntIfAny("count", r.Count)
	d.TimeIfAny("first", r.First)
	d.TimeIfAny("into", r.Into)
	d.TextIfAny("error", r.Error)
	d.TextIfAny("stack", r.Stack)
	if len(r.Result) > 0 {
		d.Value("result", r.Result)
	}
	d.TextIfAny("output", r.Output)
	if len(r.Logs) > 0 {
		d.Value("logs", r.Logs)
	}
	d.IntIfAny("cut", r.Cut)
	d.Close('}')
	return d.Bytes()
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
