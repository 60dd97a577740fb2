package trigger

import (
	"testing"
	"time"
	_ "time/tzdata"
)

var manyZones = []string{
	"UTC", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/St_Johns", "America/Caracas", "America/Asuncion",
	"America/Godthab", "America/Santiago", "Europe/London", "Europe/Zurich", "Europe/Dublin", "Europe/Istanbul", "Europe/Moscow",
	"Europe/Lisbon", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Cairo", "Africa/Monrovia", "Asia/Kathmandu", "Asia/Pyongyang",
	"Asia/Gaza", "Asia/Tehran", "Asia/Kolkata", "Asia/Manila", "Australia/Lord_Howe", "Australia/Sydney", "Australia/Eucla",
	"Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Pacific/Chatham", "Pacific/Easter", "Antarctica/Troll", "Etc/GMT+12", "Etc/GMT-14",
}

// The table must say what the time package says, also centuries after its end.
func TestZoneAgreesWithTheTimePackage(t *testing.T) {
	t.Parallel()
	for _, name := range manyZones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z, err := loadZone(name)
			if err != nil {
				t.Fatal(err)
			}
			compare := func(unix int64) {
				p := z.at(unix)
				_, want := time.Unix(unix, 0).In(z.loc).Zone()
				if p.offset != int64(want) || unix < p.start || unix >= p.end {
					t.Fatalf("at %v the period is %+v, want the offset %d", time.Unix(unix, 0).UTC(), p, want)
				}
			}
			for _, p := range z.periods[1:] {
				compare(p.start - 1)
				compare(p.start)
			}
			for unix := int64(-5e9); unix < endOfTime; unix += 511*daySeconds + 4711 {
				compare(unix)
			}
		})
	}
}

// What cron does with a gap supposes that the clock stays put for as long as the
// gap is.
func TestNoPeriodIsShorterThanTheGapBeforeIt(t *testing.T) {
	t.Parallel()
	for _, name := range manyZones {
		z, err := loadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range z.periods[1:] {
			if p.start >= 0 && p.end-p.start < p.offset-p.before {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

func TestCalendarAgreesWithTheTimePackage(t *testing.T) {
	t.Parallel()
	for day := 0; day < 146097*2; day++ { // two cycles of the calendar
		d := time.Unix(int64(day)*daySeconds, 0).UTC()
		year, month, dom := d.Year(), int(d.Month()), d.Day()
		if dayNumber(year, month)+dom-1 != day || (weekday(day)+1)%7 != int(d.Weekday()) {
			t.Fatalf("%v: day %d, weekday %d", d, dayNumber(year, month), weekday(day))
		}
		if _, week := d.ISOWeek(); isoWeek(day) != week {
			t.Fatalf("%v: week %d", d, isoWeek(day))
		}
		if next := d.AddDate(0, 0, 1); next.Day() == 1 && monthLength(year, month) != dom {
			t.Fatalf("%v: the month has %d days", d, monthLength(year, month))
		}
	}
}
