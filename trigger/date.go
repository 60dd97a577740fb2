package trigger

import (
	"errors"
	"time"
)

type date struct {
	at   time.Time
	zone *zone // nil: UTC
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
	d := &date{at: time.UnixMicro(t.Add(time.Microsecond - 1).UnixMicro()).UTC()}
	if z, err := zoneOf(t.Location()); err == nil && z != utc {
		d.zone = z
	}
	return d
}

func (d *date) Type() string { return "date" }

func (d *date) Next(prev, _ time.Time) (time.Time, bool) {
	if !prev.IsZero() && !prev.Before(d.at) {
		return time.Time{}, false
	}
	return d.at.In(d.location()), true
}

func (d *date) Jump(prev, now time.Time) (time.Time, int) {
	if d.at.After(prev) && !d.at.After(now) {
		return d.at.In(d.location()), 1
	}
	return time.Time{}, 0
}

func (d *date) location() *time.Location { return (&bounds{zone: d.zone}).location() }

func (d *date) String() string {
	at := d.at.In(d.location())
	s := "once at " + at.Format("2006-01-02 15:04:05.999999")
	return s + ", " + at.Location().String()
}

func (d *date) MarshalJSON() ([]byte, error) {
	if _, err := instant("run_at", d.at); err != nil {
		return nil, err
	}
	w := newWriter("date")
	w.text("run_at", d.at.In(d.location()).Format(time.RFC3339Nano))
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
	return &date{at: at, zone: z}, nil
}
