package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// An embedded store keeps records in a database that lives in the process, and
// that takes one writer at a time: SQLite. A statement costs it microseconds,
// so it does row by row what a server is told in one statement.
type embedded struct {
	gate
	pool  *pool
	table string
	q     queries
	queue queue
}

var _ Store = (*embedded)(nil)

// Namespace is "sql/" and the table's name as the database spells it.
func (s *embedded) Namespace() string { return "sql/" + s.table }

// Close releases the connections, after the calls that are under way. A *sql.DB
// that was given to [New] stays open.
func (s *embedded) Close() error { return s.shut(s.pool.close) }

// Clear removes all records.
func (s *embedded) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		return exec(ctx, c, s.q.clear)
	})
}

// Get returns the record with this id.
func (s *embedded) Get(ctx context.Context, id string) (r store.Record, err error) {
	if err := s.enter(ctx); err != nil {
		return r, err
	}
	defer s.leave()
	var due, executor, rev, data any
	err = s.pool.read(ctx, func(ctx context.Context, c *sql.Conn) error {
		return c.QueryRowContext(ctx, s.q.get, id).Scan(&due, &executor, &rev, &data)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("%w: %q", store.ErrNotFound, id)
	}
	if err != nil {
		return r, err
	}
	return record(id, due, executor, rev, data)
}
