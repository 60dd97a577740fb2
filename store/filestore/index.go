package filestore

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// An entry is what the index knows of one readable task file.
type entry struct {
	name     string
	id       string
	due      time.Time // zero: not scheduled
	executor string
	rev      uint64
	pos      int // in its queue
}

// matches tells whether the file still is what the index says.
func (e *entry) matches(r store.Record) bool {
	return e.id == r.ID && e.rev == r.Rev && e.executor == r.Executor && e.due.Equal(r.Due)
}

// byDue orders by due time, then by id, the unscheduled last.
func byDue(a, b *entry) int {
	if a.due.IsZero() != b.due.IsZero() {
		if a.due.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(a.due.Compare(b.due), strings.Compare(a.id, b.id))
}

// An index finds the files of due tasks without reading any. Each executor's
// scheduled tasks are a heap: a change costs O(log n), and the first k of any
// choice of executors cost O(k log k), whatever n is.
type index struct {
	entries map[string]*entry // by file name
	queues  map[string]*queue // by executor
	bad     map[string]string // files that can't be read: name to mark, see [mark]
}

func newIndex() *index {
	return &index{entries: map[string]*entry{}, queues: map[string]*queue{}, bad: map[string]string{}}
}

// put makes the record that the file holds known, in place of what was. It tells
// whether something is due earlier than before for some executor.
func (x *index) put(name string, r store.Record) (sooner bool) {
	old := x.entries[name]
	if old != nil && old.matches(r) {
		return false
	}
	x.remove(name)
	e := &entry{name: name, id: r.ID, due: r.Due, executor: r.Executor, rev: r.Rev}
	x.entries[name] = e
	if e.due.IsZero() {
		return false
	}
	q := x.queues[e.executor]
	if q == nil {
		q = &queue{}
		x.queues[e.executor] = q
	}
	heap.Push(q, e)
	return old == nil || old.due.IsZero() || e.due.Before(old.due) || e.executor != old.executor
}

// putBad makes known that there is a file which can't be read.
func (x *index) putBad(name, mark string) {
	x.remove(name)
	x.bad[name] = mark
}

// remove forgets a file.
func (x *index) remove(name string) {
	delete(x.bad, name)
	e := x.entries[name]
	if e == nil {
		return
	}
	delete(x.entries, name)
	if e.due.IsZero() {
		return
	}
	q := x.queues[e.executor]
	heap.Remove(q, e.pos)
	if q.Len() == 0 {
		delete(x.queues, e.executor)
	}
}

// has tells whether the file is known, readable or not.
func (x *index) has(name string) bool {
	_, bad := x.bad[name]
	return bad || x.entries[name] != nil
}

// chosen returns the queues of these executors; nil means of all.
func (x *index) chosen(executors []string) []*queue {
	var qs []*queue
	if executors == nil {
		for _, q := range x.queues {
			qs = append(qs, q)
		}
		return qs
	}
	for i, name := range executors {
		if q := x.queues[name]; q != nil && !slices.Contains(executors[:i], name) {
			qs = append(qs, q)
		}
	}
	return qs
}

// nextDue returns the earliest due time, or zero.
func (x *index) nextDue(executors []string) time.Time {
	var first *entry
	for _, q := range x.chosen(executors) {
		if e := (*q)[0]; first == nil || byDue(e, first) < 0 {
			first = e
		}
	}
	if first == nil {
		return time.Time{}
	}
	return first.due
}

// due returns the first entries that are due, in order. It walks each heap from
// its root and goes below an entry only when that one was taken.
func (x *index) due(q store.DueQuery) []*entry {
	var f frontier
	for _, q := range x.chosen(q.Executors) {
		f = append(f, place{q, 0})
	}
	heap.Init(&f)
	var out []*entry
	for len(f) > 0 && len(out) < q.Limit {
		p := heap.Pop(&f).(place)
		if p.entry().due.After(q.At) {
			break
		}
		out = append(out, p.entry())
		for child := 2*p.pos + 1; child <= 2*p.pos+2 && child < p.queue.Len(); child++ {
			heap.Push(&f, place{p.queue, child})
		}
	}
	return out
}

// all returns copies of all entries in order.
func (x *index) all() []entry {
	out := make([]entry, 0, len(x.entries))
	for _, e := range x.entries {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b entry) int { return byDue(&a, &b) })
	return out
}
