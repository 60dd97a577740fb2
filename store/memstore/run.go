package memstore

import (
	"cmp"
	"slices"
)

// A run holds the items whose time the wheel has passed, in order. What the
// wheel gives later is due later, so it goes to the end; what is claimed comes
// from the front.
type run struct {
	list  []timed
	front int    // the first that is not gone, or the length
	base  uint32 // what the places of items count from
	table *table
}

// append adds items that come after all that are there. It sorts them.
func (r *run) append(due []timed) {
	if r.front > len(r.list)/2 {
		n := copy(r.list, r.list[r.front:])
		r.list, r.base, r.front = r.list[:n], r.base+uint32(r.front), 0
	}
	slices.SortFunc(due, func(a, b timed) int { return cmp.Compare(a.due, b.due) })
	for from, i := 0, 1; i <= len(due); i++ {
		if i == len(due) || due[i].due != due[from].due {
			r.sortByID(due[from:i])
			from = i
		}
	}
	for _, t := range due {
		r.table.places[t.slot] = place{inRun, r.base + uint32(len(r.list))}
		r.list = append(r.list, t)
	}
}

// sortByID sorts items that are due at one instant.
func (r *run) sortByID(same []timed) {
	if len(same) == 1 {
		return
	}
	entries := make([]entry, len(same))
	for i, t := range same {
		entries[i] = r.table.entry(t)
	}
	slices.SortFunc(entries, func(a, b entry) int { return r.table.compareEntries(&a, &b) })
	for i, e := range entries {
		same[i] = e.timed
	}
}

// at returns the item at a place.
func (r *run) at(p place) *timed { return &r.list[p.i-r.base] }

// remove takes the item at a place out.
func (r *run) remove(p place) {
	r.at(p).slot = gone
	for r.front < len(r.list) && r.list[r.front].slot == gone {
		r.front++
	}
	if r.front == len(r.list) {
		if r.list, r.front = r.list[:0], 0; cap(r.list) > 64*spare {
			r.list = nil
		}
	}
}

// first returns the first n that are due at a moment.
func (r *run) first(n int, at moment) []timed {
	found := make([]timed, 0, min(n, len(r.list)-r.front))
	for _, t := range r.list[r.front:] {
		if t.due > at || len(found) >= n {
			break
		}
		if t.slot != gone {
			found = append(found, t)
		}
	}
	return found
}
