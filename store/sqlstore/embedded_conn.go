package sqlstore

import (
	"context"
	"database/sql/driver"
	"log/slog"
)

// A connector opens connections that begin with the same statements and keep
// what they have prepared. Statements, unlike parameters of a driver's DSN,
// mean the same to every driver.
type connector struct {
	driver.Connector
	setup []string
	echo  *slog.Logger
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	dc := &conn{base: base, echo: c.echo, prepared: map[string]*stmt{}}
	for _, text := range c.setup {
		if err := dc.run(ctx, text); err != nil {
			dc.Close()
			return nil, err
		}
	}
	return dc, nil
}

// A dsnConnector serves drivers that have no connectors of their own.
type dsnConnector struct {
	driver driver.Driver
	dsn    string
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c dsnConnector) Driver() driver.Driver                        { return c.driver }

// A conn keeps its prepared statements until it is closed: parsing costs more
// than running most of them. It is used by one goroutine at a time, as
// database/sql does, and it leaves out the optional Exec and Query so that all
// goes through Prepare.
type conn struct {
	base     driver.Conn
	echo     *slog.Logger
	prepared map[string]*stmt
}

func (c *conn) run(ctx context.Context, text string) error {
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer s.Close()
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, nil)
	if err != nil {
		return err
	}
	return rows.Close()
}

func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	known := c.prepared[text]
	if known != nil && !known.inUse {
		known.inUse = true
		return known, nil
	}
	base, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &stmt{Stmt: base, c: c, text: text, inUse: true, kept: known == nil}
	if s.kept {
		c.prepared[text] = s
	}
	return s, nil
}

func (c *conn) prepare(ctx context.Context, text string) (driver.Stmt, error) {
	if p, ok := c.base.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, text)
	}
	return c.base.Prepare(text)
}

func (c *conn) Close() error {
	for _, s := range c.prepared {
		s.Stmt.Close()
	}
	return c.base.Close()
}

// Begin is a duty of the interface; the store begins its transactions by
// statement, because drivers differ in how they are told to take the lock.
func (c *conn) Begin() (driver.Tx, error) { return c.base.Begin() } //nolint:staticcheck // the interface has it

func (c *conn) Ping(ctx context.Context) error { return c.run(ctx, `SELECT 1`) }

func (c *conn) ResetSession(ctx context.Context) error {
	if r, ok := c.base.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *conn) IsValid() bool {
	v, ok := c.base.(driver.Validator)
	return !ok || v.IsValid()
}

// A stmt stays prepared when it is closed.
type stmt struct {
	driver.Stmt
	c     *conn
	text  string
	inUse bool
	kept  bool
}

func (s *stmt) Close() error {
	s.inUse = false
	if s.kept {
		return nil
	}
	return s.Stmt.Close()
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.tell(ctx)
	if e, ok := s.Stmt.(driver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	return s.Stmt.Exec(values(args)) //nolint:staticcheck // all that an old driver has
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.tell(ctx)
	if q, ok := s.Stmt.(driver.StmtQueryContext); ok {
		return q.QueryContext(ctx, args)
	}
	return s.Stmt.Query(values(args)) //nolint:staticcheck // all that an old driver has
}

func (s *stmt) tell(ctx context.Context) {
	if s.c.echo != nil {
		s.c.echo.InfoContext(ctx, "sql", "statement", s.text)
	}
}

func values(args []driver.NamedValue) []driver.Value {
	v := make([]driver.Value, len(args))
	for i, a := range args {
		v[i] = a.Value
	}
	return v
}
