package trigger

// What Quartz counts otherwise.
var (
	quartzDay     = unit{name: "day of month", low: 1, high: 31, wraps: true, special: quartzDays, specialDoc: "?, L, LW, L-3 or 15W"}
	quartzWeekday = unit{name: "day of week", low: 1, high: 7, wraps: true, names: sundayWeek, shift: 2, special: quartzWeekdays, specialDoc: "?, L, fri#2 or 6L"}
	quartzYear    = unit{name: "year", low: 1970, high: lastYear}
)

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
