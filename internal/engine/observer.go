package engine

import (
	"encoding/json"
	"time"

	"github.com/go-asyncz/asyncz/internal/journal"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// Left is what an attempt left behind; nothing for fires without one.
type Left struct {
	Value  any             // the function's result
	Result json.RawMessage // its JSON form, if that is not too long
	Err    error
	Said   *journal.Journal // nil: nothing
}

// An Observer is told what happens. It is called from the loop, and from edits,
// and must return at once.
type Observer interface {
	// RunStarted: an attempt was handed to its executor.
	RunStarted(def *lifecycle.Definition, r lifecycle.Run)
	// RunEnded: one or several fires have ended.
	RunEnded(def *lifecycle.Definition, e lifecycle.Ending, l Left)
	// RunWaits: an attempt ended, and another comes not before this time.
	RunWaits(def *lifecycle.Definition, e lifecycle.Ending, notBefore time.Time, l Left)
	// RunLost: a run's node has died; the run will be started again.
	RunLost(def *lifecycle.Definition, r lifecycle.Run)
	// LeaseLost: a result of this node came too late and changed nothing.
	LeaseLost(def *lifecycle.Definition, e lifecycle.Ending, l Left)
	// Exhausted: the task was removed, because nothing was left to come.
	Exhausted(def *lifecycle.Definition)
	// Unreadable: the task can't be read or run here, and was left as it is.
	Unreadable(id string, err error)
	// StoreFailed and StoreRecovered tell the beginning and the end of an outage.
	StoreFailed(err error)
	StoreRecovered()
}
