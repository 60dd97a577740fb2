package trigger

import (
	"fmt"
	"strconv"
	"strings"
)

// String reads the text again, so that a trigger need not carry what only people
// look at.
func (c *cron) String() string {
	p, err := c.parts()
	if err != nil {
		return c.source() // can't be: it was read before
	}
	clock, exact := p.clock()
	dates := p.dates()
	s := clock + dates
	if exact && dates == "" {
		s += " every day"
	}
	if exact || dates != "" || !starred(p.hour.items) || c.zone != utc {
		s += ", " + c.zone.name
	}
	if c.gap == "skip" {
		s += ", not at times that the clock jumps over"
	}
	switch c.fold {
	case "first":
		s += ", once for times that come twice"
	case "both":
		s += ", twice for times that come twice"
	}
	return s + c.bounds.String()
}

// clock says at which times of a day, and whether these are written out.
func (p *parts) clock() (s string, exact bool) {
	seconds := p.second.items
	if !p.second.given() {
		seconds = []item{{step: 1}}
	}
	if times := timesOfDay(p.hour.items, p.minute.items, seconds); times != nil {
		return "at " + enumerate(times), true
	}
	second, onlySecond := single(seconds)
	minute, onlyMinute := single(p.minute.items)
	switch {
	case !onlySecond || second != 0:
		s = pace(seconds, "second", 60)
		if !p.minute.open() {
			s += " of minute " + words(p.minute.items, strconv.Itoa)
		}
	case onlyMinute && minute == 0 && starred(p.hour.items):
		return pace(p.hour.items, "hour", 24), false
	default:
		s = pace(p.minute.items, "minute", 60)
		if p.hour.open() && !starred(p.minute.items) {
			return s + " of every hour", false
		}
	}
	if !p.hour.open() {
		s += " of hour " + words(p.hour.items, strconv.Itoa)
	}
	return s, false
}

// timesOfDay writes out a few times, and returns nil when they are not few.
func timesOfDay(hours, minutes, seconds []item) (times []string) {
	for _, h := range hours {
		for _, m := range minutes {
			for _, s := range seconds {
				if h.star || h.span > 0 || m.star || m.span > 0 || s.star || s.span > 0 || len(times) == 6 {
					return nil
				}
				t := fmt.Sprintf("%02d:%02d", h.first, m.first)
				if s.first > 0 {
					t += fmt.Sprintf(":%02d", s.first)
				}
				times = append(times, t)
			}
		}
	}
	return times
}

// pace says "every 5 minutes" where that is so, and else at which numbers.
func pace(items []item, name string, cycle int) string {
	if len(items) == 1 && items[0].star && cycle%items[0].step == 0 {
		if items[0].step == 1 {
			return "every " + name
		}
		return fmt.Sprintf("every %d %ss", items[0].step, name)
	}
	if len(items) == 1 && items[0].step > 1 {
		return fmt.Sprintf("every %s %s from %d to %d", ordinal(items[0].step), name, items[0].first, items[0].last)
	}
	return "at " + name + " " + words(items, strconv.Itoa)
}

// dates says on which days, with a space before it.
func (p *parts) dates() string {
	var s string
	day, weekday := dayWords(p.day.items), words(p.weekday.items, weekdayName)
	switch {
	case !p.day.open() && !p.weekday.open() && p.either:
		s = " on " + day + " or on " + weekday
	case !p.day.open() && !p.weekday.open():
		s = " on " + day + " if it is " + weekday
	case !p.day.open():
		s = " on " + day
	case !p.weekday.open():
		s = " on " + weekday
	}
	if !p.month.open() {
		s += " in " + words(p.month.items, monthName)
	}
	if !p.week.open() {
		s += " in ISO week " + words(p.week.items, strconv.Itoa)
	}
	if !p.year.open() {
		s += " in " + words(p.year.items, strconv.Itoa)
	}
	return s
}

// single returns the number when there is no other.
func single(items []item) (int, bool) {
	if len(items) != 1 || items[0].kind != numbers || items[0].span > 0 {
		return 0, false
	}
	return items[0].first, true
}

func dayWords(items []item) string {
	return words(items, func(n int) string { return "the " + ordinal(n) })
}

// words lists items, with a word for each number.
func words(items []item, word func(int) string) string {
	list := make([]string, 0, len(items))
	for _, it := range items {
		list = append(list, it.words(word))
	}
	return enumerate(list)
}

func (it item) words(word func(int) string) string {
	switch it.kind {
	case fromLast:
		if it.n == 0 {
			return "the last day of the month"
		}
		return fmt.Sprintf("the day %d before the last of the month", it.n)
	case lastWeekday:
		return "the last working day of the month"
	case nearest:
		return "the working day nearest to the " + ordinal(it.first)
	case nth:
		return fmt.Sprintf("the %s %s of the month", ordinal(it.n), weekdayName(it.first))
	case lastOf:
		return fmt.Sprintf("the last %s of the month", weekdayName(it.first))
	}
	if it.span == 0 {
		return word(it.first)
	}
	every := ""
	if it.step > 1 {
		every = "every " + ordinal(it.step) + " from "
	}
	return every + word(it.first) + " to " + word(it.last)
}

func weekdayName(n int) string {
	return [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[n%7]
}

func monthName(n int) string {
	return [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[(n-1)%12]
}

func ordinal(n int) string {
	suffix := "th"
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// enumerate joins words as a sentence does.
func enumerate(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
