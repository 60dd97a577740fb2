package check

import (
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

// takeover is a run that another node than its holder took out of its hands.
type takeover struct {
	task string
	run  evidence.Run
	by   step
}

// taken calls f for each takeover.
func (c *checker) taken(f func(takeover)) {
	for task, lives := range c.lives {
		for _, l := range lives {
			l.pairs(func(before, after link, _ uint64) {
				if after.by.op == "delete" && after.by.node == operator {
					return
				}
				for _, r := range before.state.Runs {
					p, known := c.holder(r.Holder)
					if r.Holder == "" || !known || p.proc == after.by.proc {
						continue
					}
					if after.state == nil || !slices.ContainsFunc(after.state.Runs, r.Same) {
						f(takeover{task, r, after.by})
					}
				}
			})
		}
	}
}

// operator is the name of the process that edits tasks.
const operator = "operator"

// takeovers: two runs of one fire only when the earlier lease had ended.
func (c *checker) takeovers(broken func(string, time.Time, string, ...any)) {
	c.taken(func(t takeover) {
		if t.run.Lease.After(t.by.asked) {
			broken(t.task, t.run.Fire, "%s took attempt %d from %s %v before its lease ended", t.by.node, t.run.Attempt, t.run.Holder, t.run.Lease.Sub(t.by.asked))
		}
	})
}

// written: a run begins only after a write that puts it into the hands of this
// process was asked for, and once only, unless it was broken off: then it does not
// count, and may come again.
func (c *checker) written(broken func(string, time.Time, string, ...any)) {
	type start struct {
		proc    string
		attempt int
		key
	}
	asked := map[start]time.Time{}
	for task, lives := range c.lives {
		for _, l := range lives {
			for _, s := range l.steps {
				if s.state == nil || s.op == "seen" || !s.done() && !s.unknown() {
					continue
				}
				for _, r := range s.state.Runs {
					p, known := c.holder(r.Holder)
					k := start{s.proc, r.Attempt, keyOf(task, r.Fire)}
					if _, noted := asked[k]; known && p.proc == s.proc && !noted {
						asked[k] = s.asked
					}
				}
			}
		}
	}
	for k, begins := range c.attempts {
		seen := map[start]bool{} // and not broken off
		for _, b := range begins {
			s := start{b.Proc, b.Attempt, k}
			at, ok := asked[s]
			switch {
			case !ok || at.After(b.At):
				broken(b.Task, b.Fire, "attempt %d began on %s before the write that says so", b.Attempt, b.Node)
			case seen[s]:
				broken(b.Task, b.Fire, "attempt %d began twice on %s", b.Attempt, b.Node)
			}
			seen[s] = !c.brokenOff(k, b)
		}
	}
}

// brokenOff reports whether an attempt that began ended when its context did.
func (c *checker) brokenOff(k key, b evidence.Line) bool {
	return slices.ContainsFunc(c.ends[k], func(e evidence.Line) bool {
		return e.Proc == b.Proc && e.Attempt == b.Attempt && e.How == "broken off" && e.At.After(b.At)
	})
}

// causes: a lease ends only with its run, or by a fault.
func (c *checker) causes(broken func(string, time.Time, string, ...any)) {
	c.taken(func(t takeover) {
		p, _ := c.holder(t.run.Holder)
		// What befell the node when it should have renewed the lease, or before.
		from, to := t.run.Lease.Add(-2*c.Lease), t.by.asked
		if p.last.Before(to) || c.befell(p, from, to) || c.stood(p, from, to) {
			return
		}
		broken(t.task, t.run.Fire, "%s lost attempt %d to %s at %s, and nothing had befallen it", t.run.Holder, t.run.Attempt, t.by.node, to.Format("15:04:05.000"))
	})
}

// befell reports whether a fault concerned a node at that time.
func (c *checker) befell(p *process, from, to time.Time) bool {
	return slices.ContainsFunc(c.faults, func(f evidence.Line) bool {
		return (c.Shared || f.Node == p.node || f.Node == harness) && f.At.Before(to) && f.Until.After(from) && f.How != "step"
	})
}

// harness is the name under which faults stand that concern all nodes.
const harness = "harness"

// stood reports whether a process stood still for long though no fault says so:
// the machine has too much to do.
func (c *checker) stood(p *process, from, to time.Time) bool {
	for i, v := range p.vitals {
		if i > 0 && v.At.After(from) && p.vitals[i-1].At.Before(to) && v.At.Sub(p.vitals[i-1].At) > c.Lease/4 {
			return true
		}
	}
	return false
}
