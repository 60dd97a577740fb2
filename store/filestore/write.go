package filestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// A write is one change of one file, and the record that is in the file then.
type write struct {
	change
	record store.Record
}

// Add implements [store.Store]. For an id whose file is there but can't be read
// it returns ErrCorrupt.
func (s *Store) Add(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpAdd, Record: r})
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, r store.Record) error {
	return s.one(ctx, store.Write{Op: store.OpUpdate, Record: r})
}

// Delete implements [store.Store]. A file that can't be read stays: ErrCorrupt.
func (s *Store) Delete(ctx context.Context, id string, rev uint64) error {
	return s.one(ctx, store.Write{Op: store.OpDelete, Record: store.Record{ID: id, Rev: rev}})
}

func (s *Store) one(ctx context.Context, w store.Write) error {
	return s.locked(ctx, func() error {
		todo, err := s.prepare(w)
		if err != nil {
			return err
		}
		return s.commit([]write{todo})
	})
}

// Batch implements [store.Batcher]. The files are written and flushed together,
// so a batch costs far less than its writes one by one. When a file can't be
// written, for want of room on the disk say, nothing of the batch is done.
func (s *Store) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	seen := make(map[string]bool, len(writes))
	for _, w := range writes {
		if seen[w.Record.ID] {
			return nil, fmt.Errorf("%w: the task %q is in the batch twice", store.ErrInvalid, w.Record.ID)
		}
		seen[w.Record.ID] = true
	}
	results := make([]error, len(writes))
	err := s.locked(ctx, func() error {
		var todo []write
		for i, w := range writes {
			t, err := s.prepare(w)
			switch {
			case isTransient(err):
				return err
			case err != nil:
				results[i] = err
			default:
				todo = append(todo, t)
			}
		}
		return s.commit(todo)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// Clear implements [store.Store].
func (s *Store) Clear(ctx context.Context) error {
	return s.locked(ctx, func() error {
		// A new log makes the other handles read the directory anew, whatever
		// becomes of this one before it has removed everything.
		if err := s.log.restart(); err != nil {
			return err
		}
		s.index = nil
		if err := s.removeFiles(isTask); err != nil {
			return err
		}
		if err := s.options.files.SyncDir(s.dir); err != nil {
			return err
		}
		return s.rebuild()
	})
}

// prepare checks a write against the file that is there, not against the index:
// nothing is overwritten unread.
func (s *Store) prepare(w store.Write) (write, error) {
	r := w.Record
	if err := store.CheckID(r.ID); err != nil {
		return write{}, err
	}
	name := fileName(r.ID, s.options.suffix)
	now, err := s.read(name)
	missing := errors.Is(err, store.ErrNotFound)
	switch {
	case err != nil && !missing:
		return write{}, err
	case w.Op == store.OpAdd && !missing:
		return write{}, fmt.Errorf("%w: %q", store.ErrExists, r.ID)
	case w.Op != store.OpAdd && missing:
		return write{}, fmt.Errorf("%w: %q", store.ErrNotFound, r.ID)
	}
	switch w.Op {
	case store.OpAdd:
		r.Rev = 1
	case store.OpUpdate:
		if now.Rev != r.Rev {
			return write{}, conflict(r, now)
		}
		r.Rev++
	case store.OpDelete:
		if r.Rev != 0 && now.Rev != r.Rev {
			return write{}, conflict(r, now)
		}
		return write{change: change{name: name}}, nil
	default:
		return write{}, fmt.Errorf("%w: the operation %d of task %q is none", store.ErrInvalid, w.Op, r.ID)
	}
	return replacement(name, r)
}

func conflict(r, now store.Record) error {
	return fmt.Errorf("%w: %q is at revision %d, not %d", store.ErrConflict, r.ID, now.Rev, r.Rev)
}

// replacement is the write that leaves this record in the file.
func replacement(name string, r store.Record) (write, error) {
	content, err := encode(r)
	if err != nil {
		return write{}, err
	}
	r.Due = cut(r.Due)
	return write{change{name, content}, r}, nil
}

// commit does the writes. Whether it fails or the process dies, the log makes
// every handle, this one included, look at the files that may have changed.
func (s *Store) commit(writes []write) error {
	if len(writes) == 0 {
		return nil
	}
	changes := make([]change, len(writes))
	names := make([]string, len(writes))
	for i, w := range writes {
		changes[i], names[i] = w.change, w.name
	}
	end, err := s.log.append(names, len(s.index.entries))
	if err != nil {
		return fmt.Errorf("write the log of changes: %w", err)
	}
	if err := replace(s.options.files, s.dir, s.lock.perm, changes); err != nil {
		return err
	}
	sooner := false
	for _, w := range writes {
		if w.content == nil {
			s.index.remove(w.name)
		} else if s.index.put(w.name, w.record) {
			sooner = true
		}
	}
	s.log.end = end
	if sooner {
		s.lock.gate.bells.ring(func(of *Store) bool { return of != s })
	}
	return nil
}
