package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
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
	p, err := openSQLite(at, s)
	if err != nil {
		return nil, err
	}
	return start(ctx, p, at.path != "")
}

// openSQLite makes the pool for a file or for a database in memory.
func openSQLite(at location, s settings) (*pool, error) {
	if at.path == "" {
		err := s.refuse("a database in memory lives in its one connection", "pool_size", "max_overflow", "pool_recycle")
		if err != nil {
			return nil, err
		}
		s.poolSize, s.overflow = 1, 0
	}
	c, err := sqliteConnector(at.path, s)
	if err != nil {
		return nil, err
	}
	if at.path != "" {
		if err := sqliteFile(at.path); err != nil {
			return nil, err
		}
	}
	return newPool(c, at, s), nil
}

// newPool makes a pool of our own, which opens nothing before it is used.
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
	where := "the SQLite database in memory"
	if at.path != "" {
		where = "the SQLite database " + at.path
	}
	return &pool{
		db: db, d: at.dialect, where: where, owned: true, settings: s,
		turn: make(chan struct{}, 1), spare: limit != 1,
	}
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
	if err := p.locate(ctx); err != nil {
		return nil, err
	}
	return start(ctx, p, false)
}

// locate finds out which file a caller's database is.
func (p *pool) locate(ctx context.Context) error {
	var path string
	err := p.read(ctx, func(ctx context.Context, c *sql.Conn) error {
		return c.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name='main'`).Scan(&path)
	})
	if err != nil {
		return err
	}
	if path == "" && p.db.Stats().MaxOpenConnections != 1 {
		return fmt.Errorf("%w: a database in memory lives in its one connection: call SetMaxOpenConns(1) on the *sql.DB", store.ErrConfig)
	}
	if path != "" {
		p.where += " " + path
	}
	return nil
}

// start prepares the table and makes the store.
func start(ctx context.Context, p *pool, wal bool) (*Store, error) {
	table, err := p.prepare(ctx, p.settings.table, wal)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return &Store{pool: p, table: table, q: p.d.queries(table)}, nil
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
