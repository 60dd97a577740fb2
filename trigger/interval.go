package trigger

import (
	"fmt"
	"time"
)

type interval struct {
	bounds
	every time.Duration
}

var (
	_ Trigger  = (*interval)(nil)
	_ Anchorer = (*interval)(nil)
	_ Jumper   = (*interval)(nil)
	_ Jitterer = (*interval)(nil)
)

// Every fires at equal distances of elapsed time, whatever clocks on the wall
// do. The distance is kept in microseconds and is at most a hundred years.
//
// With [StartAt] the first instant is the start, and the n-th after it is
// start + n·d. Without, the series is fixed by [Anchorer], and the first instant
// is d after the anchor; before that, Next takes its now for the anchor.
func Every(d time.Duration, options ...Option) (Trigger, error) {
	s, err := apply(options)
	if err != nil {
		return nil, fmt.Errorf("interval: %w", err)
	}
	b, err := s.plain()
	if err != nil {
		return nil, err
	}
	return newInterval(d, b)
}

// MustEvery is like [Every] and panics on an error.
func MustEvery(d time.Duration, options ...Option) Trigger { return Must(Every(d, options...)) }

func newInterval(d time.Duration, b bounds) (Trigger, error) {
	if d <= 0 {
		return nil, fmt.Errorf("interval %v: it must be longer than zero", d)
	}
	if d < time.Microsecond || d > longest {
		return nil, fmt.Errorf("interval %v: it is not within 1µs and 100 years", d)
	}
	return &interval{bounds: b, every: d.Round(time.Microsecond)}, nil
}

func (i *interval) Type() string { return "interval" }

func (i *interval) Anchor(added time.Time) Trigger {
	if !i.start.IsZero() {
		return i
	}
	anchored := *i
	anchored.start = time.UnixMicro(ceilMicros(added) + i.every.Microseconds()).UTC()
	return &anchored
}

func (i *interval) Next(prev, now time.Time) (time.Time, bool) {
	if i.start.IsZero() {
		return i.Anchor(now).Next(prev, now)
	}
	from := ceilMicros(now)
	if !prev.IsZero() {
		from = floorMicros(prev) + 1
	}
	start, step := i.start.UnixMicro(), i.every.Microseconds()
	at := start
	if from > start {
		at += (from - start + step - 1) / step * step
	}
	if at > i.last() {
		return time.Time{}, false
	}
	return time.UnixMicro(at).In(i.location()), true
}

// last is the last microsecond at which the interval may fire.
func (i *interval) last() int64 {
	last := endOfTime*1e6 - 1
	if !i.end.IsZero() {
		last = min(last, i.end.UnixMicro())
	}
	return last
}

func (i *interval) Jump(prev, now time.Time) (time.Time, int) {
	if i.start.IsZero() {
		return time.Time{}, 0 // the anchor is now, and all is to come
	}
	start, step := i.start.UnixMicro(), i.every.Microseconds()
	// fires returns how many instants there are up to a microsecond.
	fires := func(until int64) int64 {
		if until < start {
			return 0
		}
		return (until-start)/step + 1
	}
	before := fires(min(floorMicros(prev), i.last()))
	after := fires(min(floorMicros(now), i.last()))
	if after <= before {
		return time.Time{}, 0
	}
	return time.UnixMicro(start + (after-1)*step).In(i.location()), int(after - before)
}
