package lifecycle

import (
	"encoding/json"
	"slices"
	"time"
)

// A Result is how an attempt ended on the node that carried it out.
type Result struct {
	Fire    time.Time
	Attempt int
	Node    string
	Outcome Outcome // Executed, Failed or Cancelled
	Error   string
	Value   json.RawMessage
	Ended   time.Time
	// Final says that another attempt makes no sense.
	Final bool
	// GiveBack says that the attempt was broken off by the end of the scheduler:
	// the run goes back to be started by somebody else, if the task allows that.
	GiveBack bool
}

// Finish takes an attempt out of the state, or sends its run back to wait for
// the next one; waiting says which. It returns false when the state does not
// hold this attempt: the lease was lost, and the result changes nothing.
func Finish(s *State, r Result, m Moment) (next *State, e Ending, waiting, ok bool) {
	i := s.find(r.Fire, r.Attempt, r.Node)
	if i < 0 {
		return s, Ending{}, false, false
	}
	next = s.clone()
	run := &next.Runs[i]
	e = run.ending(r.Outcome, r.Ended)
	e.Error, e.Result = r.Error, r.Value
	switch {
	case r.GiveBack && s.Def.OnLost == Rerun:
		run.NotBefore, run.Attempt = run.Fire, run.Attempt-1
	case r.Outcome == Failed && !r.Final && run.Attempt < s.Def.Retry.Attempts:
		run.NotBefore = m.Now.Round(0).UTC().Add(s.Def.Retry.after(run.Attempt, m.Random()))
	default:
		next.Runs = slices.Delete(next.Runs, i, i+1)
		next.Last = &e
		return next, e, false, true
	}
	run.Node, run.Lease, run.Started = "", time.Time{}, time.Time{}
	next.Last = &e
	return next, e, true, true
}

// Holds reports whether the state holds this attempt, running on this node.
func (s *State) Holds(r Run) bool { return s.find(r.Fire, r.Attempt, r.Node) >= 0 }

// Lapsed reports whether the lease of an attempt that the state holds has ended.
func (s *State) Lapsed(r Run, now time.Time) bool {
	i := s.find(r.Fire, r.Attempt, r.Node)
	return i >= 0 && !s.Runs[i].Lease.IsZero() && !s.Runs[i].Lease.After(now)
}

func (s *State) find(fire time.Time, attempt int, node string) int {
	return slices.IndexFunc(s.Runs, func(r Run) bool {
		return r.Node == node && r.Attempt == attempt && r.Fire.Equal(fire)
	})
}

// Renew moves the leases of the node's runs to the end of another term. It
// reports whether there were any.
func Renew(s *State, m Moment) (*State, bool) {
	n, any := s.clone(), false
	for i := range n.Runs {
		if r := &n.Runs[i]; r.Node == m.Node && m.Alive(s.Def.ID, *r) {
			r.Lease, any = m.Now.Round(0).UTC().Add(m.Lease), true
		}
	}
	return n, any
}

// ending begins the report on a run.
func (r *Run) ending(o Outcome, at time.Time) Ending {
	return Ending{
		Outcome: o, Fire: r.Fire, Count: 1, Source: r.Source, Attempt: r.Attempt, Recovered: r.Recovered,
		Coalesced: r.Coalesced, Node: r.Node, Started: r.Started, Ended: at.Round(0).UTC(),
	}
}
