// Package setup is what the harness tells its nodes, and what tasks tell their runs.
package setup

import (
	"time"

	// A node and the harness open the same stores.
	_ "github.com/go-asyncz/asyncz/store/filestore"
	_ "github.com/go-asyncz/asyncz/store/mongostore"
	_ "github.com/go-asyncz/asyncz/store/redisstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
)

// Functions of the tasks.
const (
	Common  = "work"    // that all nodes know
	Rare    = "rare"    // that some of them know
	Nowhere = "nowhere" // that none of them knows
	Noted   = "noted"   // that only notes when it begins, for measuring
	Nothing = "nothing" // that does nothing, for measuring
)

// A Node is the only argument of the program of a node, in JSON.
type Node struct {
	Name     string        `json:"name"`
	Store    string        `json:"store"` // URL
	Key      string        `json:"key"`
	Evidence string        `json:"evidence"` // folder
	Lease    time.Duration `json:"lease"`
	Beat     time.Duration `json:"beat"`
	Poll     time.Duration `json:"poll"`
	Clock    time.Duration `json:"clock"` // how wrong it goes
	Knows    []string      `json:"knows"` // functions beside the common one
	Drain    time.Duration `json:"drain"` // what runs have at the end
	Quiet    bool          `json:"quiet"` // no witness before the store, for measuring
}

// Work says what a run does. It is the argument of all functions.
type Work struct {
	For   time.Duration `json:"for,omitempty"`   // how long it takes
	Fails int           `json:"fails,omitempty"` // the attempts that fail
}
