package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"

	"github.com/go-asyncz/asyncz/store"
)

var postgresDatabase = database{
	name:           "PostgreSQL",
	schemes:        []string{"postgres", "postgresql"},
	adapters:       []string{"psycopg2", "psycopg2cffi", "psycopg", "psycopg_async", "asyncpg", "pg8000", "pygresql", "pgx"},
	forms:          "postgresql://user@host:5432/database",
	drivers:        []string{"pgx", "postgres"},
	driverImport:   "github.com/go-asyncz/asyncz/store/sqlstore/postgres",
	driverTypes:    []string{"pgx", "stdlib", "pq."},
	split:          splitServerURL,
	argument:       func(string) bool { return true },
	check:          func(base string) error { _, err := parseServerURL(base, "5432"); return err },
	connectOptions: serverConnectOptions,
	open:           openPostgres,
	use:            usePostgres,
}

// postgres speaks to PostgreSQL. Each of its operations on records is one
// statement, which commits by itself.
//
// Arrays go to the server as text and the data of many records as one value
// that the server cuts: so all drivers and their simple protocols can carry them.
type postgres struct {
	tablename string // as it was configured
	main      string // the table, with its schema, quoted
	sql       postgresSQL
	channel   string // of notifications
	self      string // what ours say, so that we don't heed them
}

func (d *postgres) limits() limits {
	return limits{table: 57, data: 256 << 20, writes: 5000, bytes: 16 << 20, statements: 2}
}

// openPostgres opens the database of a URL.
func openPostgres(ctx context.Context, base string, s settings) (Store, error) {
	u, err := parseServerURL(base, "5432")
	if err != nil {
		return nil, err
	}
	d, err := newPostgres(s)
	if err != nil {
		return nil, err
	}
	dsn, err := postgresDSN(u, s)
	if err != nil {
		return nil, err
	}
	where := u.where("PostgreSQL", cmp.Or(s.args["host"], "localhost:5432"))
	for _, secret := range []string{u.password, s.args["password"], s.args["sslpassword"]} {
		if secret != "" {
			s.secrets = append(s.secrets, secret, url.PathEscape(secret), url.QueryEscape(secret))
		}
	}
	p, err := openServer(d, where, dsn, s)
	if err != nil {
		return nil, err
	}
	return startServer(ctx, p)
}

// usePostgres uses a database that the caller has opened.
func usePostgres(ctx context.Context, db *sql.DB, s settings) (Store, error) {
	d, err := newPostgres(s)
	if err != nil {
		return nil, err
	}
	return startServer(ctx, useServer(d, "the PostgreSQL database", db, s))
}

func newPostgres(s settings) (*postgres, error) {
	d := &postgres{tablename: s.table, self: randomName()}
	if err := s.refuse("it bounds the wait for a lock of SQLite; PostgreSQL has connect_timeout and lock_timeout in connect_args", "timeout"); err != nil {
		return nil, err
	}
	return d, checkServerTable(s.table, d.limits().table)
}

// postgresRows asks for id, due, executor, rev and data.
func postgresRows(ctx context.Context, c *sql.Conn, text string, args ...any) ([]row, error) {
	rows, err := c.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []row
	for rows.Next() {
		var r row
		var executor sql.NullString
		var rev int64
		if err := rows.Scan(&r.record.ID, &r.due, &executor, &rev, &r.record.Data); err != nil {
			return nil, err
		}
		if r.due.Valid {
			r.record.Due = dueTime(r.due.Int64)
		}
		r.record.Executor = executor.String
		if rev > 0 {
			r.record.Rev = uint64(rev)
		}
		switch {
		case rev <= 0:
			r.broken = fmt.Errorf("%w: the row with the id %q: rev is %d, not 1 or more", store.ErrCorrupt, r.record.ID, rev)
		case !executor.Valid || r.record.Data == nil:
			r.broken = fmt.Errorf("%w: the row with the id %q: executor or data is NULL", store.ErrCorrupt, r.record.ID)
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

func (d *postgres) now(ctx context.Context, c *sql.Conn) (us int64, err error) {
	err = c.QueryRowContext(ctx, `SELECT `+postgresNow).Scan(&us)
	return us, err
}

func (d *postgres) write(ctx context.Context, c *sql.Conn, ws []write) ([]outcome, error) {
	var outcomes string
	var told int64
	var err error
	if len(ws) == 1 {
		outcomes, err = d.writeOne(ctx, c, &ws[0])
	} else {
		a := newPostgresWrites(ws)
		err = c.QueryRowContext(ctx, d.sql.write[a.kinds], a.ops, a.ids, a.dues, a.executors, a.revs, a.lengths, a.data, true).Scan(&outcomes, &told)
	}
	if err == nil && len(outcomes) != len(ws) {
		err = fmt.Errorf("the server gave %d outcomes for %d writes", len(outcomes), len(ws))
	}
	return []outcome(outcomes), err
}

func (d *postgres) writeOne(ctx context.Context, c *sql.Conn, w *write) (outcome string, err error) {
	var told int64
	switch w.op {
	case store.OpAdd:
		err = c.QueryRowContext(ctx, d.sql.add, w.id, w.due, w.executor, w.data).Scan(&outcome, &told)
	case store.OpUpdate:
		err = c.QueryRowContext(ctx, d.sql.update, w.id, w.due, w.executor, w.data, w.rev).Scan(&outcome, &told)
	default:
		err = c.QueryRowContext(ctx, d.sql.delete, w.id, w.rev).Scan(&outcome)
	}
	return outcome, err
}

func (d *postgres) clear(ctx context.Context, c *sql.Conn) error {
	return exec(ctx, c, d.sql.clear)
}

func (d *postgres) claim(ctx context.Context, c *sql.Conn, q dueQuery, hold sql.NullInt64) ([]row, error) {
	text, args := d.sql.labelled(q.labels)
	return postgresRows(ctx, c, text.claim, append([]any{q.at, q.limit, hold, true}, args...)...)
}

func (d *postgres) due(ctx context.Context, c *sql.Conn, q dueQuery) ([]row, error) {
	text, args := d.sql.labelled(q.labels)
	return postgresRows(ctx, c, text.due, append([]any{q.at, q.limit, true}, args...)...)
}

func (d *postgres) next(ctx context.Context, c *sql.Conn, labels []string) (due sql.NullInt64, err error) {
	text, args := d.sql.labelled(labels)
	err = c.QueryRowContext(ctx, text.next, args...).Scan(&due)
	return due, err
}

func (d *postgres) get(ctx context.Context, c *sql.Conn, id string) ([]row, error) {
	return postgresRows(ctx, c, d.sql.get, id)
}

func (d *postgres) after(ctx context.Context, c *sql.Conn, due int64, id string, limit int) ([]row, error) {
	return postgresRows(ctx, c, d.sql.after, due, id, limit)
}

func (d *postgres) paused(ctx context.Context, c *sql.Conn, id string, limit int) ([]row, error) {
	return postgresRows(ctx, c, d.sql.paused, id, limit)
}

func (d *postgres) unreadable(ctx context.Context, c *sql.Conn, id string, limit int) ([]row, error) {
	return postgresRows(ctx, c, d.sql.unreadable, id, limit)
}
