package lifecycle

import (
	"encoding/json"
	"slices"
	"time"
)

// A Result is how an attempt ended on the node that carried it out.
type Result struct {
	Run     *Run    // the attempt, as it was started
	Outcome Outcome // Executed, Failed or Cancelled
	Error   string
	Value   json.RawMessage
	Ended   time.Time
	// Final says that another attempt makes no sense.
	Final bool
	// GiveBack says that the attempt was broken off by the end of the scheduler:
	// the run goes back to be started by somebody else, if the task allows that.
	GiveBack bool
	// NotBegun says that the function was never called: the run goes back, whatever
	// the task allows, as if nothing had been.
	NotBegun bool
}

// Ending is the report on an attempt whose state is not at hand.
func (r *Result) Ending() Ending {
	e := r.Run.Ending(r.Outcome, r.Ended)
	e.Error, e.Result = r.Error, r.Value
	return e
}

// Finish takes an attempt out of the state, or sends its run back to wait for
// the next one; waiting says which. It returns false when the state does not
// hold this attempt: the lease was lost, and the result changes nothing.
func Finish(s *State, r *Result, m *Moment) (next *State, e Ending, waiting, ok bool) {
	i := s.find(r.Run)
	if i < 0 {
		return s, Ending{}, false, false
	}
	e = s.Runs[i].Ending(r.Outcome, r.Ended)
	e.Error, e.Result = r.Error, r.Value
	giveBack := r.NotBegun || (r.GiveBack && s.Def.OnLost == Rerun)
	again := r.Outcome == Failed && !r.Final && s.Runs[i].Attempt < s.Def.Retry.Attempts
	if !giveBack && !again {
		return s.without(i, e), e, false, true
	}
	next = s.clone()
	run := &next.Runs[i]
	if giveBack {
		run.NotBefore, run.Attempt = run.Fire, run.Attempt-1
	} else {
		run.NotBefore = m.Now.Round(0).UTC().Add(s.Def.Retry.after(run.Attempt, m.Random()))
	}
	run.Node, run.Lease, run.Started = "", time.Time{}, time.Time{}
	if !r.NotBegun {
		next.remember(e)
	}
	return next, e, true, true
}

// without returns the state less a run, which has ended like this.
func (s *State) without(i int, e Ending) *State {
	next := *s
	next.Runs = nil
	if len(s.Runs) > 1 {
		next.Runs = slices.Delete(slices.Clone(s.Runs), i, i+1)
	}
	if !next.Done() { // of a task that is to be removed nothing is to be remembered
		next.remember(e)
	}
	return &next
}

func (s *State) remember(e Ending) { s.Last = &e }

// LeaseOf returns when the lease of an attempt ends (zero: never), and whether the
// state holds the attempt.
func (s *State) LeaseOf(r *Run) (end time.Time, held bool) {
	i := s.find(r)
	if i < 0 {
		return time.Time{}, false
	}
	return s.Runs[i].Lease, true
}

// Lapsed reports whether an attempt may be another node's: the state doesn't hold
// it, or its lease has ended.
func (s *State) Lapsed(r *Run, now time.Time) bool {
	end, held := s.LeaseOf(r)
	return !held || (!end.IsZero() && !end.After(now))
}

func (s *State) find(r *Run) int {
	for i := range s.Runs {
		if x := &s.Runs[i]; x.Attempt == r.Attempt && x.Node == r.Node && x.Fire.Equal(r.Fire) {
			return i
		}
	}
	return -1
}

// Renew moves the leases of the node's runs to the end of another term. It
// reports whether there were any.
func Renew(s *State, m *Moment) (*State, bool) {
	n, any := s.clone(), false
	for i := range n.Runs {
		if r := &n.Runs[i]; r.Node == m.Node && m.Alive(s.Def.ID, *r) {
			r.Lease, any = m.Now.Round(0).UTC().Add(m.Lease), true
		}
	}
	return n, any
}

// Run is the attempt that a report is of.
func (e *Ending) Run() Run {
	return Run{
		Fire: e.Fire, Source: e.Source, Attempt: e.Attempt, Recovered: e.Recovered, Coalesced: e.Coalesced,
		Node: e.Node, Started: e.Started,
	}
}

// Ending begins the report on a run.
func (r *Run) Ending(o Outcome, at time.Time) Ending {
	return Ending{
		Outcome: o, Fire: r.Fire, Count: 1, Source: r.Source, Attempt: r.Attempt, Recovered: r.Recovered,
		Coalesced: r.Coalesced, Node: r.Node, Started: r.Started, Ended: at.Round(0).UTC(),
	}
}
