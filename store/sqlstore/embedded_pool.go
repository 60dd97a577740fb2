package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// A pool hands out the connections of one store: to any number of readers, and
// to one writer at a time. A database with one writer gains nothing from a
// second one but conflicts.
type pool struct {
	db       *sql.DB
	d        *embeddedDialect
	where    string // the database, for messages
	owned    bool   // opened by us and closed by us
	settings settings
	// ready, if any, changes the database as we need it, once it is known that
	// it may be changed.
	ready func(ctx context.Context, c *sql.Conn) error

	turn chan struct{} // holds a token while somebody writes
	// held is the writer's own connection, which keeps its cache warm. It is
	// nil where one can't be spared: all of a caller's connections are his.
	held  *sql.Conn
	since time.Time
	spare bool
}

// connection takes a connection out of the pool; the caller closes it.
func (p *pool) connection(ctx context.Context) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, p.settings.wait, errPoolTimeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		c, err := p.db.Conn(waiting)
		switch {
		case err != nil && errors.Is(context.Cause(waiting), errPoolTimeout):
			return nil, fmt.Errorf("%s: no connection became free within %v (pool_timeout); raise pool_size or max_overflow: %w", p.where, p.settings.wait, err)
		case err != nil:
			return nil, err
		case !p.settings.prePing:
			return c, nil
		}
		if err = c.PingContext(waiting); err == nil {
			return c, nil
		}
		discard(c)
		if attempt == 2 {
			return nil, err
		}
	}
}

var errPoolTimeout = errors.New("pool timeout")

// discard closes a connection that must not be used again.
func discard(c *sql.Conn) {
	_ = c.Raw(func(any) error { return driver.ErrBadConn })
	_ = c.Close()
}

// read runs f on a connection, again when another program is in the way.
func (p *pool) read(ctx context.Context, f func(ctx context.Context, c *sql.Conn) error) error {
	return p.patiently(ctx, func() error {
		c, err := p.connection(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		// What f asks takes well under a millisecond a row, so it isn't
		// interrupted in the middle; long results look at the context themselves.
		return f(context.WithoutCancel(ctx), c)
	})
}

// acquire waits for the turn to write. It returns false when done came first.
func (p *pool) acquire(ctx context.Context, done <-chan struct{}) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	select {
	case p.turn <- struct{}{}:
		return true, nil
	case <-done:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (p *pool) release() { <-p.turn }

// write waits for the turn to write and runs f in a transaction.
func (p *pool) write(ctx context.Context, f func(ctx context.Context, c *sql.Conn) error) error {
	if _, err := p.acquire(ctx, nil); err != nil {
		return err
	}
	defer p.release()
	return p.transact(ctx, f)
}

// transact runs f in a transaction; the caller has the turn. The context ends
// the wait for locks, and nothing afterwards: a commit that is cut short would
// leave the caller in doubt.
func (p *pool) transact(ctx context.Context, f func(ctx context.Context, c *sql.Conn) error) error {
	var c *sql.Conn
	steady := context.WithoutCancel(ctx)
	err := p.patiently(ctx, func() (err error) {
		if c == nil {
			if c, err = p.writer(ctx); err != nil {
				return err
			}
		}
		return exec(steady, c, p.d.begin)
	})
	if c != nil {
		defer p.putBack(c)
	}
	if err != nil {
		return err
	}
	err = f(steady, c)
	if err == nil {
		// a log lets commits pass beside readers; a caller's own database may have none
		err = p.patiently(steady, func() error { return exec(steady, c, `COMMIT`) })
	}
	if err != nil {
		// it fails when the database has rolled back by itself
		_ = exec(steady, c, `ROLLBACK`)
	}
	return p.explain(err)
}

// writer takes the writer's connection.
func (p *pool) writer(ctx context.Context) (*sql.Conn, error) {
	if !p.spare {
		return p.connection(ctx)
	}
	if p.held != nil && p.settings.recycle > 0 && time.Since(p.since) > p.settings.recycle {
		p.held.Close()
		p.held = nil
	}
	if p.held != nil && p.settings.prePing && p.held.PingContext(ctx) != nil {
		discard(p.held)
		p.held = nil
	}
	if p.held == nil {
		c, err := p.connection(ctx)
		if err != nil {
			return nil, err
		}
		p.held, p.since = c, time.Now()
	}
	return p.held, nil
}

func (p *pool) putBack(c *sql.Conn) {
	if c != p.held {
		c.Close()
	}
}

// patiently repeats f as long as another program holds a lock, up to the
// settings' bound.
func (p *pool) patiently(ctx context.Context, f func() error) error {
	deadline := time.Now().Add(p.settings.lockWait)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := f()
		if err == nil || p.d.classify(err) != failBusy || time.Now().Add(pause).After(deadline) {
			return p.explain(err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// close lets go of the writer's connection, and of the database if it is ours.
// Nothing else is using the pool.
func (p *pool) close() error {
	if p.held != nil {
		p.held.Close()
		p.held = nil
	}
	if !p.owned {
		return nil
	}
	return p.db.Close()
}

func exec(ctx context.Context, c *sql.Conn, text string, args ...any) error {
	_, err := c.ExecContext(ctx, text, args...)
	return err
}
