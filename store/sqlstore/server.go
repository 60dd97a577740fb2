package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A server store keeps records in a database on a server, which others use at
// the same time. What counts there is the number of round trips: each of its
// methods needs one.
type server struct {
	gate
	pool  *serverPool
	d     dialect
	table string
	party party
	over  chan struct{} // closed when the store is
}

var (
	_ Store         = (*server)(nil)
	_ store.Checker = (*server)(nil)
)

// startServer prepares the tables and makes the store.
func startServer(ctx context.Context, p *serverPool) (Store, error) {
	s := &server{pool: p, d: p.d, over: make(chan struct{})}
	watches := false
	err := p.do(ctx, func(ctx context.Context, c *sql.Conn) (err error) {
		if l, ok := p.d.(listener); ok {
			watches = l.listens(c) && p.canListen()
		}
		s.table, err = p.d.prepare(ctx, c)
		return err
	})
	if err != nil {
		p.close() //nolint:errcheck // the first error says more
		return nil, err
	}
	if watches {
		return &watched{s}, nil
	}
	return s, nil
}

// Namespace is "sql/" and the table's name, without its schema: who opens the
// table with another search path sees the same.
func (s *server) Namespace() string { return "sql/" + s.table }

// Close releases the connections, after the calls that are under way.
func (s *server) Close() error {
	return s.shut(func() error {
		close(s.over)
		s.party.work.Wait() // all callers have gone, so nobody is carried far
		return s.pool.close()
	})
}

// on runs f on a connection, again where that helps.
func (s *server) on(ctx context.Context, f func(ctx context.Context, c *sql.Conn) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.pool.do(ctx, f)
}

// ask runs f on a connection and returns its answer.
func ask[A any](ctx context.Context, s *server, f func(ctx context.Context, c *sql.Conn) (A, error)) (answer A, err error) {
	err = s.on(ctx, func(ctx context.Context, c *sql.Conn) (err error) {
		answer, err = f(ctx, c)
		return err
	})
	return answer, err
}

// Get returns the record with this id.
func (s *server) Get(ctx context.Context, id string) (store.Record, error) {
	possible := store.CheckID(id) == nil
	rows, err := ask(ctx, s, func(ctx context.Context, c *sql.Conn) ([]row, error) {
		if !possible {
			return nil, nil
		}
		return s.d.get(ctx, c, id)
	})
	switch {
	case err != nil:
		return store.Record{}, err
	case len(rows) == 0:
		return store.Record{}, fmt.Errorf("%w: %q", store.ErrNotFound, id)
	}
	return rows[0].record, rows[0].broken
}

// Clear removes all records.
func (s *server) Clear(ctx context.Context) error {
	return s.on(ctx, s.d.clear)
}

// Now is the server's time.
func (s *server) Now(ctx context.Context) (time.Time, error) {
	us, err := ask(ctx, s, s.d.now)
	if err != nil {
		return time.Time{}, err
	}
	return dueTime(us), nil
}

// Check says what in the server's set-up puts tasks at risk.
func (s *server) Check(ctx context.Context) ([]string, error) {
	return ask(ctx, s, s.d.check)
}
