package cli

import (
	"fmt"
	"time"
)

// clock writes a time to the second.
func clock(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05")
}

// moment writes a time in the local zone, and how far away it is.
func moment(t, now time.Time) string {
	return clock(t, time.Local) + " (" + relative(t.Sub(now)) + ")"
}

// relative says in the two largest units how far away a time is.
func relative(d time.Duration) string {
	switch {
	case d.Abs() < 500*time.Millisecond:
		return "now"
	case d < 0:
		return span(-d) + " ago"
	}
	return "in " + span(d)
}

// span writes a duration in its two largest units.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	d = d.Round(time.Second)
	for _, u := range []struct {
		size, next time.Duration
		name, sub  string
	}{{365 * day, day, "y", "d"}, {day, time.Hour, "d", "h"}, {time.Hour, time.Minute, "h", "m"}, {time.Minute, time.Second, "m", "s"}} {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d%s", d/u.size, u.name)
		if rest := d % u.size / u.next; rest > 0 {
			text += fmt.Sprintf("%d%s", rest, u.sub)
		}
		return text
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
