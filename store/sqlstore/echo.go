package sqlstore

import (
	"context"
	"database/sql/driver"
	"log/slog"
)

// An echoConnector opens connections to a server that log each statement.
type echoConnector struct {
	driver.Connector
	log *slog.Logger
}

func (c *echoConnector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &echoConn{Conn: base, log: c.log}, nil
}

// An echoConn logs each statement. What the driver's connection can do beyond
// its duty is passed on, or declined in the way that database/sql knows.
type echoConn struct {
	driver.Conn
	log *slog.Logger
}

func (c *echoConn) tell(ctx context.Context, text string) {
	c.log.InfoContext(ctx, "sql", "statement", text)
}

func (c *echoConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	c.tell(ctx, text)
	return q.QueryContext(ctx, text, args)
}

func (c *echoConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	e, ok := c.Conn.(driver.ExecerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	c.tell(ctx, text)
	return e.ExecContext(ctx, text, args)
}

// PrepareContext is where database/sql goes when a driver declines the above.
func (c *echoConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.tell(ctx, text)
	if p, ok := c.Conn.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, text)
	}
	return c.Prepare(text)
}

func (c *echoConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.tell(ctx, "BEGIN")
	if b, ok := c.Conn.(driver.ConnBeginTx); ok {
		return b.BeginTx(ctx, opts)
	}
	return c.Begin() //nolint:staticcheck // all that an old driver has
}

func (c *echoConn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

func (c *echoConn) CheckNamedValue(v *driver.NamedValue) error {
	if k, ok := c.Conn.(driver.NamedValueChecker); ok {
		return k.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *echoConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *echoConn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}
