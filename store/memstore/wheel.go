package memstore

import "math/bits"

// A wheel has levels of 64 boxes each: a level for each six bits of a moment.
const (
	digitBits = 6
	boxes     = 1 << digitBits
	levels    = (64 + digitBits - 1) / digitBits
)

// spare is the capacity that an empty list keeps.
const spare = 1024

// A wheel holds what is due after a moment that moves on. It sorts only as far
// as it must: what is far away lies in large boxes, in no order, and comes into
// smaller ones as its time draws near. So adding, moving and removing don't
// depend on how many items there are, and touch few cache lines.
//
// An item lies at the level of the highest digit, of six bits, in which its
// moment differs from the wheel's, in the box of its own digit there. What is
// at a lower level is earlier than all that is at a higher one.
type wheel struct {
	now    moment // all items are due after it
	levels [levels]*level
	table  *table
}

type level struct {
	used  uint64 // bit i: box i is not empty
	boxes [boxes]box
}

// A box holds the items of one digit.
type box struct {
	list  []timed
	least moment // the earliest moment, or one before it when stale
	stale bool
}

// height returns the level at which two moments part.
func height(a, b moment) int { return (bits.Len64(uint64(a^b)) - 1) / digitBits }

func (m moment) digit(level int) int { return int(m >> (level * digitBits) & (boxes - 1)) }

// push adds an item that is due after the wheel's moment.
func (w *wheel) push(t timed) {
	l := height(t.due, w.now)
	d := t.due.digit(l)
	if w.levels[l] == nil {
		w.levels[l] = &level{}
	}
	b := &w.levels[l].boxes[d]
	if len(b.list) == 0 {
		b.least, b.stale = t.due, false
		w.levels[l].used |= 1 << d
	}
	b.least = min(b.least, t.due)
	w.table.places[t.slot] = place{inWheel + place16(l*boxes+d), uint32(len(b.list))}
	b.list = append(b.list, t)
}

// at returns the item at a place.
func (w *wheel) at(p place) timed {
	n := int(p.where - inWheel)
	return w.levels[n/boxes].boxes[n%boxes].list[p.i]
}

// remove takes the item at a place out.
func (w *wheel) remove(p place) {
	n := int(p.where - inWheel)
	l := w.levels[n/boxes]
	b := &l.boxes[n%boxes]
	last := len(b.list) - 1
	b.stale = b.stale || b.list[p.i].due == b.least
	if int(p.i) < last {
		b.list[p.i] = b.list[last]
		w.table.places[b.list[p.i].slot] = p
	}
	b.list = b.list[:last]
	if last == 0 {
		l.empty(n % boxes)
	}
}

// empty returns what is in a box, and leaves it empty.
func (l *level) empty(d int) []timed {
	b := &l.boxes[d]
	list := b.list
	l.used &^= 1 << d
	if b.list = b.list[:0]; cap(list) > spare {
		b.list = nil
	}
	return list
}

// advance moves the wheel on, and appends what is due by then, in no order.
func (w *wheel) advance(to moment, due []timed) []timed {
	if to <= w.now {
		return due
	}
	top := height(to, w.now)
	w.now = to
	for l, level := range w.levels[:top] {
		for level != nil && level.used != 0 {
			due = append(due, w.levels[l].empty(bits.TrailingZeros64(level.used))...)
		}
	}
	level, digit := w.levels[top], to.digit(top)
	if level == nil {
		return due
	}
	for level.used != 0 && bits.TrailingZeros64(level.used) < digit {
		due = append(due, level.empty(bits.TrailingZeros64(level.used))...)
	}
	if level.used&(1<<digit) != 0 {
		for _, t := range level.empty(digit) {
			if t.due <= to {
				due = append(due, t)
			} else {
				w.push(t) // at a lower level: it agrees with the wheel in this digit now
			}
		}
	}
	return due
}

// earliest returns the earliest moment, or false when the wheel is empty. When
// finding it would mean to look through many items, it returns a moment before
// it instead, later than the wheel's, to which the wheel can be advanced.
func (w *wheel) earliest() (m moment, exact, ok bool) {
	for l, level := range w.levels {
		if level == nil || level.used == 0 {
			continue
		}
		b := &level.boxes[bits.TrailingZeros64(level.used)]
		if b.stale && len(b.list) > boxes {
			return b.list[0].due >> (l * digitBits) << (l * digitBits), false, true
		}
		if b.stale {
			b.least, b.stale = b.list[0].due, false
			for _, t := range b.list {
				b.least = min(b.least, t.due)
			}
		}
		return b.least, true, true
	}
	return 0, true, false
}
