package memstore

import (
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A place says where in its queue an item is.
type place struct {
	where place16
	i     uint32
}

type place16 uint16

const (
	nowhere place16 = iota // not scheduled
	inRun
	inLate
	inWheel // plus the number of the box
)

// block is how many items lie side by side in memory: few enough that a store of a
// few records stays small.
const block = 64

// A table numbers items, so that queues can speak of them without pointers. They
// stay where they are for as long as they are in it. Where in their queues they are is
// beside them and not in them: with a million records, each step from the one to
// the other would be a cache miss.
type table struct {
	blocks []*[block]item
	used   int // slots that were ever taken
	places []place
	free   []slot
}

func (t *table) at(s slot) *item { return &t.blocks[s/block][s%block] }

// add takes an item in and returns where it is.
func (t *table) add(it item) *item {
	if last := len(t.free) - 1; last >= 0 {
		it.slot = t.free[last]
		t.free = t.free[:last]
	} else {
		it.slot = slot(t.used)
		if t.used%block == 0 {
			t.blocks = append(t.blocks, new([block]item))
		}
		t.places = append(t.places, place{})
		t.used++
	}
	at := t.at(it.slot)
	*at = it
	return at
}

// remove takes out an item that is not scheduled. An empty table gives its memory
// back.
func (t *table) remove(it *item) {
	t.free = append(t.free, it.slot)
	*it = item{}
	if len(t.free) == t.used {
		*t = table{}
	}
}

// due returns when the item is due, and false when it isn't scheduled.
func (t *table) due(it *item) (moment, bool) {
	switch p := t.places[it.slot]; p.where {
	case nowhere:
		return 0, false
	case inRun:
		return it.queue.run.at(p).due, true
	case inLate:
		return it.queue.late.entries[p.i].due, true
	default:
		return it.queue.wheel.at(p).due, true
	}
}

// schedule gives the item a due time, or none when the time is zero.
func (t *table) schedule(it *item, due time.Time) {
	it.queue.remove(it.slot)
	if !due.IsZero() {
		it.queue.push(it.slot, momentOf(due.UnixMicro()))
	}
}

func (t *table) record(it *item) store.Record {
	r := store.Record{ID: it.id, Executor: it.queue.label, Rev: it.rev}
	setPayload(&r, it.payload)
	if due, ok := t.due(it); ok {
		r.Due = due.time()
	}
	return r
}
