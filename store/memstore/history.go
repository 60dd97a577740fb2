package memstore

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// maxRuns is the number of rows that a history keeps: what ended before the last
// of them is dropped.
const maxRuns = 10_000

// A history is the rows of one log, ordered by the end of the runs. A run that
// ends now goes to its end, so that adding one is cheap.
type history struct {
	rows []store.RunEntry
	// fires has, for each scheduled time of a task, when its rows ended, in order.
	fires map[fire][]time.Time
}

type fire struct {
	task string
	at   int64 // in microseconds
}

func fireOf(task string, at time.Time) fire { return fire{task, at.UnixMicro()} }

// compareRuns orders rows by what identifies them, the end first.
func compareRuns(a, b store.RunEntry) int {
	return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.Task, b.Task), a.Fire.Compare(b.Fire))
}

func (h *history) put(e store.RunEntry) {
	e.Fire, e.Ended = cut(e.Fire), cut(e.Ended)
	e.Data = slices.Clone(e.Data)
	i, there := slices.BinarySearchFunc(h.rows, e, compareRuns)
	if there {
		h.rows[i] = e
		return
	}
	h.rows = slices.Insert(h.rows, i, e)
	if h.fires == nil {
		h.fires = map[fire][]time.Time{}
	}
	f := fireOf(e.Task, e.Fire)
	n, _ := slices.BinarySearchFunc(h.fires[f], e.Ended, time.Time.Compare)
	h.fires[f] = slices.Insert(h.fires[f], n, e.Ended)
	h.drop(len(h.rows) - maxRuns)
}

// drop removes the n rows that ended first and returns their number.
func (h *history) drop(n int) int {
	if n <= 0 {
		return 0
	}
	for _, e := range h.rows[:n] {
		f := fireOf(e.Task, e.Fire)
		if rest := h.fires[f][1:]; len(rest) > 0 {
			h.fires[f] = rest
		} else {
			delete(h.fires, f)
		}
	}
	clear(h.rows[:n])
	h.rows = h.rows[n:]
	return n
}

// first returns the index of the first row that ended at t or later.
func (h *history) first(t time.Time) int {
	i, _ := slices.BinarySearchFunc(h.rows, t, func(e store.RunEntry, t time.Time) int {
		if e.Ended.Before(t) {
			return -1
		}
		return 1
	})
	return i
}

// candidates returns rows among which are all that the query asks for: those of
// the fire, or those that ended in the span. The first to end comes first.
func (h *history) candidates(q store.RunQuery) []store.RunEntry {
	if q.Fire.IsZero() {
		from, to := h.span(q)
		return h.rows[from:to]
	}
	var rows []store.RunEntry
	for _, ended := range h.fires[fireOf(q.Task, q.Fire)] {
		if !q.Since.IsZero() && ended.Before(q.Since) || !q.Until.IsZero() && !ended.Before(q.Until) {
			continue
		}
		i, _ := slices.BinarySearchFunc(h.rows, store.RunEntry{Task: q.Task, Fire: cut(q.Fire), Ended: ended}, compareRuns)
		rows = append(rows, h.rows[i])
	}
	return rows
}

// span returns the bounds of the rows that ended in the span of a query.
func (h *history) span(q store.RunQuery) (from, to int) {
	to = len(h.rows)
	if !q.Since.IsZero() {
		from = h.first(q.Since)
	}
	if !q.Until.IsZero() {
		to = max(from, h.first(q.Until))
	}
	return from, to
}

// cut drops what is finer than a microsecond.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}
