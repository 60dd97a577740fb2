// Package customstore shows how to write a store: all records in one JSON file,
// which each write replaces. It suits a few hundred tasks of one process, and it
// has what every store must have, and nothing else.
//
// Importing it makes the type "jsonfile" known:
//
//	stores: {default: {type: jsonfile, path: tasks.json}}
package customstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func init() {
	store.Register(store.Driver{
		Open: func(_ context.Context, config map[string]any) (store.Store, error) {
			c := struct {
				Path string `config:"path"`
			}{Path: "tasks.json"}
			if err := store.Decode(config, &c); err != nil {
				return nil, err
			}
			return Open(c.Path)
		},
		FromURL: func(url string) (map[string]any, error) {
			return map[string]any{"path": strings.TrimPrefix(url, "jsonfile:")}, nil
		},
	}, "jsonfile")
}

// A Store keeps records in a JSON file. One process opens it, once.
type Store struct {
	path    string
	mu      sync.Mutex
	records map[string]store.Record // as in the file; nil: closed
}

var _ store.Store = (*Store)(nil)

// Open opens the file at path; when there is none, the first write makes it. A
// file that can't be read is an error, and stays as it is.
func Open(path string) (*Store, error) {
	s := &Store{path: path, records: map[string]store.Record{}}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	} else if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &s.records); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", store.ErrCorrupt, path, err)
	}
	return s, nil
}

// begin locks the store for a method; the caller unlocks it when err is nil.
func (s *Store) begin(ctx context.Context) error {
	s.mu.Lock()
	err := ctx.Err()
	if s.records == nil {
		err = store.ErrClosed
	}
	if err != nil {
		s.mu.Unlock()
	}
	return err
}

// write makes a change in a copy and keeps it when it has reached the disk, so
// that a write that fails changes nothing.
func (s *Store) write(ctx context.Context, change func(records map[string]store.Record) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	records := maps.Clone(s.records)
	if err := change(records); err != nil {
		return err
	}
	content, err := json.Marshal(records)
	if err != nil {
		return err
	}
	if err := replace(s.path, content); err != nil {
		return err
	}
	s.records = records
	return nil
}

// replace writes a file beside the old one and renames it, so that a crash at
// any moment leaves one of them whole. (After a failure of the power it may be
// the old one: package filestore also syncs the directory.)
func replace(path string, content []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// current returns the record that a conditional write is for.
func current(records map[string]store.Record, id string, rev uint64) error {
	switch r, ok := records[id]; {
	case !ok:
		return fmt.Errorf("%w: %q", store.ErrNotFound, id)
	case r.Rev != rev:
		return fmt.Errorf("%w: %q has revision %d, not %d", store.ErrConflict, id, r.Rev, rev)
	}
	return nil
}

// kept is a record as the store keeps it: with nothing of the caller's.
func kept(r store.Record, rev uint64) store.Record {
	r.Rev, r.Value, r.Data = rev, nil, slices.Clone(r.Data)
	if !r.Due.IsZero() {
		r.Due = time.UnixMicro(r.Due.UnixMicro()).UTC()
	}
	return r
}

// Add implements [store.Store].
func (s *Store) Add(ctx context.Context, r store.Record) error {
	return s.write(ctx, func(records map[string]store.Record) error {
		if err := store.CheckID(r.ID); err != nil {
			return err
		}
		if _, taken := records[r.ID]; taken {
			return fmt.Errorf("%w: %q", store.ErrExists, r.ID)
		}
		records[r.ID] = kept(r, 1)
		return nil
	})
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	if err := s.begin(ctx); err != nil {
		return store.Record{}, err
	}
	defer s.mu.Unlock()
	r, ok := s.records[id]
	if !ok {
		return store.Record{}, fmt.Errorf("%w: %q", store.ErrNotFound, id)
	}
	return kept(r, r.Rev), nil
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, r store.Record) error {
	return s.write(ctx, func(records map[string]store.Record) error {
		if err := current(records, r.ID, r.Rev); err != nil {
			return err
		}
		records[r.ID] = kept(r, r.Rev+1)
		return nil
	})
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, rev uint64) error {
	return s.write(ctx, func(records map[string]store.Record) error {
		if err := current(records, id, cmp.Or(rev, records[id].Rev)); err != nil {
			return err
		}
		delete(records, id)
		return nil
	})
}

// Clear implements [store.Store].
func (s *Store) Clear(ctx context.Context) error {
	return s.write(ctx, func(records map[string]store.Record) error {
		clear(records)
		return nil
	})
}

// sorted returns the records that match, by due time and id, those without a
// due time last.
func (s *Store) sorted(ctx context.Context, match func(r store.Record) bool) ([]store.Record, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var found []store.Record
	for _, r := range s.records {
		if match(r) {
			found = append(found, kept(r, r.Rev))
		}
	}
	slices.SortFunc(found, func(a, b store.Record) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return b.Due.Compare(a.Due) // the zero time is before all others
		}
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return found, nil
}

// Due implements [store.Store].
func (s *Store) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	due, err := s.sorted(ctx, func(r store.Record) bool {
		return !r.Due.IsZero() && !r.Due.After(q.At) && (q.Executors == nil || slices.Contains(q.Executors, r.Executor))
	})
	return due[:max(0, min(q.Limit, len(due)))], err
}

// NextDue implements [store.Store].
func (s *Store) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	ever := time.Date(9999, time.December, 31, 23, 59, 59, 999999999, time.UTC)
	first, err := s.Due(ctx, store.DueQuery{At: ever, Executors: executors, Limit: 1})
	if err != nil || len(first) == 0 {
		return time.Time{}, err
	}
	return first[0].Due, nil
}

// All implements [store.Store]; its one page is the whole store.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		records, err := s.sorted(ctx, func(store.Record) bool { return true })
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Record{}, err)
		}
	}
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = nil
	return nil
}
