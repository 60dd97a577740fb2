package lifecycle

import (
	"slices"
	"time"
)

// A Moment is what a transition may know of the world beside the state.
type Moment struct {
	Now   time.Time
	Node  string
	Lease time.Duration // 0: runs need none
	// Alive reports whether a run of this node is really in its hands.
	Alive func(id string, r Run) bool
	// Room takes a place for one more run, if there is one.
	Room func() bool
	// Random returns a number in [0, 1).
	Random func() float64
}

// A Decision is what a transition decided beside the new state.
type Decision struct {
	Start   []Run    // runs that begin now, on this node
	Ended   []Ending // fires that ended without a run, and runs given up
	Lost    []Run    // runs whose nodes died and that will run again
	Changed bool     // the state must be written
}

// Plan decides all that is due at m.Now. It writes the decision to d, whose
// memory it uses again.
func Plan(s *State, m *Moment, d *Decision) *State {
	d.Reset()
	n := s.clone()
	n.recover(m, d)
	n.fire(m, d)
	n.start(m, d)
	return n
}

// Reset empties the decision and keeps its memory.
func (d *Decision) Reset() {
	*d = Decision{Start: d.Start[:0], Ended: d.Ended[:0], Lost: d.Lost[:0]}
}

// FireShutdown decides the fire of a shutdown task: the scheduler stops now.
func FireShutdown(s *State, m *Moment, d *Decision) *State {
	d.Reset()
	n := s.clone()
	n.admit(0, n.unique(m.Now))
	n.start(m, d)
	d.Changed = true
	return n
}

// recover deals with runs whose leases have ended, and with those that this
// node is said to have but doesn't: their start was written and its answer lost.
func (s *State) recover(m *Moment, d *Decision) {
	kept := s.Runs[:0]
	for _, r := range s.Runs {
		ours := r.Node == m.Node
		if !r.Running() || (ours && m.Alive(s.Def.ID, r)) || (!ours && (r.Lease.IsZero() || r.Lease.After(m.Now))) {
			kept = append(kept, r)
			continue
		}
		d.Changed = true
		if s.Def.OnLost == Skip {
			e := r.Ending(Abandoned, m.Now)
			e.Error = "the node " + r.Node + " did not renew its lease"
			d.Ended, s.Last = append(d.Ended, e), &e
			continue
		}
		d.Lost = append(d.Lost, r)
		r.Node, r.Lease, r.NotBefore = "", time.Time{}, r.Fire
		r.Recovered++
		kept = append(kept, r)
	}
	s.Runs = kept
}

// fire turns the instants that have come into runs, or into endings that say
// why not, and moves on to the next instant.
func (s *State) fire(m *Moment, d *Decision) {
	if s.Paused || s.Next.IsZero() || s.Next.Add(s.Delay).After(m.Now) {
		return
	}
	d.Changed = true
	last, more := span(s.series, s.Next, m.Now)
	if more == 0 {
		last = s.Next
	}
	if kept, ok := s.punctual(last, 1+more, m, d); ok {
		s.runKept(kept, last, m, d)
	}
	s.Prev = last.Round(0)
	if next, ok := s.series.Next(last, m.Now); ok {
		s.schedule(next, m.Now, m.Random)
	} else {
		s.unschedule()
	}
}

// batch is a part of the series: n instants from first to last.
type batch struct {
	first time.Time
	n     int
}

// punctual reports the instants that are later than the grace time as missed,
// and returns the others.
func (s *State) punctual(last time.Time, n int, m *Moment, d *Decision) (batch, bool) {
	b := batch{first: s.Next, n: n}
	if s.Def.Grace <= 0 {
		return b, true
	}
	limit := m.Now.Add(-s.Def.Grace)
	if !s.Next.Add(s.Delay).Before(limit) {
		return b, true
	}
	missed, late := s.Next, 1
	if at, k := span(s.series, s.Next, limit.Add(-1)); k > 0 {
		missed, late = at, 1+k
	}
	s.skip(Missed, s.Next, missed, late, m, d)
	if !last.After(missed) {
		return batch{}, false
	}
	first, ok := s.series.Next(missed, m.Now)
	return batch{first: first, n: max(n-late, 1)}, ok
}

// runKept makes runs of a batch of instants that shall run.
func (s *State) runKept(b batch, last time.Time, m *Moment, d *Decision) {
	switch {
	case len(s.Runs) >= s.Def.MaxInstances:
		s.skip(MaxInstances, b.first, last, b.n, m, d)
	case b.n == 1:
		s.admit(0, last)
	case s.Def.Coalesce:
		before := lastOf(s.series, b.first.Add(-1), last.Add(-1), 1)
		s.admit(b.n-1, last)
		s.skip(Coalesced, b.first, before[0], b.n-1, m, d)
		d.Ended[len(d.Ended)-1].Into = last.UTC()
	default:
		fires := lastOf(s.series, b.first.Add(-1), last, s.Def.CatchUp)
		if over := b.n - len(fires); over > 0 {
			before := lastOf(s.series, b.first.Add(-1), fires[0].Add(-1), 1)
			s.skip(Missed, b.first, before[0], over, m, d)
		}
		s.admit(0, fires...)
	}
}

// admit puts fires among the runs in flight, to start when there is room.
func (s *State) admit(coalesced int, fires ...time.Time) {
	for _, at := range fires {
		at = at.Round(0).UTC()
		s.Runs = append(s.Runs, Run{Fire: at, Source: Scheduled, NotBefore: at, Coalesced: coalesced})
	}
}

// skip reports n fires, from first to last, that end without a run.
func (s *State) skip(o Outcome, first, last time.Time, n int, m *Moment, d *Decision) {
	e := Ending{Outcome: o, Fire: last.Round(0).UTC(), Count: n, Source: Scheduled, Ended: m.Now.Round(0).UTC()}
	if n > 1 {
		e.First = first.Round(0).UTC()
	}
	d.Ended = append(d.Ended, e)
}

// start begins waiting runs, the oldest first, as far as the limits allow.
func (s *State) start(m *Moment, d *Decision) {
	running := s.running()
	if running == len(s.Runs) || running >= s.Def.MaxInstances {
		return
	}
	slices.SortStableFunc(s.Runs, func(a, b Run) int { return a.Fire.Compare(b.Fire) })
	for i := range s.Runs {
		r := &s.Runs[i]
		if running >= s.Def.MaxInstances {
			return
		}
		if r.Running() || r.NotBefore.After(m.Now) || !s.mayStart(r) {
			continue
		}
		if !m.Room() {
			return
		}
		running++
		r.Node, r.Started, r.NotBefore = m.Node, m.Now.Round(0).UTC(), time.Time{}
		if m.Lease > 0 {
			r.Lease = r.Started.Add(m.Lease)
		}
		r.Attempt++
		d.Start, d.Changed = append(d.Start, *r), true
	}
}

// unique returns a fire time at or after t that no run in flight has.
func (s *State) unique(t time.Time) time.Time {
	t = t.Round(0).UTC().Truncate(time.Microsecond)
	for slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Fire.Equal(t) }) {
		t = t.Add(time.Microsecond)
	}
	return t
}
