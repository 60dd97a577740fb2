package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"math"

	"github.com/go-asyncz/asyncz/store"
)

// All returns all records by due time, then by id, those without a due time
// after them, and at the end the rows that can't be read. It holds no
// connection while the caller works.
func (s *embedded) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		due, id := int64(math.MinInt64), ""
		scheduled := func() ([]row, error) {
			return s.walk(ctx, func(l labelQueries) string { return l.after }, due, id)
		}
		more := walkPages(ctx, yield, scheduled, func(last row) { due, id = last.due.Int64, last.record.ID })
		if !more {
			return
		}
		id = ""
		paused := func() ([]row, error) {
			return s.walk(ctx, func(l labelQueries) string { return l.paused }, id)
		}
		if walkPages(ctx, yield, paused, func(last row) { id = last.record.ID }) {
			s.broken(ctx, yield)
		}
	}
}

// walk reads a page over all labels.
func (s *embedded) walk(ctx context.Context, pick func(labelQueries) string, args ...any) (rows []row, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	err = s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) error {
		labels, err := s.labels(quiet, c, nil)
		if err != nil {
			return err
		}
		rows, err = s.page(ctx, quiet, c, labels, pageSize, pick, args...)
		return err
	})
	return rows, err
}

// broken yields the rows that can't be read.
func (s *embedded) broken(ctx context.Context, yield func(store.Record, error) bool) {
	keys, err := s.unreadable(ctx)
	if err != nil {
		yield(store.Record{}, err)
		return
	}
	for _, key := range keys {
		columns, err := s.fragment(ctx, key)
		if errors.Is(err, sql.ErrNoRows) {
			continue // repaired or removed since
		}
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		if !yield(record(columns[0], columns[1], columns[2], columns[3], columns[4])) {
			return
		}
	}
}

func (s *embedded) unreadable(ctx context.Context) (keys []int64, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	err = s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) error {
		keys = nil
		rows, err := c.QueryContext(quiet, s.q.unreadable)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key int64
			if err := rows.Scan(&key); err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return rows.Err()
	})
	return keys, err
}

// fragment returns the columns id, due, executor, rev and data of a row.
func (s *embedded) fragment(ctx context.Context, key int64) (columns [5]any, err error) {
	if err := s.enter(ctx); err != nil {
		return columns, err
	}
	defer s.leave()
	err = s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) error {
		return c.QueryRowContext(quiet, s.q.fragment, key).
			Scan(&columns[0], &columns[1], &columns[2], &columns[3], &columns[4])
	})
	return columns, err
}
