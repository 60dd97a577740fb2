package memstore

// A queue holds the records of one label; one that is empty is forgotten. What
// is scheduled is in one of three: the wheel while its time is to come, the run
// when the wheel has passed it, and the late ones that were added after that.
type queue struct {
	label string
	count int
	wheel wheel
	run   run
	late  heap
	table *table
	due   []timed // memory for advance, used again
}

func newQueue(label string, t *table) *queue {
	return &queue{label: label, table: t, wheel: wheel{table: t}, run: run{table: t}, late: heap{table: t}}
}

func (q *queue) push(s slot, due moment) {
	if due > q.wheel.now {
		q.wheel.push(timed{due, s})
	} else {
		q.late.push(q.table.entry(timed{due, s}))
	}
}

func (q *queue) remove(s slot) {
	p := q.table.places[s]
	switch p.where {
	case nowhere:
	case inRun:
		q.run.remove(p)
	case inLate:
		q.late.remove(int(p.i))
	default:
		q.wheel.remove(p)
	}
	q.table.places[s] = place{}
}

// advance brings what is due at a moment from the wheel into the run.
func (q *queue) advance(to moment) {
	q.due = q.wheel.advance(to, q.due[:0])
	if len(q.due) > 0 {
		q.run.append(q.due)
	}
	if cap(q.due) > spare {
		q.due = nil
	}
}

// peek returns the first of what the wheel has passed, or false.
func (q *queue) peek() (first timed, ok bool) {
	if q.run.front < len(q.run.list) {
		first, ok = q.run.list[q.run.front], true
	}
	if late := q.late.entries; len(late) > 0 && (!ok || q.table.compare(late[0].timed, first) < 0) {
		first, ok = late[0].timed, true
	}
	return first, ok
}

// earliest returns the moment of the earliest record, or false when none is
// scheduled.
func (q *queue) earliest() (moment, bool) {
	for {
		if first, ok := q.peek(); ok {
			return first.due, true
		}
		m, exact, ok := q.wheel.earliest()
		if exact {
			return m, ok
		}
		q.advance(m)
	}
}

// first returns the first n that are due at a moment and a few more, and
// whether they are in order.
func (q *queue) first(n int, at moment) (found []timed, ordered bool) {
	q.advance(at)
	found = q.run.first(n, at)
	late := q.late.first(n, at)
	return append(found, late...), len(late) == 0
}
