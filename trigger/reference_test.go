package trigger_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A reference is cron as slow and plain as can be: it looks at each minute of
// the clock. It knows five fields of Unix without L, W and #.
type reference struct {
	minute, hour, day, month, weekday map[int]bool
	either, hourStar                  bool
}

func newReference(expression string) (*reference, error) {
	fields := words(expression)
	if len(fields) != 5 {
		return nil, fmt.Errorf("%d fields", len(fields))
	}
	var sets [5]map[int]bool
	for i, f := range fields {
		set, err := referenceSet(strings.ToLower(f), i)
		if err != nil {
			return nil, err
		}
		sets[i] = set
	}
	r := &reference{minute: sets[0], hour: sets[1], day: sets[2], month: sets[3], weekday: sets[4]}
	if r.weekday[7] {
		r.weekday[0] = true
	}
	r.either = !strings.Contains(fields[2], "*") && !strings.Contains(fields[4], "*")
	r.hourStar = true
	for _, item := range strings.Split(fields[1], ",") {
		r.hourStar = r.hourStar && strings.HasPrefix(item, "*")
	}
	return r, nil
}

var (
	referenceLow  = [5]int{0, 0, 1, 1, 0}
	referenceHigh = [5]int{59, 23, 31, 12, 6}
)

func referenceSet(text string, field int) (map[int]bool, error) {
	set := map[int]bool{}
	low, high := referenceLow[field], referenceHigh[field]
	for _, item := range strings.Split(text, ",") {
		base, stepText, stepped := strings.Cut(item, "/")
		from, to, ranged := strings.Cut(base, "-")
		step, first, last := 1, low, high
		var err error
		if stepped {
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return nil, fmt.Errorf("step %q", stepText)
			}
		}
		if base != "*" {
			if first, err = referenceNumber(from, field); err != nil {
				return nil, err
			}
			switch {
			case ranged:
				if last, err = referenceNumber(to, field); err != nil {
					return nil, err
				}
			case !stepped:
				last = first
			}
		}
		if field == 4 && first == 7 {
			first = 0
			if last == 7 {
				last = 0
			}
		}
		if last < first { // around
			last += high - low + 1
		}
		if stepped && step > last-first {
			return nil, fmt.Errorf("step %d", step)
		}
		for n := first; n <= last; n += step {
			set[(n-low)%(high-low+1)+low] = true
		}
	}
	return set, nil
}

func referenceNumber(text string, field int) (int, error) {
	names := map[int]string{3: "janfebmaraprmayjunjulaugsepoctnovdec", 4: "sunmontuewedthufrisat"}[field]
	if i := strings.Index(names, text); len(text) == 3 && i >= 0 && i%3 == 0 {
		return i/3 + referenceLow[field], nil
	}
	if strings.ContainsAny(text, "+-") || len(text) > 6 {
		return 0, fmt.Errorf("number %q", text)
	}
	n, err := strconv.Atoi(text)
	high := referenceHigh[field]
	if field == 4 {
		high = 7
	}
	if err != nil || n < referenceLow[field] || n > high {
		return 0, fmt.Errorf("number %q", text)
	}
	return n, nil
}

// matches tells whether the clock and the calendar, given as if in UTC, match.
func (r *reference) matches(clock time.Time) bool {
	day, weekday := r.day[clock.Day()], r.weekday[int(clock.Weekday())]
	date := day && weekday
	if r.either {
		date = day || weekday
	}
	return date && r.month[int(clock.Month())] && r.hour[clock.Hour()] && r.minute[clock.Minute()]
}

// instants walks the minutes from a time on, which must be a full one, and
// returns the instants before the end. What the clock shows is followed from two
// days earlier, to know what it has shown before.
func (r *reference) instants(loc *time.Location, from, end time.Time) []time.Time {
	clockAt := func(t time.Time) time.Time {
		_, offset := t.In(loc).Zone()
		return t.UTC().Add(time.Duration(offset) * time.Second)
	}
	var found []time.Time
	add := func(t time.Time) {
		if !t.Before(from) && t.Before(end) {
			found = append(found, t.UTC())
		}
	}
	start := from.Add(-48 * time.Hour)
	latest := clockAt(start).Add(-time.Minute) // what the clock has reached
	for t := start; t.Before(end); t = t.Add(time.Minute) {
		clock := clockAt(t)
		if !r.hourStar {
			before := t.Add(-time.Minute)
			shift := before.Sub(clockAt(before)) // from the clock to the instant
			for gap := latest.Add(time.Minute); gap.Before(clock); gap = gap.Add(time.Minute) {
				if r.matches(gap) {
					add(gap.Add(shift))
				}
			}
		}
		repeated := !clock.After(latest)
		if r.matches(clock) && (r.hourStar || !repeated) {
			add(t)
		}
		if !repeated {
			latest = clock
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return slices.CompactFunc(found, time.Time.Equal)
}

func words(expression string) []string {
	return strings.FieldsFunc(strings.Trim(expression, "\r\n\t "), func(r rune) bool { return r == ' ' || r == '\t' })
}
