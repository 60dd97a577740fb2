package engine

import (
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// An Observer is told what happens. It is called from the loop, and from edits,
// and must return at once.
type Observer interface {
	// RunStarted: an attempt was handed to its executor.
	RunStarted(def *lifecycle.Definition, r lifecycle.Run)
	// RunEnded: one or several fires have ended. value is the function's result.
	RunEnded(def *lifecycle.Definition, e lifecycle.Ending, value any, err error)
	// RunWaits: an attempt ended, and another comes not before this time.
	RunWaits(def *lifecycle.Definition, e lifecycle.Ending, notBefore time.Time, err error)
	// RunLost: a run's node has died; the run will be started again.
	RunLost(def *lifecycle.Definition, r lifecycle.Run)
	// LeaseLost: a result of this node came too late and changed nothing.
	LeaseLost(def *lifecycle.Definition, e lifecycle.Ending, err error)
	// Exhausted: the task was removed, because nothing was left to come.
	Exhausted(def *lifecycle.Definition)
	// Unreadable: the task can't be read or run here, and was left as it is.
	Unreadable(id string, err error)
	// StoreFailed and StoreRecovered tell the beginning and the end of an outage.
	StoreFailed(err error)
	StoreRecovered()
}
