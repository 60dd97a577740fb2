package check

import (
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
)

// recovery: after the last fault each fire is taken up within the bound, and so is
// each run that died with its process.
func (c *checker) recovery(broken func(string, time.Time, string, ...any)) {
	for _, d := range c.declared {
		taken := c.takenUp(d)
		for _, at := range fires(d) {
			from := at
			if from.Before(c.healed) {
				from = c.healed
			}
			k := keyOf(d.Task, at)
			up, known := taken[k.fire]
			if known && up.Sub(from) > c.Bound && d.Op != setup.Rare { // which waits for those that know it
				broken(d.Task, at, "was taken up %v after the last fault, or after it was due", up.Sub(from))
			}
			if wait, ok := c.revived(k); ok && wait > c.Bound {
				broken(d.Task, at, "ran again %v after the last fault; its node had died before", wait)
			}
		}
	}
}

// takenUp tells when somebody decided what becomes of each fire.
func (c *checker) takenUp(d evidence.Line) map[int64]time.Time {
	all := map[int64]time.Time{}
	for _, l := range c.lives[d.Task] {
		next := d.First
		for rev := uint64(1); rev <= l.last; rev++ {
			x, known := l.chain[rev]
			if !known || x.state == nil {
				continue
			}
			for ; !next.After(x.state.Prev); next = next.Add(d.Every) {
				if _, noted := all[next.UnixNano()]; !noted {
					all[next.UnixNano()] = x.by.asked
				}
			}
		}
	}
	for k, begins := range c.attempts {
		if at, noted := all[k.fire]; k.task == d.Task && (!noted || begins[0].At.Before(at)) {
			all[k.fire] = begins[0].At
		}
	}
	return all
}

// revived tells how long after the last fault a run began again whose process had
// died by then.
func (c *checker) revived(k key) (time.Duration, bool) {
	var died bool
	for _, b := range c.attempts[k] {
		if b.At.After(c.healed) {
			return b.At.Sub(c.healed), died
		}
		p := c.processes[b.Proc]
		died = !p.stopped && p.last.Before(c.healed) && !c.ended(k, b)
	}
	return 0, false
}

// ended reports whether an attempt has come to its end.
func (c *checker) ended(k key, b evidence.Line) bool {
	for _, e := range c.ends[k] {
		if e.Proc == b.Proc && e.Attempt == b.Attempt {
			return true
		}
	}
	return false
}
