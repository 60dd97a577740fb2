package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/go-asyncz/asyncz/store"
)

// Open opens the database that the URL names, and makes the table in it when
// there is none. A file that does not exist is created, readable by its owner
// only; its directory must exist. The URL's query may hold the parameters that
// the options name; the options come after them.
//
// Errors wrap store.ErrConfig where another configuration would help.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	values, err := configFromURL(url)
	if err != nil {
		return nil, err
	}
	var c config
	if err := store.Decode(values, &c); err != nil {
		return nil, err
	}
	fromURL, err := c.options(values)
	if err != nil {
		return nil, err
	}
	at, err := parseURL(c.Database.(string))
	if err != nil {
		return nil, err
	}
	s := newSettings(append(fromURL, options...))
	if err := s.check(); err != nil {
		return nil, err
	}
	p, err := at.dialect.open(at, s)
	if err != nil {
		return nil, err
	}
	return start(ctx, p)
}

// New uses a database that the caller has opened, and does not close it. The
// only dialect is "sqlite".
//
// The connections are as the caller has set them up. For SQLite that should
// mean journal_mode=WAL and synchronous=FULL: with less, a power cut may take
// back what was acknowledged. A database in memory must have one connection
// only. Statements are prepared anew for each use, so [Open] is faster.
func New(ctx context.Context, db *sql.DB, dialect string, options ...Option) (*Store, error) {
	d, err := dialectByName(dialect)
	if err != nil {
		return nil, err
	}
	return newStore(ctx, db, d, options)
}

func newStore(ctx context.Context, db *sql.DB, d *dialect, options []Option) (*Store, error) {
	s := newSettings(options)
	if err := s.check(); err != nil {
		return nil, err
	}
	err := s.refuse("the pool of a *sql.DB belongs to the program that opened it; set it there",
		"pool_size", "max_overflow", "pool_recycle", "isolation_level", "echo")
	if err != nil {
		return nil, err
	}
	p := &pool{db: db, d: d, where: "the " + d.name + " database", settings: s, turn: make(chan struct{}, 1)}
	err = p.read(ctx, func(ctx context.Context, c *sql.Conn) error {
		path, err := d.locate(ctx, c, db)
		if path != "" {
			p.where += " " + path
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return start(ctx, p)
}

// start prepares the table and makes the store.
func start(ctx context.Context, p *pool) (*Store, error) {
	table, err := p.prepare(ctx, p.settings.table)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return &Store{pool: p, table: table, q: p.d.queries(table)}, nil
}

// newPool makes the pool for a database of our own. It opens nothing before it is used.
func newPool(c *connector, at location, s settings) *pool {
	db := sql.OpenDB(c)
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
	return &pool{
		db: db, d: at.dialect, owned: true, settings: s,
		where: "the " + at.dialect.name + " database " + cmp.Or(at.path, "in memory"),
		turn:  make(chan struct{}, 1), spare: limit != 1,
	}
}
