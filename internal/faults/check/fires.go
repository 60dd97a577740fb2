package check

import (
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

// accounted: each fire of the load is done, or an event says why not.
func (c *checker) accounted(broken func(string, time.Time, string, ...any)) {
	for _, d := range c.declared {
		explained := c.explanations(d)
		for _, at := range fires(d) {
			if c.done(d.Task, at) || explained[at.UnixNano()] {
				continue
			}
			if c.diedUntold(d.Task, at) {
				c.untold++
				continue
			}
			broken(d.Task, at, "has neither a finished run nor an event that says why not%s", c.tale(d.Task, at))
		}
	}
}

// done reports whether a run of the fire has finished.
func (c *checker) done(task string, fire time.Time) bool {
	for _, e := range c.ends[keyOf(task, fire)] {
		if e.How == "done" {
			return true
		}
	}
	return false
}

// without are the outcomes of fires that have no run which succeeded.
var without = map[string]bool{"missed": true, "coalesced": true, "max_instances": true, "abandoned": true, "cancelled": true, "failed": true}

// explanations are the fires of a task of which an event, or the run that stands for
// them, says what became of them.
func (c *checker) explanations(d evidence.Line) map[int64]bool {
	all := map[int64]bool{}
	for _, e := range c.events[d.Task] {
		if e.Event != "run_ended" || !without[e.Outcome] {
			continue
		}
		first := e.Fire
		if !e.First.IsZero() {
			first = e.First
		}
		for at := first; !at.After(e.Fire); at = at.Add(d.Every) {
			all[at.UnixNano()] = true
		}
	}
	for k, begins := range c.attempts {
		if k.task != d.Task || begins[0].Count == 0 {
			continue
		}
		for i := range begins[0].Count {
			all[begins[0].Fire.Add(-time.Duration(i+1)*d.Every).UnixNano()] = true
		}
	}
	return all
}

// diedUntold reports whether the process that decided what becomes of a fire was
// killed before it can have told it.
func (c *checker) diedUntold(task string, fire time.Time) bool {
	for _, l := range c.lives[task] {
		var last step // that had it in its hands
		for rev := uint64(1); rev <= l.last; rev++ {
			x, known := l.chain[rev]
			if !known || x.by.op == "claim" || x.state != nil && x.state.Prev.Before(fire) {
				continue
			}
			last = x.by
			if x.state == nil || !slices.ContainsFunc(x.state.Runs, func(r evidence.Run) bool { return r.Fire.Equal(fire) }) {
				break
			}
		}
		if p := c.processes[last.proc]; p != nil {
			return !p.stopped && p.told.Before(last.asked)
		}
	}
	return false
}

// tale says what is known of a fire, for the reader of a violation.
func (c *checker) tale(task string, fire time.Time) string {
	s := ""
	for _, b := range c.attempts[keyOf(task, fire)] {
		s += "; attempt " + itoa(b.Attempt) + " began on " + b.Node + " at " + b.At.Format("15:04:05.000")
	}
	for _, e := range c.ends[keyOf(task, fire)] {
		s += "; " + e.How + " at " + e.At.Format("15:04:05.000")
	}
	return s
}

// acknowledged: what the operator was told is kept has run.
func (c *checker) acknowledged(broken func(string, time.Time, string, ...any)) {
	for task, edits := range c.edits {
		for _, e := range edits {
			if e.How == "once" && e.Error == "" && !c.done(task, e.Fire) {
				broken(task, e.Fire, "was acknowledged and has not run%s", c.tale(task, e.Fire))
			}
		}
	}
}

// phantoms: each run is of a fire that the task had.
func (c *checker) phantoms(broken func(string, time.Time, string, ...any)) {
	declared := map[string]evidence.Line{}
	for _, d := range c.declared {
		declared[d.Task] = d
	}
	for _, begins := range c.attempts {
		b := begins[0]
		if d, ok := declared[b.Task]; ok {
			if b.Fire.After(d.Until) || !in(b.Fire, d.First, d.Every) {
				broken(b.Task, b.Fire, "ran on %s and is no fire of the task", b.Node)
			}
			continue
		}
		if !c.asked(b) {
			broken(b.Task, b.Fire, "ran on %s, attempt %d, %s, and no edit asked for it", b.Node, b.Attempt, b.Source)
		}
	}
}

// asked reports whether an edit before the run asked for its fire.
func (c *checker) asked(b evidence.Line) bool {
	for _, e := range c.edits[b.Task] {
		if e.At.After(b.At) {
			continue
		}
		switch e.How {
		case "once":
			if e.Fire.Equal(b.Fire) {
				return true
			}
		case "run now":
			if e.Fire.Equal(b.Fire) || e.Error != "" {
				return true
			}
		default:
			if in(b.Fire, e.First, e.Every) {
				return true
			}
		}
	}
	return false
}

// early: no run begins before its time, by the clock of the host, which is the
// server's.
func (c *checker) early(broken func(string, time.Time, string, ...any)) {
	for _, begins := range c.attempts {
		if b := begins[0]; b.At.Before(b.Fire) {
			broken(b.Task, b.Fire, "began %v early on %s", b.Fire.Sub(b.At), b.Node)
		}
	}
}
