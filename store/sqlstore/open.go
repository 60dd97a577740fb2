package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
)

// Open opens the database that the URL names, and makes the tables in it when
// there are none. The URL's query may hold the parameters that the options
// name; the options come after them.
//
// A SQLite file that does not exist is created, readable by its owner only; its
// directory must exist. A database on a server must exist.
//
// Errors wrap store.ErrConfig where another configuration would help, and
// store.ErrUnreachable where trying again later may.
func Open(ctx context.Context, url string, options ...Option) (Store, error) {
	values, err := configFromURL(url)
	if err != nil {
		return nil, err
	}
	return openValues(ctx, values, options)
}

// New uses a database that the caller has opened, and does not close it. The
// dialects are "sqlite", "postgres" and "mysql".
//
// The connections are as the caller has set them up. For SQLite that should
// mean journal_mode=WAL and synchronous=FULL: with less, a power cut may take
// back what was acknowledged. A database in memory must have one connection
// only. Statements for SQLite are prepared anew for each use, so [Open] is faster.
func New(ctx context.Context, db *sql.DB, dialect string, options ...Option) (Store, error) {
	d, err := databaseByName(dialect)
	if err != nil {
		return nil, err
	}
	return useDB(ctx, db, d, options)
}

func useDB(ctx context.Context, db *sql.DB, d *database, options []Option) (Store, error) {
	s := newSettings(options)
	if err := s.check(); err != nil {
		return nil, err
	}
	err := s.refuse("the pool of a *sql.DB belongs to the program that opened it; set it there",
		"pool_size", "max_overflow", "pool_recycle", "isolation_level", "echo", "connect_args")
	if err != nil {
		return nil, err
	}
	return d.use(ctx, db, s)
}

// startEmbedded prepares the table and makes the store.
func startEmbedded(ctx context.Context, p *pool) (Store, error) {
	table, err := p.prepare(ctx, p.settings.table)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return &embedded{pool: p, table: table, q: p.d.queries(table)}, nil
}

// limit sets the bounds of a pool of our own and returns the largest number of
// its connections; 0 is no limit.
func (s *settings) limit(db *sql.DB) int {
	limit := s.poolSize + s.overflow
	if s.poolSize == 0 || s.overflow == -1 {
		limit = 0
	}
	idle := s.poolSize
	if idle == 0 {
		idle = math.MaxInt32
	}
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(idle)
	if s.recycle > 0 {
		db.SetConnMaxLifetime(s.recycle)
	}
	return limit
}
