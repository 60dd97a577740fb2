package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// About is what a node tells of itself beside what its engine knows.
type About struct {
	Host, Version string
	PID           int
	Functions     func() []string // names of those that it can run
}

// selfFormat is the version of what a node tells. Fields may be added without a
// new one: those that a reader does not know are passed over.
const selfFormat = 1

// A Self is what a node tells of itself to the others on its store.
type Self struct {
	Format    int                `json:"format"`
	Host      string             `json:"host"`
	PID       int                `json:"pid"`
	Version   string             `json:"version"`
	Started   time.Time          `json:"started"` // by the store's clock
	State     string             `json:"state"`   // running, paused or stopping
	Lease     lifecycle.Seconds  `json:"lease"`
	Skew      *lifecycle.Seconds `json:"skew,omitempty"` // of its clock; nil: not known
	Running   int                `json:"running"`        // attempts in its hands, of tasks of this store
	Executors map[string]Load    `json:"executors"`
	Functions []string           `json:"functions"`
}

// A Load is how full an executor is. One that does not tell has no places.
type Load struct {
	Running int `json:"running"`
	Places  int `json:"places"`
}

// A Member is a node on the store.
type Member struct {
	Node string
	Seen time.Time // by the store's clock
	Self Self      // empty when Err is not nil
	Err  error     // why what it tells can't be read
}

// Lists reports whether the store knows its nodes.
func (e *Engine) Lists() bool {
	_, ok := e.Store.(store.Members)
	return ok
}

// Members returns the nodes on the store, those that have died included; none
// when the store does not know them.
func (e *Engine) Members(ctx context.Context) ([]Member, error) {
	m, ok := e.Store.(store.Members)
	if !ok {
		return nil, nil
	}
	rows, err := m.Members(ctx)
	if err != nil {
		return nil, err
	}
	members := make([]Member, len(rows))
	for i, r := range rows {
		members[i] = Member{Node: r.Node, Seen: r.Seen}
		if members[i].Self, err = e.openSelf(r); err != nil {
			members[i].Err = fmt.Errorf("node %q: %w", r.Node, err)
		}
	}
	return members, nil
}

func (e *Engine) openSelf(r store.Member) (Self, error) {
	told, err := e.Keeper.OpenNode(r.Node, r.Data)
	if err != nil {
		return Self{}, err
	}
	var s Self
	if err := json.Unmarshal(told, &s); err != nil {
		return Self{}, fmt.Errorf("its row can't be read: %w", err)
	}
	if s.Format != selfFormat {
		return Self{}, fmt.Errorf("its row has the format %d; this program reads format %d", s.Format, selfFormat)
	}
	return s, nil
}

// Self is what this node tells now.
func (e *Engine) Self() Self {
	s := Self{
		Format: selfFormat, Host: e.About.Host, PID: e.About.PID, Version: e.About.Version,
		Started: e.started, State: e.state(), Lease: lifecycle.Seconds(e.Lease),
		Running: e.attempts(), Executors: map[string]Load{}, Functions: e.About.Functions(),
	}
	if skew, known := e.Skew(); known {
		s.Skew = (*lifecycle.Seconds)(&skew)
	}
	for alias, x := range e.Executors {
		var l Load
		if g, ok := x.(executor.Gauge); ok {
			l.Running, l.Places = g.Load()
		}
		s.Executors[alias] = l
	}
	return s
}

// attempts is how many are in this node's hands.
func (e *Engine) attempts() (n int) {
	e.hands.Lock()
	defer e.hands.Unlock()
	for _, t := range e.loop.held {
		n += len(t.handles)
	}
	return n
}

func (e *Engine) state() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.draining:
		return "stopping"
	case e.paused:
		return "paused"
	}
	return "running"
}
