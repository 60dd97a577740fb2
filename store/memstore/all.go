package memstore

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/go-asyncz/asyncz/store"
)

// page is the number of records read while the store is locked once.
const page = 512

// A key is the place of a record in the order of All.
type key struct {
	paused bool
	due    moment
	id     string
}

func compareKeys(a, b key) int {
	switch {
	case a.paused != b.paused && b.paused:
		return -1
	case a.paused != b.paused:
		return 1
	}
	return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id))
}

// All implements [store.Store]. It shows the records that were there when the
// walk began, each as it is when the walk comes to it.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		keys, err := s.keys(ctx)
		for chunk := range slices.Chunk(keys, page) {
			var records []store.Record
			if records, err = s.read(ctx, chunk); err != nil {
				break
			}
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(store.Record{}, err)
		}
	}
}

// keys returns the keys of all records in order. It lets others in from time to
// time: a map may change while it is walked, and what stays in it is seen once.
func (s *Store) keys(ctx context.Context) ([]key, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	keys := make([]key, 0, len(s.byID))
	table := s.table // a Clear meanwhile leaves map and table to this walk
	for id, it := range s.byID {
		due, scheduled := table.due(it)
		keys = append(keys, key{paused: !scheduled, due: due, id: id})
		if len(keys)%page == 0 {
			s.mu.Unlock()
			if err := s.enter(ctx); err != nil {
				return nil, err
			}
		}
	}
	s.mu.Unlock()
	slices.SortFunc(keys, compareKeys)
	return keys, nil
}

func (s *Store) read(ctx context.Context, keys []key) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	records := make([]store.Record, 0, len(keys))
	for _, k := range keys {
		if it, ok := s.byID[k.id]; ok {
			records = append(records, s.table.record(it))
		}
	}
	return records, nil
}
