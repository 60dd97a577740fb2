package memstore

import (
	"cmp"
	"strings"
	"time"
)

// A slot is the number of an item in its table.
type slot int32

// gone takes the place of the slot of what was taken out of a run.
const gone slot = -1

// A moment is a due time in microseconds, counted from the earliest there is, so
// that moments are ordered as numbers without a sign are.
type moment uint64

func momentOf(micros int64) moment { return moment(uint64(micros) ^ 1<<63) }

func (m moment) time() time.Time { return time.UnixMicro(m.micros()).UTC() }

func (m moment) micros() int64 { return int64(uint64(m) ^ 1<<63) }

// A timed is an item with its due time. It holds no pointer, so that the garbage
// collector has no work with many of them.
type timed struct {
	due  moment
	slot slot
}

// compare orders items by due time, then by id.
func (t *table) compare(a, b timed) int {
	if a.due != b.due {
		return cmp.Compare(a.due, b.due)
	}
	return strings.Compare(t.at(a.slot).id, t.at(b.slot).id)
}

// An entry is a timed with the head of its id, which decides most comparisons
// among many items that are due at one instant, without a look at the items.
type entry struct {
	timed
	head [2]uint64
}

func (t *table) entry(i timed) entry {
	id := t.at(i.slot).id
	return entry{timed: i, head: [2]uint64{word(id, 0), word(id, 8)}}
}

// word returns the eight bytes of id from i as a number of the same order.
func word(id string, i int) (w uint64) {
	for j := i; j < i+8; j++ {
		w <<= 8
		if j < len(id) {
			w |= uint64(id[j])
		}
	}
	return w
}

func (t *table) compareEntries(a, b *entry) int {
	switch {
	case a.due != b.due:
		return cmp.Compare(a.due, b.due)
	case a.head[0] != b.head[0]:
		return cmp.Compare(a.head[0], b.head[0])
	case a.head[1] != b.head[1]:
		return cmp.Compare(a.head[1], b.head[1])
	}
	return t.compare(a.timed, b.timed)
}
