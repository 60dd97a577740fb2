package asyncz

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A Status is how all is going on the stores, whoever works on them.
type Status struct {
	// Problems are what keeps tasks from being run, each told once a store:
	// no_node, overdue, unreadable. Without any, all is well.
	Problems []Finding `json:"problems"`
	// Warnings are what somebody should look at though all tasks are run: stale_node,
	// unreadable_node, clock, unlisted_nodes.
	Warnings []Finding     `json:"warnings"`
	Stores   []StoreStatus `json:"stores"`
	Nodes    []Node        `json:"nodes"`
}

// A StoreStatus is what there is in one store.
type StoreStatus struct {
	Store      string                `json:"store"`
	Tasks      int                   `json:"tasks"`
	States     map[ScheduleState]int `json:"schedule_states"` // tasks by their state; those that are none are left out
	Due        int                   `json:"due"`             // tasks that somebody should start something of now
	Late       int                   `json:"late"`            // of these, those that are due for more than a minute
	Running    int                   `json:"running"`         // runs in the hands of nodes
	Waiting    int                   `json:"waiting"`         // runs that wait for their start or their next attempt
	Next       time.Time             `json:"next_run_time,omitzero"`
	NextTask   string                `json:"next_task,omitempty"`
	Alive      int                   `json:"nodes_alive"`
	Stale      int                   `json:"nodes_stale"`
	ListsNodes bool                  `json:"lists_nodes"` // see [Scheduler.ListsNodes]

	takers int // nodes that are alive and take work
	oldest Task
}

// wrongClock is how far a node's clock may be from the store's without a warning.
const wrongClock = time.Second

// Status reads all tasks and the list of nodes, and says how all is going. It
// changes nothing.
func (s *Scheduler) Status(ctx context.Context) (Status, error) {
	st := Status{Problems: []Finding{}, Warnings: []Finding{}}
	var err error
	if st.Nodes, err = s.Nodes(ctx); err != nil {
		return st, err
	}
	for _, alias := range s.aliases {
		p := s.parts[alias]
		one := StoreStatus{Store: alias, States: map[ScheduleState]int{}, ListsNodes: p.engine.Lists()}
		for t, err := range p.tasks(ctx) {
			if err != nil {
				return st, fmt.Errorf("store %q: %w", alias, err)
			}
			one.count(t, p.engine.Now())
		}
		for _, n := range st.Nodes {
			for _, on := range n.Stores {
				if on.Store == alias {
					one.meet(n, on)
					st.Warnings = append(st.Warnings, warnings(n, on)...)
				}
			}
		}
		st.Problems = append(st.Problems, one.problems()...)
		if !one.ListsNodes {
			st.Warnings = append(st.Warnings, Finding{Store: alias, Problem: "unlisted_nodes", Detail: "this store does not know which nodes work on it"})
		}
		st.Stores = append(st.Stores, one)
	}
	return st, nil
}

// count adds a task.
func (s *StoreStatus) count(t Task, now time.Time) {
	s.Tasks++
	s.States[t.State]++
	if t.state == nil {
		return
	}
	for _, r := range t.Runs {
		if r.Node != "" {
			s.Running++
		} else {
			s.Waiting++
		}
	}
	if t.State == StateScheduled && (s.Next.IsZero() || t.NextRunTime.Before(s.Next)) {
		s.Next, s.NextTask = t.NextRunTime, t.ID
	}
	due := t.state.Due()
	if due.IsZero() || due.After(now) || t.state.Label() == lifecycle.ShutdownLabel {
		return
	}
	s.Due++
	if now.Sub(due) > overdueAfter {
		s.Late++
		if s.oldest.state == nil || due.Before(s.oldest.state.Due()) {
			s.oldest = t
		}
	}
}

// meet adds a node on this store.
func (s *StoreStatus) meet(n Node, on NodeStore) {
	if on.Stale {
		s.Stale++
		return
	}
	s.Alive++
	if on.Err != nil || n.State == NodeRunning {
		s.takers++
	}
}

func (s *StoreStatus) problems() []Finding {
	var found []Finding
	find := func(task, problem, format string, args ...any) {
		found = append(found, Finding{s.Store, task, problem, fmt.Sprintf(format, args...)})
	}
	waits := s.States[StateScheduled]+s.Running+s.Waiting > 0
	switch {
	case !s.ListsNodes || !waits || s.takers > 0:
	case s.Alive == 0:
		find("", "no_node", "tasks are scheduled, and no scheduler that is alive works on this store; start one")
	default:
		find("", "no_node", "tasks are scheduled, and all schedulers on this store are paused or stopping: %d", s.Alive)
	}
	if s.Late > 0 {
		find(s.oldest.ID, "overdue", "%d tasks are due for more than a minute, this one since %v; doctor tells what can't be run",
			s.Late, s.oldest.state.Due().Format(time.RFC3339))
	}
	if n := s.States[StateUnreadable]; n > 0 {
		find("", "unreadable", "%d tasks can't be read; doctor tells why", n)
	}
	return found
}

// warnings are about a node on one store.
func warnings(n Node, on NodeStore) []Finding {
	warn := func(problem, format string, args ...any) []Finding {
		return []Finding{{Store: on.Store, Problem: problem, Detail: "node " + n.Name + ": " + fmt.Sprintf(format, args...)}}
	}
	switch {
	case on.Stale:
		return warn("stale_node", "not seen for %v, which is longer than its lease of %v; it has died, is suspended, or can't reach the store",
			on.Age.Round(time.Second), on.Lease)
	case on.Err != nil:
		return warn("unreadable_node", "%v", on.Err)
	case on.Skew != nil && on.Skew.Abs() > wrongClock:
		return warn("clock", "its clock is %v %s that of the store; set the wrong one, and keep both right by NTP", on.Skew.Abs().Round(time.Millisecond), side(*on.Skew))
	}
	return nil
}

func side(skew time.Duration) string {
	if skew < 0 {
		return "behind"
	}
	return "ahead of"
}
