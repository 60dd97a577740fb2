// Package evidence is what a run of the fault harness leaves behind: lines in
// files, one file a process, which outlive whoever wrote them. The runs of tasks
// write what they do, outside of the scheduler; a witness before the store writes
// what is asked of it; the harness writes what it breaks. The checker reads it all.
package evidence

import "time"

// Kinds of lines.
const (
	Declared = "declared" // a task of the load: its fires are first, first + every, … until
	Started  = "started"  // a process of a node began
	Stopped  = "stopped"  // it ended by itself, after a shutdown
	Begin    = "begin"    // a run began to do its work
	End      = "end"      // it is done with it
	Event    = "event"    // the scheduler told of something
	Write    = "write"    // a write is about to be asked of the store
	Wrote    = "wrote"    // the store answered a batch of writes
	Claimed  = "claimed"  // the store gave a record to a claim
	Lost     = "lost"     // a claim came back with an error: what it did is unknown
	Vitals   = "vitals"   // what a process uses
	Fault    = "fault"    // the harness broke something
	Healed   = "healed"   // the last fault is over
	Edit     = "edit"     // the operator changed a task
	Seen     = "seen"     // what stands in the store, read at the server itself
)

// A Line is one fact. Which fields are set depends on its kind.
type Line struct {
	At   time.Time `json:"at"` // by the clock of the host, which no fault concerns
	Kind string    `json:"kind"`
	Node string    `json:"node,omitempty"` // of the process, such as "n1"; "operator", "harness"
	Proc string    `json:"proc,omitempty"` // the process, by its number and its begin: numbers come again

	Task    string    `json:"task,omitempty"`
	Fire    time.Time `json:"fire,omitzero"`
	Attempt int       `json:"attempt,omitempty"`
	Source  string    `json:"source,omitempty"`
	Holder  string    `json:"holder,omitempty"` // the node as it stands in the record
	Lease   time.Time `json:"lease,omitzero"`
	How     string    `json:"how,omitempty"` // an end's, an edit's, a fault's kind

	Event   string    `json:"event,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
	First   time.Time `json:"first,omitzero"`
	Count   int       `json:"count,omitempty"`
	Into    time.Time `json:"into,omitzero"`

	Batch   int      `json:"batch,omitempty"` // joins writes to their answer
	Op      string   `json:"op,omitempty"`
	Rev     uint64   `json:"rev,omitempty"` // that a write replaces; of what was claimed or seen: that it has
	State   *State   `json:"state,omitempty"`
	Results []string `json:"results,omitempty"` // "ok", or why not; none: unknown
	Error   string   `json:"error,omitempty"`

	Until      time.Time     `json:"until,omitzero"` // of a fault
	Every      time.Duration `json:"every,omitempty"`
	Span       time.Duration `json:"span,omitempty"` // how long a run takes
	Goroutines int           `json:"goroutines,omitempty"`
	Files      int           `json:"files,omitempty"`
	Heap       uint64        `json:"heap,omitempty"`
}

// A State is what the checker needs of a task's record.
type State struct {
	Incarnation uint64    `json:"incarnation,omitempty"`
	Prev        time.Time `json:"prev,omitzero"`
	Next        time.Time `json:"next,omitzero"`
	Paused      bool      `json:"paused,omitempty"`
	Max         int       `json:"max,omitempty"`
	Runs        []Run     `json:"runs,omitempty"`
}

// A Run is a run in flight.
type Run struct {
	Fire    time.Time `json:"fire"`
	Attempt int       `json:"attempt"`
	Manual  bool      `json:"manual,omitempty"`
	Holder  string    `json:"holder,omitempty"`
	Lease   time.Time `json:"lease,omitzero"`
}

// Same reports whether two runs are the same attempt on the same node.
func (r Run) Same(o Run) bool {
	return r.Fire.Equal(o.Fire) && r.Attempt == o.Attempt && r.Holder == o.Holder
}
