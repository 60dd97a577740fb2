package memstore

// arity is the number of children of an entry: four lie in two cache lines.
const arity = 4

// A heap holds the entries that came when their time was past already, the
// first in order at the root. Each of them can be found and taken out.
type heap struct {
	entries []entry
	table   *table
}

func (h *heap) before(a, b *entry) bool { return h.table.compareEntries(a, b) < 0 }

func (h *heap) push(e entry) {
	h.entries = append(h.entries, e)
	h.up(len(h.entries)-1, e)
}

// remove takes the entry at i out.
func (h *heap) remove(i int) {
	last := len(h.entries) - 1
	e := h.entries[last]
	h.entries = h.entries[:last]
	switch {
	case i == last:
	case i > 0 && h.before(&e, &h.entries[(i-1)/arity]):
		h.up(i, e)
	default:
		h.down(i, e)
	}
	if roomy := cap(h.entries); roomy > spare && last < roomy/4 {
		h.entries = append(make([]entry, 0, roomy/2), h.entries...)
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
	h.table.places[e.slot] = place{inLate, uint32(i)}
}

// first returns the first n that are due at a moment, in order. It walks the
// heap without changing it: a place is visited after its parent.
func (h *heap) first(n int, at moment) []timed {
	var found []timed
	var border []int // a heap of the places that may come next
	visit := func(place int) {
		if place >= len(h.entries) || h.entries[place].due > at {
			return
		}
		border = append(border, place)
		for i := len(border) - 1; i > 0; {
			parent := (i - 1) / 2
			if !h.before(&h.entries[border[i]], &h.entries[border[parent]]) {
				break
			}
			border[i], border[parent] = border[parent], border[i]
			i = parent
		}
	}
	for visit(0); len(border) > 0 && len(found) < n; {
		next, last := border[0], len(border)-1
		found = append(found, h.entries[next].timed)
		border[0] = border[last]
		border = border[:last]
		h.sink(border)
		for c := range arity {
			visit(arity*next + 1 + c)
		}
	}
	return found
}

// sink moves the first of a heap of places to where it belongs.
func (h *heap) sink(border []int) {
	for i := 0; 2*i+1 < len(border); {
		least := 2*i + 1
		if least+1 < len(border) && h.before(&h.entries[border[least+1]], &h.entries[border[least]]) {
			least++
		}
		if !h.before(&h.entries[border[least]], &h.entries[border[i]]) {
			return
		}
		border[i], border[least] = border[least], border[i]
		i = least
	}
}
