package trigger

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// A cron is a set of wall clock times, as masks, in a time zone.
type cron struct {
	bounds
	expression string // empty: fields
	fields     Fields
	quartz     bool
	gap, fold  string

	second, minute uint64
	hour           uint32
	month          uint16
	years          []years // empty: every year
	week           uint64  // of ISO 8601; 0: every one
	day, weekday   days
	either         bool // a day matches when day or weekday does, not both
	someDays       bool // not all days match

	perDay      int64 // how many times match on a day that matches
	firstTime   int   // the first one, in seconds
	shift, once bool  // what becomes of gaps and folds
}

// maxText bounds the length of an expression, and of a field.
const maxText = 1000

// years is an arithmetic series of years.
type years struct{ first, last, step int }

var (
	_ Trigger  = (*cron)(nil)
	_ Jumper   = (*cron)(nil)
	_ Jitterer = (*cron)(nil)
)

// Cron fires at the wall clock times of a cron expression: five fields, minute
// hour day-of-month month day-of-week, or six with the second first; @yearly,
// @monthly, @weekly, @daily or @hourly; or "@every 90s", which makes an interval.
// Sunday is 0 or 7. When day of month and day of week are both restricted, either
// will do; a field that starts with a star does not count as restricted.
//
// It is an error when the expression can never match.
func Cron(expression string, options ...Option) (Trigger, error) {
	s, err := apply(options)
	if err != nil {
		return nil, fmt.Errorf("cron expression %q: %w", expression, err)
	}
	return newExpression(expression, s)
}

// MustCron is like [Cron] and panics on an error.
func MustCron(expression string, options ...Option) Trigger {
	return Must(Cron(expression, options...))
}

// CronFields fires at the wall clock times at which all fields match. It is an
// error when they never do.
func CronFields(f Fields, options ...Option) (Trigger, error) {
	s, err := apply(options)
	if err != nil {
		return nil, fmt.Errorf("cron: %w", err)
	}
	return newFields(f, s)
}

func newExpression(expression string, s settings) (Trigger, error) {
	d, ok, err := every(expression)
	if err != nil {
		return nil, err
	}
	if ok {
		b, err := s.plain()
		if err != nil {
			return nil, fmt.Errorf("cron expression %q: %w", expression, err)
		}
		t, err := newInterval(d, b)
		if err != nil {
			return nil, fmt.Errorf("cron expression %q: %w", expression, err)
		}
		return t, nil
	}
	if strings.Trim(expression, blanks) == "" {
		return nil, fmt.Errorf("cron expression %q is empty", expression)
	}
	if len(expression) > maxText {
		return nil, fmt.Errorf("cron expression %.40q… has %d characters; %d are allowed", expression, len(expression), maxText)
	}
	c := &cron{bounds: s.bounds, expression: strings.Trim(expression, blanks), quartz: s.dialect == "quartz", gap: s.gap, fold: s.fold}
	return c.complete()
}

func newFields(f Fields, s settings) (Trigger, error) {
	if s.dialect != "" {
		return nil, fmt.Errorf("cron: dialect %q is for expressions alone, not for fields", s.dialect)
	}
	f.trim()
	return (&cron{bounds: s.bounds, fields: f, gap: s.gap, fold: s.fold}).complete()
}

// parts reads the text again.
func (c *cron) parts() (*parts, error) {
	if c.expression != "" {
		return parseExpression(c.expression, c.quartz)
	}
	return parseFields(c.fields)
}

// complete makes the masks and sees whether anything matches.
func (c *cron) complete() (Trigger, error) {
	if c.zone == nil {
		c.zone = utc
	}
	p, err := c.parts()
	if err != nil {
		return nil, err
	}
	c.compile(p)
	if _, ok := c.Next(time.Time{}, time.Time{}); !ok {
		return nil, fmt.Errorf("cron %s can never match%s", c.source(), c.bounds.String())
	}
	return c, nil
}

func (c *cron) compile(p *parts) {
	const sixty, hours = 1<<60 - 1, 1<<24 - 1
	c.second, c.minute = p.second.mask()&sixty, p.minute.mask()&sixty
	c.hour = uint32(p.hour.mask() & hours)
	c.month = uint16(p.month.mask()) & (1<<13 - 2)
	if !p.week.open() {
		c.week = p.week.mask()
	}
	if !p.year.open() {
		for _, it := range p.year.items {
			c.years = append(c.years, years{it.first, it.first + it.span, it.step})
		}
	}
	c.day = newDays(p.day.unit, p.day.items, false)
	c.weekday = newDays(p.weekday.unit, p.weekday.items, true)
	c.either = p.either
	c.someDays = !c.day.any || !c.weekday.any || c.week != 0

	c.perDay = int64(bits.OnesCount32(c.hour) * bits.OnesCount64(c.minute) * bits.OnesCount64(c.second))
	c.firstTime = lowest(uint64(c.hour), 0)*3600 + lowest(c.minute, 0)*60 + lowest(c.second, 0)
	fixed := !starred(p.hour.items)
	c.shift = fixed && c.gap != "skip"
	c.once = fixed && c.fold != "both" || c.fold == "first"
}

func (c *cron) Type() string { return "cron" }

// source is what the user wrote.
func (c *cron) source() string {
	if c.expression != "" {
		return fmt.Sprintf("expression %q", c.expression)
	}
	var given []string
	for i, text := range c.fields.list() {
		if *text != "" {
			given = append(given, fmt.Sprintf("%s %q", fieldUnits[i].name, *text))
		}
	}
	return strings.Join(given, ", ")
}
