package trigger

import (
	"fmt"
	"strings"
)

// Fields is cron in words of its own: each field that is given must match. A
// field is a list, separated by commas, of "*", "*/n", "a", "a-b", "a-b/n" and
// "a/n", which counts from a to the highest.
//
// An empty field is not given. The fields that stand before the last one that
// is given are "*" then, and those behind it the lowest: month 1, day 1, hour,
// minute and second 0; week and day of week are always "*". With no field at all
// it is every second.
type Fields struct {
	Year      string // 1970-9999
	Month     string // 1-12 or jan-dec
	Day       string // 1-31, "last", "1st fri" to "5th sun", "last mon"
	Week      string // 1-53, the week of ISO 8601
	DayOfWeek string // 0-6 or mon-sun; 0 is Monday
	Hour      string // 0-23
	Minute    string // 0-59
	Second    string // 0-59
}

// The units of fields, in the order from the most to the least significant one.
var fieldUnits = [...]unit{
	{name: "year", low: 1970, high: lastYear},
	{name: "month", low: 1, high: 12, names: monthNames},
	{name: "day", low: 1, high: 31, special: fieldDays, specialDoc: `last, "1st fri" to "5th sun" or "last mon"`},
	{name: "week", low: 1, high: 53},
	{name: "day_of_week", high: 6, names: mondayWeek},
	{name: "hour", high: 23},
	{name: "minute", high: 59},
	{name: "second", high: 59},
}

const weekField, weekdayField = 3, 4

// list returns the fields in the order of fieldUnits.
func (f *Fields) list() [8]*string {
	return [...]*string{&f.Year, &f.Month, &f.Day, &f.Week, &f.DayOfWeek, &f.Hour, &f.Minute, &f.Second}
}

// trim takes blanks away from both ends of each field.
func (f *Fields) trim() {
	for _, text := range f.list() {
		*text = strings.Trim(*text, blanks)
	}
}

// parseFields reads the fields, which are trimmed, and fills in those that are not given.
func parseFields(f Fields) (*parts, error) {
	texts := f.list()
	last := -1
	for i, text := range texts {
		if *text != "" {
			last = i
		}
	}
	var read [8]parsed
	for i := range fieldUnits {
		u, text := &fieldUnits[i], *texts[i]
		if len(text) > maxText {
			return nil, fmt.Errorf("cron field %s %.40q… has %d characters; %d are allowed", u.name, text, len(text), maxText)
		}
		switch {
		case text != "":
		case i > last && last >= 0 && i != weekField && i != weekdayField:
			text = fmt.Sprint(u.low)
		default:
			text = "*"
		}
		items, err := u.parse(text)
		if err != nil {
			return nil, fmt.Errorf("cron field %s %q: %s", u.name, text, strings.TrimPrefix(err.Error(), u.name+": "))
		}
		read[i] = parsed{u, items}
	}
	return &parts{year: read[0], month: read[1], day: read[2], week: read[3], weekday: read[4], hour: read[5], minute: read[6], second: read[7]}, nil
}

var ordinals = []string{"1st", "2nd", "3rd", "4th", "5th"}

// fieldDays reads "last", "1st fri" and their like.
func fieldDays(u *unit, text string) (item, bool, error) {
	if text == "last" {
		return item{kind: fromLast}, true, nil
	}
	which, name, ok := strings.Cut(text, " ")
	if !ok {
		return item{}, false, nil
	}
	it := item{kind: lastOf}
	if which != "last" {
		it.kind = nth
		for i, ordinal := range ordinals {
			if which == ordinal {
				it.n = i + 1
			}
		}
		if it.n == 0 {
			return item{}, false, faultf(0, "%s: %q is none of 1st, 2nd, 3rd, 4th, 5th, last", u.name, which)
		}
	}
	name = strings.TrimLeft(name, " ")
	for i, day := range mondayWeek {
		if name == day {
			it.first = i
			return it, true, nil
		}
	}
	return item{}, false, faultf(len(which)+1, "%s: %q is not within mon-sun", u.name, name)
}
