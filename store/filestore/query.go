package filestore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// pageSize is how many files All reads while it holds the lock.
const pageSize = 256

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (r store.Record, err error) {
	err = s.locked(ctx, func() error {
		r, err = s.read(fileName(id, s.options.suffix))
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: %q", err, id)
		}
		return err
	})
	if err != nil {
		return store.Record{}, err
	}
	return r, nil
}

// Due implements [store.Store]. It reads the files of the records that it
// returns, and no others.
func (s *Store) Due(ctx context.Context, q store.DueQuery) (records []store.Record, err error) {
	err = s.locked(ctx, func() error {
		records, err = s.due(q)
		return err
	})
	return records, err
}

// Claim implements [store.Claimer].
func (s *Store) Claim(ctx context.Context, q store.DueQuery, hold time.Time) (records []store.Record, err error) {
	err = s.locked(ctx, func() error {
		records, err = s.due(q)
		if err != nil {
			return err
		}
		writes := make([]write, len(records))
		for i, r := range records {
			r.Due, r.Rev = hold, r.Rev+1
			writes[i], err = replacement(fileName(r.ID, s.options.suffix), r)
			if err != nil {
				return err
			}
			records[i] = writes[i].record
		}
		return s.commit(writes)
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

// due reads the files that the index names. When one of them turns out to be
// another than the index says, the index is put right and asked again.
func (s *Store) due(q store.DueQuery) ([]store.Record, error) {
	for {
		var records []store.Record
		var stale []string
		for _, e := range s.index.due(q) {
			r, err := s.read(e.name)
			switch {
			case isTransient(err):
				return nil, err
			case err != nil || !e.matches(r):
				stale = append(stale, e.name)
			default:
				records = append(records, r)
			}
		}
		if len(stale) == 0 {
			return records, nil
		}
		for _, name := range stale {
			if err := s.refresh(name); err != nil {
				return nil, err
			}
		}
	}
}

// NextDue implements [store.Store]. It reads no file.
func (s *Store) NextDue(ctx context.Context, executors []string) (next time.Time, err error) {
	err = s.locked(ctx, func() error {
		next = s.index.nextDue(executors)
		return nil
	})
	return next, err
}

// All implements [store.Store]. Files that can't be read come last. The lock is
// free while the caller has a record.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		names, err := s.walk(ctx)
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		for page := range slices.Chunk(names, pageSize) {
			results, err := s.page(ctx, page)
			for _, r := range results {
				if !yield(r.record, r.err) {
					return
				}
			}
			if err != nil {
				yield(store.Record{}, err)
				return
			}
		}
	}
}

// walk returns the names of all task files in the order of All.
func (s *Store) walk(ctx context.Context) (names []string, err error) {
	err = s.locked(ctx, func() error {
		for _, e := range s.index.all() {
			names = append(names, e.name)
		}
		bad := len(names)
		for name := range s.index.bad {
			names = append(names, name)
		}
		slices.Sort(names[bad:])
		return nil
	})
	return names, err
}

// A result is one step of a walk.
type result struct {
	record store.Record
	err    error
}

// page reads some files; those that are gone meanwhile it leaves out.
func (s *Store) page(ctx context.Context, names []string) (results []result, err error) {
	err = s.locked(ctx, func() error {
		for _, name := range names {
			r, err := s.read(name)
			switch {
			case errors.Is(err, store.ErrNotFound):
				s.index.remove(name)
				continue
			case isTransient(err):
				return err
			case err != nil:
				s.index.putBad(name, s.mark(name))
			default:
				s.index.put(name, r)
			}
			results = append(results, result{r, err})
		}
		return nil
	})
	return results, err
}
