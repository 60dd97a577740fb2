package lifecycle

import (
	"encoding/json"
	"time"
)

// An Outcome is how a fire ended. Each fire ends in exactly one.
type Outcome string

const (
	Executed     Outcome = "executed"
	Failed       Outcome = "failed"
	Missed       Outcome = "missed"        // later than the grace time, or over the catch-up cap
	Coalesced    Outcome = "coalesced"     // into the run named by Into
	MaxInstances Outcome = "max_instances" // too many runs were in flight
	Abandoned    Outcome = "abandoned"     // its node died, and the task says not to run it again
	Cancelled    Outcome = "cancelled"     // by the end of the scheduler, or by an edit
)

// An Ending tells how one run, or several fires without a run, ended.
type Ending struct {
	Outcome   Outcome
	Fire      time.Time // of several: the last
	First     time.Time // of several: the first; zero for one
	Count     int       // how many fires; of very many, at least so many
	Into      time.Time // coalesced: the run that stands for them
	Source    Source
	Attempt   int
	Recovered int
	Coalesced int
	Node      string
	Started   time.Time
	Ended     time.Time
	Error     string
	Result    json.RawMessage // of an executed run, when it is not too long to keep
}
