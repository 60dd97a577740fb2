// Package wire has the answers of the API that the server writes and the client
// reads, as far as they are more than one value of package asyncz.
package wire

import (
	"time"

	"github.com/go-asyncz/asyncz"
)

// Nodes is the list of nodes.
type Nodes struct {
	Nodes []asyncz.Node `json:"nodes"`
}

// Checkups is what Doctor found.
type Checkups struct {
	Checkups []asyncz.Checkup `json:"checkups"`
}

// Stores is the list of the aliases of the stores.
type Stores struct {
	Stores []string `json:"stores"`
}

// Fires is the next fire times of a trigger or of a task.
type Fires struct {
	Fires []time.Time `json:"fires"`
}

// A Preview is a task that is not kept yet.
type Preview struct {
	Task  asyncz.Task `json:"task"`
	Fires []time.Time `json:"fires"`
}

// An UpdatePreview is a task as it is, and as an edit would make it.
type UpdatePreview struct {
	Before      asyncz.Task `json:"before"`
	After       asyncz.Task `json:"after"`
	BeforeFires []time.Time `json:"before_fires"`
	AfterFires  []time.Time `json:"after_fires"`
}

// A Run is one that was asked for.
type Run struct {
	ID  string     `json:"id"`
	Run asyncz.Run `json:"run"`
}

// A Scheduler is what the scheduler of a server tells of itself.
type Scheduler struct {
	Node      string   `json:"node"`
	State     string   `json:"state"`
	Version   string   `json:"version"`
	Stores    []string `json:"stores"`
	Executors []string `json:"executors"`
	Functions []string `json:"functions"`
	Caller    string   `json:"caller"`
	Role      string   `json:"role"`
}
