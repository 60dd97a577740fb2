package trigger

import (
	"fmt"
	"strings"
	"time"
)

// longest is how long an interval or a jitter may be.
const longest = 100 * 366 * 24 * time.Hour

// bounds are what an interval and cron have in common.
type bounds struct {
	zone       *zone // nil: UTC
	start, end time.Time
	jitter     time.Duration
}

// Jitter is the longest delay of a run.
func (b *bounds) Jitter() time.Duration { return b.jitter }

// End is the last time at which the trigger may fire; zero: no end.
func (b *bounds) End() time.Time { return b.end }

// location is the one in which instants are returned.
func (b *bounds) location() *time.Location {
	if b.zone == nil {
		return time.UTC
	}
	return b.zone.loc
}

// show writes a time of the trigger as the JSON form has it.
func (b *bounds) show(t time.Time) string { return t.In(b.location()).Format(time.RFC3339Nano) }

// write adds the keys to a JSON form.
func (b *bounds) write(w *writer) {
	if b.zone != nil {
		w.text("timezone", b.zone.name)
	}
	if !b.start.IsZero() {
		w.text("start_at", b.show(b.start))
	}
	if !b.end.IsZero() {
		w.text("end_at", b.show(b.end))
	}
	if b.jitter > 0 {
		w.number("jitter", decimal(b.jitter, time.Second))
	}
}

// String is the end of a sentence.
func (b *bounds) String() string {
	var s strings.Builder
	if !b.start.IsZero() {
		fmt.Fprintf(&s, ", from %s", b.show(b.start))
	}
	if !b.end.IsZero() {
		fmt.Fprintf(&s, ", until %s", b.show(b.end))
	}
	if b.jitter > 0 {
		fmt.Fprintf(&s, ", up to %v late", b.jitter)
	}
	return s.String()
}

// instant returns t as triggers keep times: in whole microseconds, as stores do,
// rounded up so that nothing is early. It is an error when t is out of range.
func instant(name string, t time.Time) (time.Time, error) {
	if t.Unix() < firstInstant || t.Unix() >= endOfTime {
		return time.Time{}, fmt.Errorf("%s %s is not within 1970-01-01 and %d-12-30", name, t.Format(time.RFC3339Nano), lastYear)
	}
	return time.UnixMicro(ceilMicros(t)).UTC(), nil
}

// instantBefore is instant rounded down, for a time after which nothing fires.
func instantBefore(name string, t time.Time) (time.Time, error) {
	return instant(name, t.Truncate(time.Microsecond))
}

// clamp brings a time into the range in which its microseconds can be counted.
func clamp(t time.Time) time.Time {
	if t.Unix() >= endOfTime {
		return time.Unix(endOfTime, 0)
	}
	if t.Unix() < firstInstant-1 {
		return time.Unix(firstInstant-1, 0)
	}
	return t
}

func floorMicros(t time.Time) int64 { return clamp(t).UnixMicro() }

func ceilMicros(t time.Time) int64 { return clamp(t).Add(time.Microsecond - 1).UnixMicro() }

func ceilSeconds(t time.Time) int64 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return s
}
