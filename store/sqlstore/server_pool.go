package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A serverPool hands out connections to a server.
type serverPool struct {
	db       *sql.DB
	d        dialect
	where    string // the database, for messages
	owned    bool   // opened by us and closed by us
	prePing  bool
	wait     time.Duration
	secrets  []string // what no error may show
	listener *sql.DB  // for a connection that listens, beside the pool; nil: it comes out of the pool
}

// repeats bounds how often a statement is tried that others are in the way of.
const repeats = 20

// do runs f on a connection, and again where the first time has done nothing.
func (p *serverPool) do(ctx context.Context, f func(ctx context.Context, c *sql.Conn) error) error {
	for attempt := 1; ; attempt++ {
		began := time.Now()
		err := p.once(ctx, f)
		took := max(time.Since(began), 2*time.Millisecond)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t := p.trouble(err)
		if !t.repeat || attempt == repeats {
			return p.explain(err, t)
		}
		// Those who were in each other's way must not meet again: the longer a try
		// takes, on a busy machine, the further apart must they be.
		if err := sleep(ctx, rand.N(time.Duration(attempt)*min(took, time.Second/10))); err != nil {
			return err
		}
	}
}

func (p *serverPool) once(ctx context.Context, f func(ctx context.Context, c *sql.Conn) error) error {
	c, err := p.connection(ctx)
	if err != nil {
		return err
	}
	err = f(ctx, c)
	if err != nil && p.trouble(err).drop {
		discard(c)
		return err
	}
	return errors.Join(err, c.Close())
}

// connection takes a connection out of the pool; the caller closes it.
func (p *serverPool) connection(ctx context.Context) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	for {
		c, err := p.db.Conn(waiting)
		switch {
		case err == context.DeadlineExceeded && ctx.Err() == nil: //nolint:errorlint // unwrapped it is the pool's, not the driver's
			return nil, fmt.Errorf("%s: no connection became free within %v (pool_timeout); raise pool_size or max_overflow", p.where, p.wait)
		case err != nil:
			return nil, err
		case !p.prePing:
			return c, nil
		}
		if err = c.PingContext(waiting); err == nil {
			return c, nil
		}
		discard(c)
		if waiting.Err() != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// trouble tells what an error means.
func (p *serverPool) trouble(err error) trouble {
	if errors.Is(err, driver.ErrBadConn) {
		return trouble{repeat: true, away: true}
	}
	return p.d.trouble(err)
}

// explain adds the database and some advice to an error that comes from it.
func (p *serverPool) explain(err error, t trouble) error {
	err = hide(err, p.secrets)
	text := p.where
	if t.advice != "" {
		text += " " + t.advice
	}
	switch {
	case t.away:
		return &explained{text, fmt.Errorf("%w: %w", store.ErrUnreachable, err)}
	case t.config:
		return &explained{text, fmt.Errorf("%w: %w", store.ErrConfig, err)}
	case t.advice != "":
		return &explained{text, err}
	case errors.Is(err, store.ErrConfig):
		return &explained{p.where + " can't be used", err}
	default:
		return err
	}
}

// canListen tells whether a connection can be spared for listening.
func (p *serverPool) canListen() bool {
	return p.listener != nil || p.db.Stats().MaxOpenConnections != 1
}

// close lets go of the database if it is ours.
func (p *serverPool) close() error {
	if !p.owned {
		return nil
	}
	err := p.db.Close()
	if p.listener != nil {
		err = errors.Join(err, p.listener.Close())
	}
	return err
}
