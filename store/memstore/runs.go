package memstore

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// maxRuns is the number of rows that the history keeps: what ended before the
// last of them is dropped.
const maxRuns = 10_000

// runs is the history, ordered by the end of the runs. A run that ends now goes
// to its end, so that adding one is cheap.
type runs []store.RunEntry

// compareRuns orders rows by what identifies them, the end first.
func compareRuns(a, b store.RunEntry) int {
	return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.Task, b.Task), a.Fire.Compare(b.Fire))
}

func (h *runs) put(e store.RunEntry) {
	e.Fire, e.Ended = cut(e.Fire), cut(e.Ended)
	e.Data = slices.Clone(e.Data)
	if i, there := slices.BinarySearchFunc(*h, e, compareRuns); there {
		(*h)[i] = e
	} else {
		*h = slices.Insert(*h, i, e)
	}
	h.drop(len(*h) - maxRuns)
}

// drop removes the n rows that ended first and returns their number.
func (h *runs) drop(n int) int {
	if n <= 0 {
		return 0
	}
	clear((*h)[:n])
	*h = (*h)[n:]
	return n
}

// first returns the index of the first row that ended at t or later.
func (h runs) first(t time.Time) int {
	i, _ := slices.BinarySearchFunc(h, t, func(e store.RunEntry, t time.Time) int {
		if e.Ended.Before(t) {
			return -1
		}
		return 1
	})
	return i
}

// cut drops what is finer than a microsecond.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// AppendRuns implements [store.RunLog]. The last 10,000 rows are kept.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, e := range entries {
		s.runs.put(e)
	}
	return nil
}

// Runs implements [store.RunLog].
func (s *Store) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		rows, err := s.findRuns(ctx, q)
		if err != nil {
			yield(store.RunEntry{}, err)
			return
		}
		for _, e := range rows {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (s *Store) findRuns(ctx context.Context, q store.RunQuery) ([]store.RunEntry, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	from, to := 0, len(s.runs)
	if !q.Since.IsZero() {
		from = s.runs.first(q.Since)
	}
	if !q.Until.IsZero() {
		to = max(from, s.runs.first(q.Until))
	}
	var rows []store.RunEntry
	for _, e := range slices.Backward(s.runs[from:to]) {
		if q.Limit > 0 && len(rows) == q.Limit {
			break
		}
		if q.Task == "" || q.Task == e.Task {
			e.Data = slices.Clone(e.Data)
			rows = append(rows, e)
		}
	}
	return rows, nil
}

// TrimRuns implements [store.RunLog].
func (s *Store) TrimRuns(ctx context.Context, before time.Time, keep int) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	removed := 0
	if !before.IsZero() {
		removed = s.runs.drop(s.runs.first(before))
	}
	if keep > 0 {
		removed += s.runs.drop(len(s.runs) - keep)
	}
	return removed, nil
}
