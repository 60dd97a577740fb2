package asyncz

import (
	"encoding/json"
	"time"

	"github.com/go-asyncz/asyncz/internal/journal"
)

// Outcomes that only the history of runs has: those of attempts after which the run
// goes on, or which another node has taken over.
const (
	Retrying  Outcome = "retrying"   // the attempt failed or was broken off, and another follows
	Lost      Outcome = "lost"       // the attempt's node has died, and the run starts again
	LostLease Outcome = "lost_lease" // the attempt ended after its lease had gone to another; its result changed nothing
)

// A PastRun is a row of the history: an attempt that has ended, or fires that ended
// without a run.
type PastRun struct {
	Run
	Outcome Outcome         `json:"outcome"`
	Count   int             `json:"count"`          // how many fires; of more than 100,000 at least so many
	First   time.Time       `json:"first,omitzero"` // of several: the first; Scheduled is the last
	Into    time.Time       `json:"into,omitzero"`  // coalesced: the scheduled time of the run that stands for them
	Ended   time.Time       `json:"ended"`
	Error   string          `json:"error,omitempty"`
	Stack   string          `json:"stack,omitempty"`  // of a panic
	Result  json.RawMessage `json:"result,omitempty"` // up to 64 KiB; of a longer one its summary, if it has one
	Output  string          `json:"output,omitempty"` // see RunOutput
	Logs    []LogLine       `json:"logs,omitempty"`   // see Logger
	Cut     int             `json:"cut,omitempty"`    // bytes of output and logs that were left out: they have 64 KiB together
}

// A LogLine is a line that a run has logged.
type LogLine = journal.Line

// Duration is how long the attempt took; 0 for fires without a run.
func (p PastRun) Duration() time.Duration {
	if p.Started.IsZero() {
		return 0
	}
	return max(0, p.Ended.Sub(p.Started))
}

// MarshalJSON writes the row with its run's id and its duration in seconds.
func (p PastRun) MarshalJSON() ([]byte, error) {
	type plain PastRun
	return json.Marshal(struct {
		ID string `json:"id"`
		plain
		Duration float64 `json:"duration"`
	}{p.ID(), plain(p), p.Duration().Seconds()})
}

// brief is the row without what may be long.
func (p PastRun) brief() PastRun {
	p.Stack, p.Output, p.Logs = "", "", nil
	return p
}
