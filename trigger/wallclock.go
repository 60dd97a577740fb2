package trigger

import (
	"math/bits"
	"time"
)

// Wall clock times are counted as the seconds from 1970-01-01 00:00:00 to what
// a clock on the wall shows, as if every day had 24 hours. Calendar arithmetic
// on them knows no zones: see zone.go for what turns them into instants.

const daySeconds = 24 * 60 * 60

// lastYear is the last one that RFC 3339 can write.
const lastYear = 9999

// firstInstant and endOfTime bound the instants that triggers of this package
// yield, in Unix seconds. The last day of 9999 is left out, so that every
// instant has a year of four digits in every zone.
var (
	firstInstant = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	endOfTime    = time.Date(lastYear, 12, 31, 0, 0, 0, 0, time.UTC).Unix()
)

// daysBefore holds how many days of a common year precede each month.
var daysBefore = [13]int{1: 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func monthLength(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// dayNumber counts the days from 1970-01-01 to the first of the month.
func dayNumber(year, month int) int {
	y := year - 1
	n := 365*y + y/4 - y/100 + y/400 - 719162 + daysBefore[month]
	if month > 2 && leap(year) {
		n++
	}
	return n
}

// calendar returns the date of a day that is counted from 1970-01-01.
func calendar(day int) (year, month, dom int) {
	y, m, d := time.Unix(int64(day)*daySeconds, 0).UTC().Date()
	return y, int(m), d
}

// weekday returns 0 for a Monday and 6 for a Sunday.
func weekday(day int) int { return (day + 3) % 7 }

// isoWeek returns the number of the ISO 8601 week in which the day lies: that
// of the year in which the Thursday of the week lies.
func isoWeek(day int) int {
	thursday := day - weekday(day) + 3
	year, _, _ := calendar(thursday)
	return (thursday-dayNumber(year, 1))/7 + 1
}

// Bits 1 to 31 of a month's mask stand for its days.

// upTo has the bits 1 to n.
func upTo(n int) uint32 { return uint32(1)<<(n+1) - 2 }

// lowest returns the number of the lowest bit that is set at from or above it,
// and -1 when there is none.
func lowest(mask uint64, from int) int {
	mask &= ^uint64(0) << from
	if mask == 0 {
		return -1
	}
	return bits.TrailingZeros64(mask)
}
