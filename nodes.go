package asyncz

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
)

// A NodeState says whether a node takes work.
type NodeState string

const (
	NodeRunning  NodeState = "running"
	NodePaused   NodeState = "paused"   // by [Scheduler.Pause]
	NodeStopping NodeState = "stopping" // it is shutting down

	// Those of a scheduler that is no node: see [Scheduler.State].
	NodeNotStarted NodeState = "not_started"
	NodeStopped    NodeState = "stopped"
)

// A Node is a scheduler in some process that works on the stores, as it last told
// of itself, which it does once a heartbeat; or one that has died. Its durations
// are seconds in JSON.
type Node struct {
	Name      string         `json:"node"` // see [Scheduler.Node]
	Host      string         `json:"host,omitempty"`
	PID       int            `json:"pid,omitempty"`
	Version   string         `json:"version,omitempty"` // of its program; see WithVersion
	State     NodeState      `json:"state,omitempty"`
	Started   time.Time      `json:"started,omitzero"`
	Seen      time.Time      `json:"seen"`  // when it last told
	Age       time.Duration  `json:"age"`   // how long ago that was
	Stale     bool           `json:"stale"` // on each of its stores that is longer than its lease
	Here      bool           `json:"here"`  // it is the scheduler that was asked
	Running   int            `json:"running"`
	Executors []NodeExecutor `json:"executors"`
	Functions []string       `json:"functions"`
	Skew      *time.Duration `json:"skew"` // of its stores the one that is furthest from zero
	Stores    []NodeStore    `json:"stores"`
	Err       error          `json:"-"` // why nothing can be read of what it tells
}

// A NodeStore is what a node tells of itself in one store.
type NodeStore struct {
	Store   string         `json:"store"` // the alias that the scheduler that was asked has for it
	Node    string         `json:"node"`  // the node's name in the runs there
	Seen    time.Time      `json:"seen"`  // by the store's clock, as Age and Stale are
	Age     time.Duration  `json:"age"`
	Lease   time.Duration  `json:"lease"`
	Stale   bool           `json:"stale"` // Age is more than Lease
	Running int            `json:"running"`
	Skew    *time.Duration `json:"skew"` // how far its clock is certainly ahead of the store's, or (negative) behind; nil: not known
	Err     error          `json:"-"`    // why what it tells can't be read
}

// A NodeExecutor is an executor of a node.
type NodeExecutor struct {
	Executor string `json:"executor"` // its alias
	Running  int    `json:"running"`
	Places   int    `json:"places"` // 0: it does not tell
}

// WithVersion says which version of the program this is, for [Node]. The default
// is that of the main module, as the Go command has noted it in the program.
func WithVersion(version string) Option {
	return func(c *settings) error { c.version = version; return nil }
}

// ListsNodes reports whether a store knows which nodes work on it. Of one that
// doesn't, each scheduler knows itself alone.
func (s *Scheduler) ListsNodes(alias string) (bool, error) {
	p, err := s.partOf(alias)
	return err == nil && p.engine.Lists(), err
}

// Nodes returns the nodes on the stores, those that are alive first, then by
// name. A node on several stores is one. This scheduler is among them while it
// runs, also where a store does not know its nodes: see [Scheduler.ListsNodes].
//
// A node that did not shut down stays for a day, as a stale one.
func (s *Scheduler) Nodes(ctx context.Context) ([]Node, error) {
	byName := map[string]*Node{}
	for _, alias := range s.aliases {
		p := s.parts[alias]
		members, err := s.members(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("store %q: the nodes: %w", alias, err)
		}
		for _, m := range members {
			name, _, _ := strings.Cut(m.Node, "/") // what newNode makes has none
			n := byName[name]
			if n == nil {
				n = &Node{Name: name, Stale: true, Here: name == s.node}
				byName[name] = n
			}
			n.join(p.alias, m, p.engine.Now(), s.settings.lease)
		}
	}
	nodes := make([]Node, 0, len(byName))
	for _, n := range byName {
		nodes = append(nodes, *n)
	}
	slices.SortFunc(nodes, func(a, b Node) int {
		if a.Stale != b.Stale {
			if a.Stale {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return nodes, nil
}

// members returns the nodes on one store, and this one while it runs.
func (s *Scheduler) members(ctx context.Context, p *part) ([]engine.Member, error) {
	if err := p.engine.LookAtClock(ctx); err != nil { // whether a node is stale is a matter of the store's clock
		return nil, err
	}
	members, err := p.engine.Members(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	self := p.engine.Node
	if s.state == started && !slices.ContainsFunc(members, func(m engine.Member) bool { return m.Node == self }) {
		members = append(members, engine.Member{Node: self, Seen: p.engine.Now(), Self: p.engine.Self()})
	}
	return members, nil
}

// join adds what the node tells in one more store.
func (n *Node) join(alias string, m engine.Member, now time.Time, lease time.Duration) {
	st := NodeStore{
		Store: alias, Node: m.Node, Seen: m.Seen, Age: max(now.Sub(m.Seen), 0), Lease: lease,
		Running: m.Self.Running, Skew: (*time.Duration)(m.Self.Skew), Err: m.Err,
	}
	if m.Err == nil {
		st.Lease = time.Duration(m.Self.Lease)
	}
	st.Stale = st.Age > st.Lease
	latest := len(n.Stores) == 0 || st.Age < n.Age
	n.Stores = append(n.Stores, st)
	n.Stale = n.Stale && st.Stale
	n.Running += st.Running
	if st.Skew != nil && (n.Skew == nil || st.Skew.Abs() > n.Skew.Abs()) {
		n.Skew = st.Skew
	}
	if latest {
		n.Seen, n.Age = st.Seen, st.Age
	}
	switch readable := n.Host != "" || n.PID != 0; {
	case m.Err != nil && !readable:
		n.Err = m.Err
	case m.Err == nil && (latest || !readable):
		n.describe(m.Self)
	}
	n.Functions = append(n.Functions, m.Self.Functions...)
	slices.Sort(n.Functions)
	n.Functions = slices.Compact(n.Functions)
}

// describe takes over what is the same in all stores of a node.
func (n *Node) describe(s engine.Self) {
	n.Err = nil
	n.Host, n.PID, n.Version, n.State = s.Host, s.PID, s.Version, NodeState(s.State)
	if n.Started.IsZero() || s.Started.Before(n.Started) {
		n.Started = s.Started
	}
	n.Executors = nil
	for _, alias := range slices.Sorted(maps.Keys(s.Executors)) {
		n.Executors = append(n.Executors, NodeExecutor{alias, s.Executors[alias].Running, s.Executors[alias].Places})
	}
}
