package check

import (
	"time"
)

// forward: the next run time goes back only when the operator says so.
func (c *checker) forward(broken func(string, time.Time, string, ...any)) {
	for task, lives := range c.lives {
		for _, l := range lives {
			l.pairs(func(before, after link, rev uint64) {
				if after.state == nil || after.by.node == operator {
					return
				}
				a, b := before.state, after.state
				if !a.Next.IsZero() && !b.Next.IsZero() && b.Next.Before(a.Next) || b.Prev.Before(a.Prev) {
					broken(task, a.Next, "revision %d, by %s, sets it back to %v", rev, after.by.node, b.Next)
				}
			})
		}
	}
}

// revisions: no two writes that were acknowledged made the same revision, and
// none is without one before it.
func (c *checker) revisions(broken func(string, time.Time, string, ...any)) {
	for task, lives := range c.lives {
		for _, l := range lives {
			made := map[uint64]step{}
			possible := map[uint64]bool{0: true}
			for _, s := range l.steps {
				if s.op != "seen" && (s.done() || s.unknown()) {
					possible[s.to] = true
				}
			}
			var seen uint64
			for _, s := range l.steps {
				switch {
				case s.op == "seen" && s.to < seen:
					broken(task, time.Time{}, "revision %d was seen after %d", s.to, seen)
				case s.op == "seen":
					seen = s.to
				case s.done():
					if first, twice := made[s.to]; twice {
						broken(task, time.Time{}, "revision %d was made by %s (%s) and by %s (%s)", s.to, first.node, first.op, s.node, s.op)
					}
					made[s.to] = s
					if !possible[s.to-1] && !c.claimLost(s.asked) {
						broken(task, time.Time{}, "revision %d, by %s, follows none", s.to, s.node)
					}
				}
			}
		}
	}
}

// claimLost reports whether a claim without an answer may have moved a revision on
// before that time.
func (c *checker) claimLost(before time.Time) bool {
	for _, l := range c.lost {
		if l.At.Before(before.Add(c.Lease)) {
			return true
		}
	}
	return c.killedBefore(before)
}

// killedBefore reports whether a process died, which may have been about to write
// down a claim, before that time.
func (c *checker) killedBefore(at time.Time) bool {
	for _, p := range c.processes {
		if !p.stopped && p.last.Before(at) && p.node != operator && p.node != harness {
			return true
		}
	}
	return false
}

// instances: no record ever holds more running runs than the task allows.
func (c *checker) instances(broken func(string, time.Time, string, ...any)) {
	for task, lives := range c.lives {
		for _, l := range lives {
			for _, s := range l.steps {
				if s.state == nil || !s.done() {
					continue
				}
				running := 0
				for _, r := range s.state.Runs {
					if r.Holder != "" {
						running++
					}
				}
				if running > s.state.Max {
					broken(task, s.state.Prev, "has %d runs in flight at revision %d, and may have %d", running, s.to, s.state.Max)
				}
			}
		}
	}
}
