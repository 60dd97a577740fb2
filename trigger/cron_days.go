package trigger

import "math/bits"

// days says which days of a month match: a set that depends on no more than the
// weekday on which the month begins and on its length.
type days struct {
	any bool
	// byFirst holds, for each weekday on which a month can begin, its days as far
	// as they are known without the month's length.
	byFirst [7]uint32
	// special: some of the following is in use.
	special     bool
	fromLast    uint32 // bit n: n days before the last
	nearest     uint32 // bit n: the working day nearest to day n
	lastWorking bool
	lastOf      uint8 // bit n: the last such weekday
}

// newDays makes the set of what is written in a day or day-of-week field.
func newDays(u *unit, items []item, weekdays bool) days {
	d := days{any: unrestricted(items)}
	plain := u.mask(items)
	for first := range 7 {
		if !weekdays {
			d.byFirst[first] = uint32(plain)
			continue
		}
		for day := 1; day <= 31; day++ {
			if plain>>((first+day-1)%7)&1 != 0 {
				d.byFirst[first] |= 1 << day
			}
		}
	}
	for _, it := range items {
		d.add(it)
	}
	return d
}

func (d *days) add(it item) {
	switch it.kind {
	case nth:
		for first := range 7 {
			d.byFirst[first] |= 1 << (1 + (it.first-first+7)%7 + 7*(it.n-1))
		}
		return
	case fromLast:
		d.fromLast |= 1 << it.n
	case nearest:
		d.nearest |= 1 << it.first
	case lastWeekday:
		d.lastWorking = true
	case lastOf:
		d.lastOf |= 1 << it.first
	default:
		return
	}
	d.special = true
}

// month returns the days that match in a month of this length whose first day
// is this weekday.
func (d *days) month(first, length int) uint32 {
	all := upTo(length)
	if d.any {
		return all
	}
	m := d.byFirst[first]
	if d.special {
		m |= d.specials(first, length)
	}
	return m & all
}

func (d *days) specials(first, length int) uint32 {
	var m uint32
	for set := d.fromLast; set != 0; set &= set - 1 {
		if day := length - bits.TrailingZeros32(set); day > 0 {
			m |= 1 << day
		}
	}
	for set := d.nearest; set != 0; set &= set - 1 {
		if day := bits.TrailingZeros32(set); day <= length {
			m |= 1 << workingDay(day, first, length)
		}
	}
	if d.lastWorking {
		m |= 1 << workingDay(length, first, length)
	}
	for day := length - 6; day <= length; day++ {
		if d.lastOf>>((first+day-1)%7)&1 != 0 {
			m |= 1 << day
		}
	}
	return m
}

// workingDay returns the Monday to Friday that is nearest to a day and in the
// same month.
func workingDay(day, first, length int) int {
	const saturday, sunday = 5, 6
	switch (first + day - 1) % 7 {
	case saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case sunday:
		if day == length {
			return day - 2
		}
		return day + 1
	}
	return day
}
