package trigger

import (
	"errors"
	"time"
)

// A date is small, because a queue of a million one-shot tasks has as many.
type date struct {
	micros int64 // since 1970
	zone   *zone // nil: UTC
}

var (
	_ Trigger = (*date)(nil)
	_ Jumper  = (*date)(nil)
)

// At fires once. A time that has passed already fires all the same, late.
//
// The time is kept in microseconds. One before 1970 or after 9999 has no JSON
// form, and so can't be added.
func At(t time.Time) Trigger {
	d := &date{micros: t.Add(time.Microsecond - 1).UnixMicro()}
	if z, err := zoneOf(t.Location()); err == nil && z != utc {
		d.zone = z
	}
	return d
}

func (d *date) Type() string { return "date" }

func (d *date) Next(prev, _ time.Time) (time.Time, bool) {
	at := d.at()
	if !prev.IsZero() && !prev.Before(at) {
		return time.Time{}, false
	}
	return at, true
}

func (d *date) Jump(prev, now time.Time) (time.Time, int) {
	if at := d.at(); at.After(prev) && !at.After(now) {
		return at, 1
	}
	return time.Time{}, 0
}

// at is the time, in the zone of the date.
func (d *date) at() time.Time {
	return time.UnixMicro(d.micros).In((&bounds{zone: d.zone}).location())
}

func (d *date) String() string {
	at := d.at()
	s := "once at " + at.Format("2006-01-02 15:04:05.999999")
	return s + ", " + at.Location().String()
}

func (d *date) MarshalJSON() ([]byte, error) {
	if _, err := instant("run_at", d.at().UTC()); err != nil {
		return nil, err
	}
	w := newWriter("date")
	w.text("run_at", d.at().Format(time.RFC3339Nano))
	if d.zone != nil {
		w.text("timezone", d.zone.name)
	}
	return w.bytes(), nil
}

func parseDate(o *object) (Trigger, error) {
	z := o.zone()
	at := o.time("run_at", z, instant)
	if err := o.done("run_at", "timezone"); err != nil {
		return nil, err
	}
	if at.IsZero() {
		return nil, errors.New(`run_at is missing: the time at which to fire, such as "2030-01-31T09:00:00Z"`)
	}
	return &date{micros: at.UnixMicro(), zone: z}, nil
}
