package form

import (
	"encoding/json"
	"time"
)

// A Run is one fire of a task that is carried out.
type Run struct {
	Store     string    `json:"store"`
	Task      string    `json:"task"`
	Scheduled time.Time `json:"scheduled" doc:"The fire time; with the task it is the identity of the run."`
	Attempt   int       `json:"attempt" doc:"From 1."`
	Source    string    `json:"source" enum:"scheduled,manual,retry,recovered" doc:"Why it was made."`
	Coalesced int       `json:"coalesced,omitempty" doc:"Further fires that it stands for."`
	Node      string    `json:"node,omitempty"`
	Started   time.Time `json:"started,omitempty"`
	Lease     time.Time `json:"lease,omitempty" doc:"When the node must have renewed it."`
	NotBefore time.Time `json:"not_before,omitempty" doc:"Of a run that waits for its next attempt."`
}

// A LastRun is how the last run of a task ended.
type LastRun struct {
	Run     Run             `json:"run"`
	Outcome string          `json:"outcome"`
	Ended   time.Time       `json:"ended"`
	Error   string          `json:"error,omitempty"`
	Result  json.RawMessage `json:"result,omitempty" doc:"What the function returned, if it is not too long."`
}

// A RunPage is a page of the history.
type RunPage struct {
	Runs []PastRun `json:"runs" nullable:"false" doc:"The last to end first; without output, logs and stack."`
	Next string    `json:"next,omitempty" doc:"For after; left out on the last page. A page may have fewer runs than the limit, and even none, although another follows."`

	Unreadable int `json:"unreadable,omitempty" doc:"Rows that were left out because they can't be read."`
}

// A StartedRun is one that was asked for.
type StartedRun struct {
	ID  string `json:"id" doc:"The identity of the run, for /runs/{id}." example:"nightly@2026-11-23T02:00:00Z"`
	Run Run    `json:"run"`
}

// A PastRun is an attempt that ended, or fires without a run.
type PastRun struct {
	ID        string          `json:"id" doc:"For /runs/{id}."`
	Store     string          `json:"store"`
	Task      string          `json:"task"`
	Scheduled time.Time       `json:"scheduled"`
	Attempt   int             `json:"attempt" doc:"From 1; 0 of fires without a run."`
	Source    string          `json:"source"`
	Coalesced int             `json:"coalesced,omitempty"`
	Node      string          `json:"node,omitempty"`
	Started   time.Time       `json:"started,omitempty"`
	Lease     time.Time       `json:"lease,omitempty"`
	NotBefore time.Time       `json:"not_before,omitempty" doc:"Of retrying: when the next attempt may begin."`
	Outcome   string          `json:"outcome" enum:"executed,failed,missed,coalesced,max_instances,abandoned,cancelled,retrying,lost,lost_lease"`
	Count     int             `json:"count,omitempty" doc:"How many fires."`
	First     time.Time       `json:"first,omitempty" doc:"Of several fires the first."`
	Into      time.Time       `json:"into,omitempty" doc:"Of coalesced: the scheduled time of the run that stands for them."`
	Ended     time.Time       `json:"ended"`
	Duration  float64         `json:"duration" doc:"Seconds."`
	Error     string          `json:"error,omitempty"`
	Stack     string          `json:"stack,omitempty" doc:"Of a panic."`
	Result    json.RawMessage `json:"result,omitempty"`
	Output    string          `json:"output,omitempty" doc:"What the run wrote, up to a bound."`
	Logs      []LogLine       `json:"logs,omitempty" nullable:"false"`
	Cut       int             `json:"cut,omitempty" doc:"How many bytes of output and logs were left out."`
}

// A LogLine is one that a run wrote through its logger.
type LogLine struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"`
	Message string    `json:"message"`
	Attrs   string    `json:"attrs,omitempty"`
}

// A RunDetail is all that is known of a run.
type RunDetail struct {
	ID        string    `json:"id"`
	Store     string    `json:"store"`
	Task      string    `json:"task"`
	Scheduled time.Time `json:"scheduled"`
	InFlight  *Run      `json:"in_flight,omitempty" doc:"The attempt that is under way or waits."`
	Attempts  []PastRun `json:"attempts" nullable:"false" doc:"That have ended, the oldest first."`
	Output    string    `json:"output,omitempty" doc:"Of the attempt in flight, if it is this scheduler that carries it out."`
	Logs      []LogLine `json:"logs,omitempty" nullable:"false" doc:"Of the attempt in flight."`
}
