package trigger

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The units of expressions, as Unix counts them.
var (
	unixSecond  = unit{name: "second", high: 59, wraps: true}
	unixMinute  = unit{name: "minute", high: 59, wraps: true}
	unixHour    = unit{name: "hour", high: 23, wraps: true}
	unixDay     = unit{name: "day of month", low: 1, high: 31, wraps: true, special: unixDays, specialDoc: "L, LW, L-3 or 15W"}
	unixMonth   = unit{name: "month", low: 1, high: 12, wraps: true, names: monthNames}
	unixWeekday = unit{name: "day of week", high: 6, alias: 7, wraps: true, names: sundayWeek, shift: 1, special: unixWeekdays, specialDoc: "fri#2 or 5L"}
)

// What Quartz counts otherwise.
var (
	quartzDay     = unit{name: "day of month", low: 1, high: 31, wraps: true, special: quartzDays, specialDoc: "?, L, LW, L-3 or 15W"}
	quartzWeekday = unit{name: "day of week", low: 1, high: 7, wraps: true, names: sundayWeek, shift: 2, special: quartzWeekdays, specialDoc: "?, L, fri#2 or 6L"}
	quartzYear    = unit{name: "year", low: 1970, high: lastYear}
)

// blanks may stand around an expression or a field.
const blanks = " \t\r\n"

var shorthands = map[string]string{
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly":  "0 0 1 * *",
	"@weekly":   "0 0 * * 0",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly":   "0 * * * *",
}

// parts is cron in either spelling, read but not yet turned into masks.
type parts struct {
	second, minute, hour, day, month, weekday, week, year parsed
	// either: a day matches when its day of the month or its weekday does.
	either bool
}

// parsed is one field and how its numbers count.
type parsed struct {
	unit  *unit
	items []item
}

// given tells whether there is such a field.
func (p parsed) given() bool { return p.unit != nil }

// open tells whether the field leaves everything open.
func (p parsed) open() bool { return !p.given() || unrestricted(p.items) }

// mask has a bit for each number, and all bits when nothing is restricted.
func (p parsed) mask() uint64 {
	if p.open() {
		return ^uint64(0)
	}
	return p.unit.mask(p.items)
}

// columnError says where in an expression something is wrong.
func columnError(expression string, at int, msg string) error {
	column := utf8.RuneCountInString(expression[:min(at, len(expression))]) + 1
	return fmt.Errorf("cron expression %q: column %d: %s", expression, column, msg)
}

// parseExpression reads five or six fields, or what quartz makes of them.
func parseExpression(expression string, quartz bool) (*parts, error) {
	text := expression
	if strings.HasPrefix(text, "@") {
		long, ok := shorthands[strings.ToLower(text)]
		if !ok {
			return nil, columnError(expression, 0, "the shorthands are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every with a duration")
		}
		if quartz {
			return nil, columnError(expression, 0, "the quartz dialect has no shorthands")
		}
		text = long
	}
	words, at := split(text)
	if len(words) == 5 && !quartz {
		words, at = append([]string{"0"}, words...), append([]int{0}, at...)
	}
	units, err := layout(expression, len(words), quartz)
	if err != nil {
		return nil, err
	}
	var read [7]parsed
	for i, u := range units {
		items, err := u.parse(words[i])
		if err != nil {
			return nil, columnError(expression, at[i]+err.(*fault).at, err.Error())
		}
		read[i] = parsed{u, items}
	}
	p := &parts{second: read[0], minute: read[1], hour: read[2], day: read[3], month: read[4], weekday: read[5], year: read[6]}
	if quartz {
		return p, quartzRules(p, expression, at)
	}
	p.either = restricted(p.day.items) && restricted(p.weekday.items)
	return p, nil
}

// layout returns the units of an expression with so many fields.
func layout(expression string, n int, quartz bool) ([]*unit, error) {
	switch {
	case quartz && (n == 6 || n == 7):
		return []*unit{&unixSecond, &unixMinute, &unixHour, &quartzDay, &unixMonth, &quartzWeekday, &quartzYear}[:n], nil
	case !quartz && n == 6:
		return []*unit{&unixSecond, &unixMinute, &unixHour, &unixDay, &unixMonth, &unixWeekday}, nil
	case quartz:
		return nil, columnError(expression, 0, fmt.Sprintf("%d fields; the quartz dialect has 6 (second minute hour day-of-month month day-of-week) or 7, with a year last", n))
	}
	return nil, columnError(expression, 0, fmt.Sprintf("%d fields; there must be 5 (minute hour day-of-month month day-of-week) or 6, with seconds first", n))
}

// quartzRules: a day is given in one way only.
func quartzRules(p *parts, expression string, at []int) error {
	day, weekday := unrestricted(p.day.items), unrestricted(p.weekday.items)
	switch {
	case p.day.items[0].kind == anything && p.weekday.items[0].kind == anything:
		return columnError(expression, at[5], "day of month and day of week can't both be ?")
	case !day && !weekday:
		return columnError(expression, at[5], "day of month and day of week are both given; the quartz dialect wants ? in one of them")
	}
	return nil
}

// split cuts a text at blanks and tells where each word begins.
func split(text string) (words []string, at []int) {
	start := -1
	for i := 0; i <= len(text); i++ {
		blank := i == len(text) || text[i] == ' ' || text[i] == '\t'
		switch {
		case blank && start >= 0:
			words, at, start = append(words, text[start:i]), append(at, start), -1
		case !blank && start < 0:
			start = i
		}
	}
	return words, at
}

// every reads "@every 90s". The text is not such an expression when ok is false.
func every(expression string) (d time.Duration, ok bool, err error) {
	word, rest, _ := strings.Cut(strings.Trim(expression, blanks), " ")
	if !strings.EqualFold(word, "@every") {
		return 0, false, nil
	}
	rest = strings.TrimLeft(rest, " ")
	d, err = time.ParseDuration(rest)
	if err != nil {
		at := strings.Index(expression, word) + len(word)
		return 0, true, columnError(expression, at, fmt.Sprintf("%q is not a duration such as 90s or 1h30m", rest))
	}
	return d, true, nil
}

func unixDays(u *unit, text string) (item, bool, error) {
	switch {
	case text == "l":
		return item{kind: fromLast}, true, nil
	case text == "lw":
		return item{kind: lastWeekday}, true, nil
	case strings.HasPrefix(text, "l-"):
		n, ok := digits(text[2:])
		if !ok || n < 1 || n > 30 {
			return item{}, false, faultf(2, "%s: %q is not within 1-30, days before the last", u.name, text[2:])
		}
		return item{kind: fromLast, n: n}, true, nil
	case strings.HasSuffix(text, "w"):
		n, err := u.number(text[:len(text)-1], 0)
		return item{kind: nearest, first: n}, true, err
	}
	return item{}, false, nil
}

func unixWeekdays(u *unit, text string) (item, bool, error) {
	if name, count, ok := strings.Cut(text, "#"); ok {
		day, err := u.number(name, 0)
		if err != nil {
			return item{}, false, err
		}
		n, ok := digits(count)
		if !ok || n < 1 || n > 5 {
			return item{}, false, faultf(len(name)+1, "%s: %q is not within 1-5, which one of the month", u.name, count)
		}
		return item{kind: nth, first: u.ours(day), n: n}, true, nil
	}
	if name, ok := strings.CutSuffix(text, "l"); ok {
		if name == "" {
			return item{}, false, faultf(0, "%s: L needs a day before it, such as 5L for the last Friday", u.name)
		}
		day, err := u.number(name, 0)
		return item{kind: lastOf, first: u.ours(day)}, true, err
	}
	return item{}, false, nil
}

func quartzDays(u *unit, text string) (item, bool, error) {
	if text == "?" {
		return item{kind: anything}, true, nil
	}
	return unixDays(u, text)
}

func quartzWeekdays(u *unit, text string) (item, bool, error) {
	switch text {
	case "?":
		return item{kind: anything}, true, nil
	case "l": // the last day of the week
		it, err := u.parseItem("7")
		return it, true, err
	}
	return unixWeekdays(u, text)
}
