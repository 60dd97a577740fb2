package memstore

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// AppendRuns implements [store.RunLog]. The last 10,000 rows of each history are kept.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	for i := range entries {
		if err := store.CheckRun(entries[i]); err != nil {
			return err
		}
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, e := range entries {
		h := s.logs[e.Log]
		if h == nil {
			h = &history{}
			s.logs[e.Log] = h
		}
		h.put(e)
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
	if err := store.CheckRunQuery(q); err != nil {
		return nil, err
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	h := s.logs[q.Log]
	if h == nil {
		return nil, nil
	}
	var rows []store.RunEntry
	for _, e := range slices.Backward(h.candidates(q)) {
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
func (s *Store) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	if err := store.CheckLog(log); err != nil {
		return 0, err
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	h := s.logs[log]
	if h == nil {
		return 0, nil
	}
	removed := 0
	if !before.IsZero() {
		removed = h.drop(h.first(before))
	}
	if keep > 0 {
		removed += h.drop(len(h.rows) - keep)
	}
	return removed, nil
}
