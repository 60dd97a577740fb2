package memstore

import (
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// An item is a record at rest. Its label is that of its queue, and its due time
// is in the heap, so that neither is kept twice.
type item struct {
	id    string
	data  []byte
	value any
	rev   uint64
	queue *queue
	slot  slot
}

// A queue holds the records of one label; one that is empty is forgotten.
type queue struct {
	label string
	count int
	heap  heap
}

// A slot is the number of an item in its table.
type slot int32

// A table numbers items, so that heaps can speak of them without pointers.
type table struct {
	items  []*item
	places []int32 // of each item in the heap of its queue, or none
	free   []slot
}

func (t *table) add(it *item) {
	if last := len(t.free) - 1; last >= 0 {
		it.slot = t.free[last]
		t.free = t.free[:last]
		t.items[it.slot] = it
		return
	}
	it.slot = slot(len(t.items))
	t.items = append(t.items, it)
	t.places = append(t.places, none)
}

// remove frees the slot of an item that is in no heap. An empty table gives its
// memory back.
func (t *table) remove(it *item) {
	t.items[it.slot] = nil
	t.free = append(t.free, it.slot)
	if len(t.free) == len(t.items) {
		*t = table{}
	}
}

// due returns when the item is due, and false when it isn't scheduled.
func (t *table) due(it *item) (int64, bool) {
	i := t.places[it.slot]
	if i == none {
		return 0, false
	}
	return it.queue.heap.entries[i].due, true
}

// schedule gives the item a due time, or none when the time is zero.
func (t *table) schedule(it *item, due time.Time) {
	switch i := int(t.places[it.slot]); {
	case due.IsZero() && i != none:
		it.queue.heap.remove(i)
	case due.IsZero():
	case i == none:
		it.queue.heap.push(it, due.UnixMicro())
	default:
		it.queue.heap.move(i, due.UnixMicro())
	}
}

func (t *table) record(it *item) store.Record {
	r := store.Record{ID: it.id, Executor: it.queue.label, Rev: it.rev, Data: slices.Clone(it.data), Value: it.value}
	if due, ok := t.due(it); ok {
		r.Due = time.UnixMicro(due).UTC()
	}
	return r
}
