package memstore

import (
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// An item is a record at rest. Its label is that of its queue, which knows its
// due time too, so that neither is kept twice.
type item struct {
	id    string
	data  []byte
	value any
	rev   uint64
	queue *queue
	slot  slot
}

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

// A table numbers items, so that queues can speak of them without pointers.
// Where they are is beside them and not in them: with a million records, each
// step from the one to the other would be a cache miss.
type table struct {
	items  []*item
	places []place
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
	t.places = append(t.places, place{})
}

// remove frees the slot of an item that is not scheduled. An empty table gives
// its memory back.
func (t *table) remove(it *item) {
	t.items[it.slot] = nil
	t.free = append(t.free, it.slot)
	if len(t.free) == len(t.items) {
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
	r := store.Record{ID: it.id, Executor: it.queue.label, Rev: it.rev, Data: slices.Clone(it.data), Value: it.value}
	if due, ok := t.due(it); ok {
		r.Due = due.time()
	}
	return r
}

func (m moment) time() time.Time { return time.UnixMicro(m.micros()).UTC() }
