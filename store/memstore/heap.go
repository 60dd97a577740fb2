package memstore

import "strings"

// none is the place in its heap of an item that isn't scheduled.
const none = -1

// arity is the number of children of an entry: four lie in two cache lines.
const arity = 4

// An entry is an item as its heap sees it. What the order depends on is here
// too, so that a comparison need not look at the item: most are decided by the
// time, and among records that are due at one instant by the head of the id.
//
// An entry holds no pointer, and what a heap writes about an entry's place is in
// a table of its own: with a million records, each step from the one to the
// other would be a cache miss, and work for the garbage collector.
type entry struct {
	due  int64 // microseconds since 1970
	head [2]uint64
	slot slot
}

// newEntry returns the entry of an item that is due then.
func newEntry(it *item, due int64) entry {
	return entry{due: due, head: [2]uint64{word(it.id, 0), word(it.id, 8)}, slot: it.slot}
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

// A heap holds the scheduled items of one label, earliest first, then by id.
// Each of them can be found, moved and taken out.
type heap struct {
	entries []entry
	table   *table
}

func (h *heap) before(a, b *entry) bool {
	if a.due != b.due {
		return a.due < b.due
	}
	if a.head[0] != b.head[0] {
		return a.head[0] < b.head[0]
	}
	if a.head[1] != b.head[1] {
		return a.head[1] < b.head[1]
	}
	return strings.Compare(h.table.items[a.slot].id, h.table.items[b.slot].id) < 0
}

func (h *heap) push(it *item, due int64) {
	h.entries = append(h.entries, entry{})
	h.up(len(h.entries)-1, newEntry(it, due))
}

// move gives the entry at i another due time.
func (h *heap) move(i int, due int64) {
	e := h.entries[i]
	e.due = due
	h.place(i, e)
}

// remove takes the entry at i out.
func (h *heap) remove(i int) {
	last := len(h.entries) - 1
	h.table.places[h.entries[i].slot] = none
	e := h.entries[last]
	h.entries = h.entries[:last]
	if i < last {
		h.place(i, e)
	}
	if roomy := cap(h.entries); roomy > 1024 && last < roomy/4 {
		h.entries = append(make([]entry, 0, roomy/2), h.entries...)
	}
}

// place puts an entry where i is, and from there to where it belongs.
func (h *heap) place(i int, e entry) {
	if i > 0 && h.before(&e, &h.entries[(i-1)/arity]) {
		h.up(i, e)
	} else {
		h.down(i, e)
	}
}

// up moves the gap at i towards the root, to where e belongs, and puts e there.
func (h *heap) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / arity
		if !h.before(&e, &h.entries[parent]) {
			break
		}
		h.set(i, h.entries[parent])
		i = parent
	}
	h.set(i, e)
}

// down moves the gap at i away from the root, to where e belongs, and puts e there.
func (h *heap) down(i int, e entry) {
	for first := arity*i + 1; first < len(h.entries); first = arity*i + 1 {
		least := first
		for c := first + 1; c < min(first+arity, len(h.entries)); c++ {
			if h.before(&h.entries[c], &h.entries[least]) {
				least = c
			}
		}
		if !h.before(&h.entries[least], &e) {
			break
		}
		h.set(i, h.entries[least])
		i = least
	}
	h.set(i, e)
}

func (h *heap) set(i int, e entry) {
	h.entries[i] = e
	h.table.places[e.slot] = int32(i)
}
