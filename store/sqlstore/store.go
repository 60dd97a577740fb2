package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// A Store keeps records in a table. Its methods may be called from any number
// of goroutines.
type Store struct {
	pool  *pool
	table string
	q     queries
	queue queue

	// use is held for reading by each call and for writing by Close, which
	// so lets the calls end that have begun.
	use    sync.RWMutex
	closed bool
}

// Namespace is "sql/" and the table's name as the database spells it.
func (s *Store) Namespace() string { return "sql/" + s.table }

// Close releases the connections, after the calls that are under way. A *sql.DB
// that was given to [New] stays open.
func (s *Store) Close() error {
	s.use.Lock()
	defer s.use.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.pool.close()
}

// enter begins a call; unless it fails, leave ends it.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.use.RLock()
	if s.closed {
		s.use.RUnlock()
		return store.ErrClosed
	}
	return nil
}

func (s *Store) leave() { s.use.RUnlock() }

// Clear removes all records.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		return exec(ctx, c, s.q.clear)
	})
}

// Get returns the record with this id.
func (s *Store) Get(ctx context.Context, id string) (r store.Record, err error) {
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
