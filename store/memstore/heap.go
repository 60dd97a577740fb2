package memstore

import "strings"

// none is the place in its heap of an item that isn't scheduled.
const none = -1

// arity is the number of children of an entry: four lie in two cache lines.
const arity = 4

// An entry is an item as its heap sees it. What the order depends on is here
// too, so that a comparison need not follow the pointer: most are decided by the
// time, and among records that are due at one instant by the head of the id.
type entry struct {
	due  int64 // microseconds since 1970
	head [2]uint64
	*item
}

func newEntry(it *item, due int64) entry {
	return entry{due: due, head: [2]uint64{word(it.id, 0), word(it.id, 8)}, item: it}
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

func (a *entry) before(b *entry) bool {
	if a.due != b.due {
		return a.due < b.due
	}
	if a.head[0] != b.head[0] {
		return a.head[0] < b.head[0]
	}
	if a.head[1] != b.head[1] {
		return a.head[1] < b.head[1]
	}
	return strings.Compare(a.id, b.id) < 0
}

// A heap holds the scheduled items of one label, earliest first, then by id.
// Each item knows its place, so that any of them can be moved or taken out.
type heap []entry

func (h *heap) push(it *item, due int64) {
	*h = append(*h, newEntry(it, due))
	h.up(len(*h) - 1)
}

// move gives the item at i another due time.
func (h heap) move(i int, due int64) {
	h[i].due = due
	h.fix(i)
}

// remove takes the item at i out.
func (h *heap) remove(i int) {
	old := *h
	last := len(old) - 1
	old[i].place = none
	old[i] = old[last]
	old[last] = entry{}
	*h = old[:last]
	if i < last {
		h.fix(i)
	}
	if roomy := cap(old); roomy > 1024 && last < roomy/4 {
		*h = append(make(heap, 0, roomy/2), *h...)
	}
}

func (h heap) fix(i int) {
	if !h.up(i) {
		h.down(i)
	}
}

// up moves the entry at i towards the root and tells whether it moved.
func (h heap) up(i int) bool {
	e, start := h[i], i
	for i > 0 {
		parent := (i - 1) / arity
		if !e.before(&h[parent]) {
			break
		}
		h.set(i, h[parent])
		i = parent
	}
	h.set(i, e)
	return i != start
}

// down moves the entry at i away from the root.
func (h heap) down(i int) {
	e := h[i]
	for {
		first := arity*i + 1
		if first >= len(h) {
			break
		}
		least := first
		for c := first + 1; c < min(first+arity, len(h)); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&e) {
			break
		}
		h.set(i, h[least])
		i = least
	}
	h.set(i, e)
}

func (h heap) set(i int, e entry) {
	h[i] = e
	e.place = i
}
