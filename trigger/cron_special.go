package trigger

import "strings"

// unixDays reads L, L-3, LW and 15W.
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

// unixWeekdays reads fri#2 and 5L.
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
