package trigger

import (
	"math"
	"time"
)

func (c *cron) Next(prev, now time.Time) (time.Time, bool) {
	from := ceilSeconds(now)
	if !prev.IsZero() {
		from = prev.Unix() + 1
	}
	from, until := c.span(from, endOfTime-1)
	if from > until {
		return time.Time{}, false
	}
	at, ok := c.after(from)
	if !ok || at > until {
		return time.Time{}, false
	}
	return time.Unix(at, 0).In(c.zone.loc), true
}

// span narrows a span of Unix seconds, both ends included, to that in which the
// trigger may fire.
func (c *cron) span(from, until int64) (int64, int64) {
	from, until = max(from, firstInstant), min(until, endOfTime-1)
	if !c.start.IsZero() {
		from = max(from, ceilSeconds(c.start))
	}
	if !c.end.IsZero() {
		until = min(until, c.end.Unix())
	}
	return from, until
}

// after returns the first instant at or after one.
//
// It goes from period to period of the zone. In each, what the clock shows grows
// with time, so that the next match of the calendar is the next instant, with two
// exceptions: what lies in the gap at the start of the period fires at the offset
// of the period before, and what was shown already may be left out.
func (c *cron) after(from int64) (int64, bool) {
	// No wall clock time from searched on, and below found, matches.
	searched, found := int64(math.MaxInt64), int64(0)
	for p := c.zone.at(from); ; {
		wall := max(from, p.start) + p.offset
		if c.once {
			wall = max(wall, p.high)
		}
		at, ok := c.shifted(p, from)
		if wall >= searched {
			wall = max(wall, found)
		} else {
			searched = wall
		}
		next, any := c.match(wall)
		if any && next < p.end+p.offset && (!ok || next-p.offset < at) {
			at, ok = next-p.offset, true
		}
		if ok {
			return at, true
		}
		if !any {
			next = always
		}
		if p, ok = c.skip(p, searched, next); !ok {
			return 0, false
		}
		found = next
	}
}

// skip returns the first period after p that may hold an instant, when no wall
// clock time from searched on and below found matches.
func (c *cron) skip(p period, searched, found int64) (period, bool) {
	if p.end >= endOfTime {
		return p, false
	}
	next := c.zone.at(p.end)
	if next.start+next.offset < searched {
		return next, true // it shows again what was not searched
	}
	if found >= always {
		return p, false
	}
	if near := found - maxOffset; near > next.start {
		next = c.zone.at(near)
	}
	for next.end+next.offset <= found {
		next = c.zone.at(next.end)
	}
	return next, true
}

// maxOffset is more than the difference between any two clocks.
const maxOffset = 26 * 60 * 60

// gap returns the wall clock times, the second one excluded, that the clock jumps
// over where the period begins.
func (p *period) gap() (from, until int64) {
	// A period that ends before the gap is over would fire in the next one.
	return max(p.high, p.start+p.before), min(p.start+p.offset, p.end+p.before)
}

// shifted returns the first instant at or after from whose wall clock time lies
// in the gap before the period.
func (c *cron) shifted(p period, from int64) (int64, bool) {
	if !c.shift || p.offset <= p.before {
		return 0, false
	}
	start, end := p.gap()
	if start = max(start, from+p.before); start >= end {
		return 0, false
	}
	wall, ok := c.match(start)
	return wall - p.before, ok && wall < end
}
