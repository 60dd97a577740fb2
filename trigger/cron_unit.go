package trigger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A unit is one part of a date or time that cron restricts, as one of the
// spellings counts it.
type unit struct {
	name       string // as the JSON form has it
	low, high  int
	names      []string // for low and the numbers after it
	alias      int      // one more name of low, such as 7 for Sunday; 0: none
	wraps      bool     // ranges may go on at low after high
	shift      int      // taken away from a number of the spelling to get ours
	special    func(u *unit, text string) (item, bool, error)
	specialDoc string // what special allows, for errors
}

var (
	monthNames = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	mondayWeek = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	sundayWeek = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// A fault is an error at a place in a text.
type fault struct {
	at  int // bytes from the start of the text
	msg string
}

func (f *fault) Error() string { return f.msg }

func faultf(at int, format string, args ...any) error {
	return &fault{at, fmt.Sprintf(format, args...)}
}

// parse reads a whole field: a list of items.
func (u *unit) parse(text string) ([]item, error) {
	var items []item
	for at := 0; ; {
		part, _, more := strings.Cut(text[at:], ",")
		trimmed := strings.Trim(part, " ")
		it, err := u.parseItem(trimmed)
		if err != nil {
			start := at + strings.Index(part, trimmed)
			if f := (*fault)(nil); errors.As(err, &f) {
				start, err = start+f.at, faultf(0, "%s", f.msg)
			}
			return nil, faultf(start, "%s", err)
		}
		items = append(items, it)
		if !more {
			break
		}
		at += len(part) + 1
	}
	if len(items) > 1 {
		for _, it := range items {
			if it.kind == anything {
				return nil, faultf(0, "%s: ? can't be part of a list", u.name)
			}
		}
	}
	return items, nil
}

// parseItem reads *, */n, a, a/n, a-b, a-b/n, or what is special to the unit.
func (u *unit) parseItem(text string) (item, error) {
	if text == "" {
		return item{}, faultf(0, "%s: a value is missing", u.name)
	}
	if u.special != nil {
		if it, ok, err := u.special(u, strings.ToLower(text)); ok || err != nil {
			return it, err
		}
	}
	span, stepText, stepped := strings.Cut(text, "/")
	from, to, ranged := strings.Cut(span, "-")
	it := item{star: span == "*", step: 1}
	first, last := u.low, u.high
	if !it.star {
		var err error
		if first, err = u.number(from, 0); err != nil {
			return item{}, err
		}
		switch {
		case ranged:
			if last, err = u.number(to, len(from)+1); err != nil {
				return item{}, err
			}
		case !stepped:
			last = first
		}
	}
	if err := u.limit(&it, first, last); err != nil {
		return item{}, err
	}
	if stepped {
		return it, u.step(&it, stepText, len(span)+1)
	}
	return it, nil
}

// limit sets what the item covers. Both numbers may be the alias.
func (u *unit) limit(it *item, first, last int) error {
	if first == u.alias && u.alias != 0 {
		first = u.low
		if last == u.alias {
			last = u.low
		}
	}
	it.span = last - first
	if it.span < 0 {
		if !u.wraps {
			return faultf(0, "%s: the range %d-%d ends before it starts", u.name, first, last)
		}
		it.span += u.high - u.low + 1
	}
	it.first, it.last = u.ours(first), u.ours(last)
	return nil
}

// ours turns a number of the spelling into the one that the search uses.
func (u *unit) ours(n int) int {
	if u.shift == 0 {
		return n
	}
	return (n - u.shift + 7) % 7
}

func (u *unit) step(it *item, text string, at int) error {
	n, ok := digits(text)
	switch {
	case !ok || n == 0:
		return faultf(at, "%s: the step %q is not a number of 1 or more", u.name, text)
	case n > it.span:
		return faultf(at, "%s: the step %d is larger than the span that it divides, which is %d", u.name, n, it.span)
	}
	it.step = n
	return nil
}

// number reads a number or a name.
func (u *unit) number(text string, at int) (int, error) {
	n, ok := digits(text)
	if ok {
		if (n < u.low || n > u.high) && (u.alias == 0 || n != u.alias) {
			return 0, faultf(at, "%s: %s is not within %s", u.name, text, u.allowed())
		}
		return n, nil
	}
	for i, name := range u.names {
		if strings.EqualFold(name, text) {
			return u.low + i, nil
		}
	}
	return 0, faultf(at, "%s: %q is not within %s", u.name, text, u.allowed())
}

// allowed says which numbers and names there are.
func (u *unit) allowed() string {
	high := max(u.high, u.alias)
	s := fmt.Sprintf("%d-%d", u.low, high)
	if len(u.names) > 0 {
		s += fmt.Sprintf(" or %s-%s", u.names[0], u.names[len(u.names)-1])
	}
	if u.specialDoc != "" {
		s += ", " + u.specialDoc
	}
	return s
}

// digits reads a short decimal number.
func digits(text string) (int, bool) {
	if text == "" || len(text) > 6 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
