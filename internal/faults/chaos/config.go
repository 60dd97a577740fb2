// Package chaos runs a cluster of real processes on one store, breaks what breaks
// in production while tasks fire and are edited, and gathers the evidence.
package chaos

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/check"
)

// A Config says what is run and what is broken. Zero numbers of faults mean the
// usual ones for the length of the run; a negative one means none.
type Config struct {
	// Store is the URL of a store, whose server is left alone, or the kind of one
	// that is made for the run, with a server of its own where it needs one: file,
	// sqlite, postgres, mysql, redis or mongodb.
	Store string
	Nodes int
	For   time.Duration // how long things break
	Seed  uint64        // of the plan; 0: a random one
	Key   string        // what records are sealed with
	Dir   string        // for the evidence

	Lease, Beat, Poll time.Duration

	Tasks int // of the common kinds
	Pace  int // makes the load slower by this factor

	Kills, Pauses, Rolls, Network, Steps, Restarts, Blackouts int

	Program string // of the nodes
	Log     func(format string, args ...any)
}

// Bound is how long after the last fault a due task may take to run: what G4
// promises.
func (c Config) Bound() time.Duration { return c.Lease + c.Poll + time.Second }

// Complete returns the configuration with what it leaves out.
func (c Config) Complete() (Config, error) {
	c.Nodes, c.For = cmp.Or(c.Nodes, 3), cmp.Or(c.For, 20*time.Second)
	c.Lease = cmp.Or(c.Lease, 2*time.Second)
	c.Beat, c.Poll = cmp.Or(c.Beat, c.Lease/5), cmp.Or(c.Poll, c.Lease/4)
	c.Seed, c.Tasks = cmp.Or(c.Seed, rand.Uint64N(1_000_000)), cmp.Or(c.Tasks, 3)
	if c.Pace == 0 {
		c.Pace = cmp.Or(paces[c.kind()], 1)
	}
	if c.Nodes < 1 || c.For < time.Second {
		return c, fmt.Errorf("%d nodes for %v: at least one node and one second", c.Nodes, c.For)
	}
	usual := func(n *int, each time.Duration) {
		switch {
		case *n < 0:
			*n = 0
		case *n == 0:
			*n = max(1, int(c.For/each))
		}
	}
	usual(&c.Kills, 2*time.Second)
	usual(&c.Pauses, 4*time.Second)
	usual(&c.Rolls, 7*time.Second)
	usual(&c.Network, 2*time.Second)
	usual(&c.Steps, 5*time.Second)
	usual(&c.Restarts, 20*time.Second)
	usual(&c.Blackouts, 20*time.Second)
	if !c.remote() {
		c.Network, c.Restarts = 0, 0
	}
	if c.given() {
		c.Restarts = 0
	}
	return c, nil
}

// paces make the load slower for stores that take less: the stand-in for MongoDB does
// a command at a time, and each write of a file store waits for the disk.
var paces = map[string]int{"mongodb": 4, "file": 3}

// kind is that of the store.
func (c Config) kind() string {
	kind, _, _ := strings.Cut(c.Store, ":")
	kind, _, _ = strings.Cut(kind, "+")
	return kind
}

// given reports whether the store is the caller's, whose server is left alone.
func (c Config) given() bool { return strings.Contains(c.Store, ":") }

// Terms are what the promises of the run depend on.
func (c Config) Terms() check.Terms {
	return check.Terms{Lease: c.Lease, Bound: c.Bound(), Shared: c.Shared()}
}

// Shared reports whether a node that stands still may keep the store from the others.
func (c Config) Shared() bool { return !c.remote() }

// remote reports whether there is a network before the store.
func (c Config) remote() bool { return c.kind() != "file" && c.kind() != "sqlite" }

// clocks are how wrong those of the nodes go, in turn.
var clocks = []time.Duration{-90 * time.Second, 0, 90 * time.Second}
