package filestore

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/go-asyncz/asyncz/store"
)

// runsPage is how many rows Runs reads while it holds the lock.
const runsPage = 256

// onRuns runs f while nobody else uses the histories. Unless the directory is to
// be made and there is none, f is not called.
func (s *Store) onRuns(ctx context.Context, makes bool, f func() error) (err error) {
	s.life.RLock()
	defer s.life.RUnlock()
	select {
	case <-s.lock.closed:
		return store.ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if makes {
		err = makeDirectory(s.runsDir(), s.options.mode)
	}
	if err != nil || missing(s.runsDir()) {
		return err
	}
	release, err := s.runsLock.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if e := release(); err == nil {
			err = e
		}
	}()
	return f()
}

// history returns what is known of a log.
func (s *Store) history(log string) *history {
	h := s.histories[log]
	if h == nil {
		if s.histories == nil {
			s.histories = map[string]*history{}
		}
		h = &history{log: log, dir: s.runsDir()}
		s.histories[log] = h
	}
	return h
}

// AppendRuns implements [store.RunLog]. Each history is flushed once.
func (s *Store) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := checkRows(entries); err != nil {
		return err
	}
	return s.onRuns(ctx, len(entries) > 0, func() error {
		content := map[string][][]byte{} // of each log, for one segment after the other
		for _, e := range entries {
			parts := content[e.Log]
			if n := len(parts); n == 0 || int64(len(parts[n-1])) >= s.options.segment {
				parts = append(parts, nil)
			}
			n := len(parts) - 1
			parts[n] = appendRow(parts[n], e)
			content[e.Log] = parts
		}
		for log, parts := range content {
			for _, part := range parts {
				if err := s.extend(s.history(log), part); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Runs implements [store.RunLog]. What can't be read has no place among the rows
// and comes after them, unless the limit is reached before.
func (s *Store) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		if err := store.CheckRunQuery(q); err != nil {
			yield(store.RunEntry{}, err)
			return
		}
		var after *rowKey
		for left := q.Limit; ; {
			size := runsPage
			if q.Limit > 0 {
				size = min(size, left)
			}
			page, err := s.runsPage(ctx, q, after, size)
			if err != nil {
				yield(store.RunEntry{}, err)
				return
			}
			for _, r := range page.rows {
				if !yield(r.entry, r.err) {
					return
				}
			}
			left -= len(page.rows)
			if q.Limit > 0 && left == 0 {
				return
			}
			if page.last {
				for _, err := range page.faults {
					if !yield(store.RunEntry{Log: q.Log}, err) {
						return
					}
				}
				return
			}
			after = &page.end
		}
	}
}

// A foundRow is a row, or what is known of it.
type foundRow struct {
	entry store.RunEntry
	err   error
}

type rowPage struct {
	rows   []foundRow
	end    rowKey  // of the last row
	last   bool    // no more rows follow
	faults []error // what can't be read, with the last
}

// runsPage reads the next rows that match, after one of them.
func (s *Store) runsPage(ctx context.Context, q store.RunQuery, after *rowKey, size int) (page rowPage, err error) {
	page.last = true
	err = s.onRuns(ctx, false, func() error {
		h := s.history(q.Log)
		if err := h.catchUp(); err != nil {
			return err
		}
		to := len(h.index.refs)
		if after != nil {
			to = h.index.before(*after)
		}
		found := h.index.find(q, to, size)
		page.rows, err = h.fetch(found)
		if page.last = len(found) < size; page.last {
			page.faults = h.faults()
		} else {
			page.end = found[len(found)-1].rowKey
		}
		return err
	})
	return page, err
}

// removeRuns removes the histories, and their directory when that was all.
func (s *Store) removeRuns() error {
	names, err := list(s.runsDir())
	if err != nil {
		return err
	}
	left := false
	for _, name := range names {
		if _, _, ok := parseSegment(name); !ok && name != lockName {
			left = true
			continue
		}
		if err := s.options.files.Remove(filepath.Join(s.runsDir(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if left {
		return nil
	}
	if err := os.Remove(s.runsDir()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
