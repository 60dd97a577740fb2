package trigger

import (
	"errors"
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
		if f := (*fault)(nil); errors.As(err, &f) {
			return nil, columnError(expression, at[i]+f.at, f.msg)
		} else if err != nil {
			return nil, err
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
