package filestore

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A rowRef tells where a row is.
type rowRef struct {
	rowKey
	in   *segment
	at   uint32 // of its mark
	size uint32 // of its mark
}

func compareKeys(a, b rowKey) int {
	return cmp.Or(cmp.Compare(a.ended, b.ended), cmp.Compare(a.task, b.task), cmp.Compare(a.fire, b.fire))
}

func compareRef(r rowRef, k rowKey) int { return compareKeys(r.rowKey, k) }

// A rowIndex has the rows of a history in memory, without their data: about a
// hundred bytes a row. The first to end comes first, so that most rows are added at
// its end.
type rowIndex struct {
	refs  []rowRef
	names map[string]string // the tasks, each of which is kept once
	// fires has when the rows of each scheduled time of a task ended. It is made
	// when somebody asks for one.
	fires map[fire][]int64
}

type fire struct {
	task string
	at   int64
}

// name returns the one copy of a task's id.
func (x *rowIndex) name(task string) string {
	if x.names == nil || len(x.names) > 1000+2*len(x.refs) {
		x.names = map[string]string{}
		for _, r := range x.refs {
			x.names[r.task] = r.task
		}
	}
	if one, ok := x.names[task]; ok {
		return one
	}
	x.names[task] = task
	return task
}

// add puts rows into their places. Of rows with the same key the last counts, and
// all of them count more than one that was there.
func (x *rowIndex) add(fresh []rowRef) {
	if len(fresh) == 0 {
		return
	}
	slices.SortStableFunc(fresh, func(a, b rowRef) int { return compareKeys(a.rowKey, b.rowKey) })
	i, _ := slices.BinarySearchFunc(x.refs, fresh[0].rowKey, compareRef)
	later := slices.Clone(x.refs[i:])
	x.refs = x.refs[:i]
	for len(fresh) > 0 || len(later) > 0 {
		switch {
		case len(fresh) > 1 && fresh[0].rowKey == fresh[1].rowKey:
			fresh = fresh[1:]
		case len(later) == 0 || len(fresh) > 0 && compareKeys(fresh[0].rowKey, later[0].rowKey) < 0:
			x.insert(fresh[0], true)
			fresh = fresh[1:]
		case len(fresh) > 0 && fresh[0].rowKey == later[0].rowKey:
			later[0].in.lose(later[0])
			x.insert(fresh[0], false)
			fresh, later = fresh[1:], later[1:]
		default:
			x.refs = append(x.refs, later[0])
			later = later[1:]
		}
	}
}

// insert adds a row at the end.
func (x *rowIndex) insert(r rowRef, isNew bool) {
	r.in.live++
	r.in.liveBytes += int64(r.size)
	x.refs = append(x.refs, r)
	if isNew && x.fires != nil {
		x.noteFire(r)
	}
}

func (x *rowIndex) noteFire(r rowRef) {
	f := fire{r.task, r.fire}
	n, _ := slices.BinarySearch(x.fires[f], r.ended)
	x.fires[f] = slices.Insert(x.fires[f], n, r.ended)
}

// drop removes the first n rows.
func (x *rowIndex) drop(n int) {
	for _, r := range x.refs[:n] {
		r.in.lose(r)
		f := fire{r.task, r.fire}
		if rest := x.fires[f]; len(rest) > 1 {
			x.fires[f] = rest[1:]
		} else {
			delete(x.fires, f)
		}
	}
	clear(x.refs[:n])
	x.refs = x.refs[n:]
}

// without removes the rows for which gone is true, of which there are none as a rule.
func (x *rowIndex) without(gone func(r rowRef) bool) {
	if !slices.ContainsFunc(x.refs, gone) {
		return
	}
	x.fires = nil
	x.refs = slices.DeleteFunc(x.refs, func(r rowRef) bool {
		if gone(r) {
			r.in.lose(r)
		}
		return gone(r)
	})
}

// upTo returns the number of rows up to a key and that of it.
func (x *rowIndex) upTo(k rowKey) int {
	n, there := slices.BinarySearchFunc(x.refs, k, compareRef)
	if there {
		n++
	}
	return n
}

// before returns the number of rows before a key.
func (x *rowIndex) before(k rowKey) int {
	n, _ := slices.BinarySearchFunc(x.refs, k, compareRef)
	return n
}

// endedBefore returns the number of rows that ended before a time.
func (x *rowIndex) endedBefore(t time.Time) int {
	n, _ := slices.BinarySearchFunc(x.refs, cutUp(t), func(r rowRef, at int64) int {
		if r.ended < at {
			return -1
		}
		return 1
	})
	return n
}

// cutUp is the first microsecond that is not before t.
func cutUp(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return us
}

// find returns up to limit rows that match, the last to end first, of those before
// the given number.
func (x *rowIndex) find(q store.RunQuery, to, limit int) (found []rowRef) {
	from := 0
	if !q.Since.IsZero() {
		from = x.endedBefore(q.Since)
	}
	if !q.Until.IsZero() {
		to = min(to, x.endedBefore(q.Until))
	}
	if !q.Fire.IsZero() {
		return x.findFire(q, from, to, limit)
	}
	for to > from && len(found) < limit {
		if to--; q.Task == "" || x.refs[to].task == q.Task {
			found = append(found, x.refs[to])
		}
	}
	return found
}

// findFire returns rows of one fire, of those between two numbers.
func (x *rowIndex) findFire(q store.RunQuery, from, to, limit int) (found []rowRef) {
	if x.fires == nil {
		x.fires = make(map[fire][]int64, len(x.refs))
		for _, r := range x.refs {
			x.noteFire(r)
		}
	}
	at := cut(q.Fire).UnixMicro()
	for _, ended := range slices.Backward(x.fires[fire{q.Task, at}]) {
		n, there := slices.BinarySearchFunc(x.refs, rowKey{ended, at, q.Task}, compareRef)
		if there && n >= from && n < to && len(found) < limit {
			found = append(found, x.refs[n])
		}
	}
	return found
}
