package trigger

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// A zone is a time zone as a table of the periods between its transitions.
//
// The time package answers how a zone stands at one instant, and answers in
// hundreds of nanoseconds where it has to evaluate a rule. Cron needs the period
// on either side of a transition as well, and often.
type zone struct {
	name    string
	loc     *time.Location
	periods []period
	// first holds, for every span of bucketSize seconds since 1970, the period in
	// which the span begins.
	first []uint16
}

// A period is a span of time with one offset.
type period struct {
	start, end int64 // Unix seconds; end is not part of it
	offset     int64 // seconds east of Greenwich
	before     int64 // the offset of the period before
	// high is the latest wall clock time that any period before has reached: times
	// below it are shown for the second time, or were jumped over earlier.
	high int64
}

const (
	always     = int64(math.MaxInt64 / 4) // the end of a period that does not end
	bucketBits = 24                       // half a year
)

// Rules of zones follow the calendar, which repeats itself every 400 years:
// the table ends with one such cycle, and stands for all those that follow.
var (
	cycleStart = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	cycleEnd   = time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	tableEnd   = time.Date(2502, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
)

var zones sync.Map // name → *zone

var utc = newZone("UTC", time.UTC)

// loadZone returns the zone with an IANA name, UTC when it is empty.
func loadZone(name string) (*zone, error) {
	switch name {
	case "", "UTC":
		return utc, nil
	case "Local":
		return nil, fmt.Errorf(`timezone "Local" is another one on every machine; name the one that you mean, such as "Europe/Zurich"`)
	}
	if z, ok := zones.Load(name); ok {
		return z.(*zone), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("timezone %q is not known; use an IANA name such as \"Europe/Zurich\": %w", name, err)
	}
	z, _ := zones.LoadOrStore(name, newZone(name, loc))
	return z.(*zone), nil
}

// zoneOf returns the zone of a location. A trigger keeps no more of a location
// than its name, so the name must stand for it.
func zoneOf(loc *time.Location) (*zone, error) {
	if loc == nil {
		return nil, fmt.Errorf("timezone: the location is nil")
	}
	z, err := loadZone(loc.String())
	if err != nil {
		return nil, err
	}
	for month := time.January; month <= time.December; month++ {
		at := time.Date(2025, month, 1, 0, 0, 0, 0, time.UTC)
		_, want := at.In(loc).Zone()
		if int64(want) != z.at(at.Unix()).offset {
			return nil, fmt.Errorf("timezone %q: the location is not the IANA zone of that name; use time.LoadLocation", z.name)
		}
	}
	return z, nil
}

func newZone(name string, loc *time.Location) *zone {
	z := &zone{name: name, loc: loc}
	t := time.Unix(-1<<36, 0).In(loc) // earlier than any transition
	_, offset := t.Zone()
	high := int64(-always)
	z.periods = append(z.periods, period{start: -always, end: always, offset: int64(offset), before: int64(offset), high: high})
	for t.Unix() < tableEnd {
		_, end := t.ZoneBounds()
		switch {
		case end.IsZero():
			t = time.Unix(tableEnd, 0).In(loc)
			continue
		case end.After(t):
			t = end
		default: // the time package's bounds are wrong on the last day of a leap year
			t = t.Add(24 * time.Hour)
		}
		_, offset := t.Zone()
		last := &z.periods[len(z.periods)-1]
		if int64(offset) == last.offset {
			continue // the end of a year, or a change of the zone's name alone
		}
		last.end = t.Unix()
		high = max(high, last.end+last.offset)
		z.periods = append(z.periods, period{start: last.end, end: always, offset: int64(offset), before: last.offset, high: high})
	}
	z.index()
	return z
}

func (z *zone) index() {
	i := 0
	for bucket := range cycleEnd>>bucketBits + 1 {
		for z.periods[i].end <= bucket<<bucketBits {
			i++
		}
		z.first = append(z.first, uint16(i))
	}
}

// at returns the period in which an instant lies, given in Unix seconds.
func (z *zone) at(unix int64) period {
	if unix >= cycleEnd && z.periods[len(z.periods)-1].start > cycleStart {
		shift := (unix - cycleStart) / (cycleEnd - cycleStart) * (cycleEnd - cycleStart)
		p := z.at(unix - shift)
		p.start, p.end, p.high = p.start+shift, p.end+shift, p.high+shift
		return p
	}
	i := 0
	if unix >= 0 {
		i = int(z.first[min(unix>>bucketBits, int64(len(z.first)-1))])
	}
	for z.periods[i].end <= unix {
		i++
	}
	return z.periods[i]
}

// instant returns the Unix time of what a clock shows: the first of two, and
// for a time that the clock jumps over the one with the offset before the jump.
func (z *zone) instant(wall int64) int64 {
	for p := z.at(wall - maxOffset); ; p = z.at(p.end) {
		switch {
		case wall < p.start+p.offset:
			return wall - p.before
		case wall < p.end+p.offset:
			return wall - p.offset
		}
	}
}
