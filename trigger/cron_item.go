package trigger

// An item is one member of a comma-separated list.
type item struct {
	kind  itemKind
	star  bool // written as * or */n
	first int  // the first number; for a day of the week 0 is Monday
	last  int  // the last one, lower than first when the range goes on at the start
	span  int  // how far the last one is from the first
	step  int
	n     int // of kinds that count
}

type itemKind uint8

const (
	numbers     itemKind = iota
	fromLast             // n days before the last of the month
	lastWeekday          // the last Monday to Friday of the month
	nearest              // the Monday to Friday nearest to day first
	nth                  // the n-th of weekday first in the month
	lastOf               // the last of weekday first in the month
	anything             // quartz's ?
)

// each calls f with every number that the item stands for.
func (u *unit) each(it item, f func(n int)) {
	low, high := u.low, u.high
	if u.shift != 0 {
		low, high = 0, 6
	}
	for i := 0; i <= it.span; i += it.step {
		n := it.first + i
		if n > high {
			n -= high - low + 1
		}
		f(n)
	}
}

// mask has a bit for every number that the items stand for.
func (u *unit) mask(items []item) uint64 {
	var m uint64
	for _, it := range items {
		if it.kind == numbers {
			u.each(it, func(n int) { m |= 1 << n })
		}
	}
	return m
}

// starred tells whether each item is written as * or */n.
func starred(items []item) bool {
	for _, it := range items {
		if !it.star {
			return false
		}
	}
	return true
}

// restricted tells whether the items take days away in the sense of Unix, to
// which a field that starts with a star is an open one.
func restricted(items []item) bool { return !starred(items) && !unrestricted(items) }

// unrestricted tells whether the items leave everything open.
func unrestricted(items []item) bool {
	for _, it := range items {
		if it.kind == anything || it.star && it.step == 1 {
			return true
		}
	}
	return false
}
