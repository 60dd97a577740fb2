package trigger

import (
	"math/bits"
	"time"
)

// Jump counts what the masks let through day by day of the calendar, and so
// takes time for the months in the span, not for the instants.
func (c *cron) Jump(prev, now time.Time) (time.Time, int) {
	from, until := c.span(prev.Unix()+1, now.Unix())
	if from > until {
		return time.Time{}, 0
	}
	n := c.count(from, until)
	if n == 0 {
		return time.Time{}, 0
	}
	// The last instant is the latest start of a span that still holds one.
	width := int64(1)
	for until-width > from && c.count(until-width, until) == 0 {
		width *= 2
	}
	start := max(from, until-width)
	for start < until {
		middle := until - (until-start)/2
		if c.count(middle, until) > 0 {
			start = middle
		} else {
			until = middle - 1
		}
	}
	return time.Unix(start, 0).In(c.zone.loc), int(n)
}

// count returns how many instants there are, both ends included.
func (c *cron) count(from, until int64) int64 {
	var n int64
	for p := c.zone.at(from); ; p = c.zone.at(p.end) {
		start, end := max(from, p.start)+p.offset, min(until+1, p.end)+p.offset
		if c.once {
			start = max(start, p.high)
		}
		n += c.between(start, end) + c.countShifted(p, from, until)
		if p.end > until {
			return n
		}
	}
}

// countShifted returns how many instants fire for the gap before the period and
// for nothing else.
func (c *cron) countShifted(p period, from, until int64) (n int64) {
	if !c.shift || p.offset <= p.before {
		return 0
	}
	wall, end := p.gap()
	wall, end = max(wall, from+p.before), min(end, until+1+p.before)
	for ; wall < end; wall++ {
		var ok bool
		if wall, ok = c.match(wall); !ok || wall >= end {
			break
		}
		shown := wall - p.before + p.offset
		if same, ok := c.match(shown); !ok || same != shown {
			n++
		}
	}
	return n
}

// between counts the wall clock times that match, the end excluded.
func (c *cron) between(from, until int64) int64 {
	from = max(from, 0)
	if from >= until {
		return 0
	}
	first, last := int(from/daySeconds), int(until/daySeconds)
	n := c.timesBefore(int(until%daySeconds))*c.daysBetween(last, last+1) -
		c.timesBefore(int(from%daySeconds))*c.daysBetween(first, first+1)
	return n + c.perDay*c.daysBetween(first, last)
}

// daysBetween counts the days that match, the last one excluded.
func (c *cron) daysBetween(from, until int) (n int64) {
	if from >= until {
		return 0
	}
	year, month, dom := calendar(from)
	for first := from - dom + 1; first < until; first = dayNumber(year, month) {
		if c.month>>month&1 != 0 && c.hasYear(year) {
			mask := c.monthDays(year, month, first)
			if first < from {
				mask &^= upTo(from - first)
			}
			if until-first < 31 {
				mask &= upTo(until - first)
			}
			n += int64(bits.OnesCount32(mask))
		}
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
	return n
}

// timesBefore counts the times of a day that match before one, in seconds.
func (c *cron) timesBefore(clock int) int64 {
	h, m, s := clock/3600, clock/60%60, clock%60
	minutes, seconds := bits.OnesCount64(c.minute), bits.OnesCount64(c.second)
	n := bits.OnesCount32(c.hour&(1<<h-1)) * minutes * seconds
	if c.hour>>h&1 != 0 {
		n += bits.OnesCount64(c.minute&(1<<m-1)) * seconds
		if c.minute>>m&1 != 0 {
			n += bits.OnesCount64(c.second & (1<<s - 1))
		}
	}
	return int64(n)
}
