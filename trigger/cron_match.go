package trigger

// match returns the first wall clock time at or after one that matches.
func (c *cron) match(wall int64) (int64, bool) {
	wall = max(wall, 0)
	day, clock := int(wall/daySeconds), int(wall%daySeconds)
	year, month, dom := calendar(day)
	if c.hasYear(year) && c.month>>month&1 != 0 {
		first := day - dom
		mask := c.monthDays(year, month, first+1)
		if mask>>dom&1 != 0 {
			if t := c.matchTime(clock); t >= 0 {
				return int64(day)*daySeconds + int64(t), true
			}
		}
		if d := lowest(uint64(mask), dom+1); d > 0 {
			return int64(first+d)*daySeconds + int64(c.firstTime), true
		}
	}
	return c.matchMonth(year, month+1)
}

// matchMonth returns the first wall clock time in this month or a later one.
func (c *cron) matchMonth(year, month int) (int64, bool) {
	// The calendar repeats itself after 400 years.
	for limit := year + 400; year <= lastYear && (year <= limit || c.years != nil); {
		if !c.hasYear(year) {
			if year = c.nextYear(year); year < 0 {
				break
			}
			month = 1
		}
		if month = lowest(uint64(c.month), month); month < 0 {
			year, month = year+1, 1
			continue
		}
		first := dayNumber(year, month)
		if d := lowest(uint64(c.monthDays(year, month, first)), 1); d > 0 {
			return int64(first+d-1)*daySeconds + int64(c.firstTime), true
		}
		month++
	}
	return 0, false
}

// matchTime returns the first time of a day at or after one, in seconds, and -1
// when there is none.
func (c *cron) matchTime(clock int) int {
	h, m, s := clock/3600, clock/60%60, clock%60
	if c.hour>>h&1 != 0 {
		if c.minute>>m&1 != 0 {
			if s := lowest(c.second, s); s >= 0 {
				return h*3600 + m*60 + s
			}
		}
		if m := lowest(c.minute, m+1); m >= 0 {
			return h*3600 + m*60 + lowest(c.second, 0)
		}
	}
	if h := lowest(uint64(c.hour), h+1); h >= 0 {
		return h*3600 + c.firstTime%3600
	}
	return -1
}

// monthDays returns the days of a month that match. first is the number of its
// first day.
func (c *cron) monthDays(year, month, first int) uint32 {
	length := monthLength(year, month)
	if !c.someDays {
		return upTo(length)
	}
	weekday := weekday(first)
	mask, other := c.day.month(weekday, length), c.weekday.month(weekday, length)
	if c.either {
		mask |= other
	} else {
		mask &= other
	}
	if c.week != 0 && mask != 0 {
		mask &= c.weekDays(first, weekday, length)
	}
	return mask
}

// weekDays returns the days of a month that are in a week that matches.
func (c *cron) weekDays(first, weekday, length int) uint32 {
	var mask uint32
	for monday := 1 - weekday; monday <= length; monday += 7 {
		if c.week>>isoWeek(first+max(monday, 1)-1)&1 == 0 {
			continue
		}
		mask |= upTo(monday+6) &^ upTo(max(monday, 1)-1)
	}
	return mask
}

func (c *cron) hasYear(year int) bool {
	return c.years == nil && year <= lastYear || c.nextYear(year) == year
}

// nextYear returns the first year at or after one that matches, and -1 when
// there is none.
func (c *cron) nextYear(year int) int {
	next := -1
	for _, y := range c.years {
		n := y.first
		if year > n {
			n += (year - n + y.step - 1) / y.step * y.step
		}
		if n <= y.last && (next < 0 || n < next) {
			next = n
		}
	}
	return next
}
