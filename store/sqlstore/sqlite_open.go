package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// openSQLite opens a file or a database in memory.
func openSQLite(ctx context.Context, base string, s settings) (Store, error) {
	path, err := sqlitePath(base)
	if err != nil {
		return nil, err
	}
	p, err := sqlitePool(ctx, path, s)
	if err != nil {
		return nil, err
	}
	return startEmbedded(ctx, p)
}

// useSQLite uses a database that the caller has opened.
func useSQLite(ctx context.Context, db *sql.DB, s settings) (Store, error) {
	if err := checkTable(s.table); err != nil {
		return nil, err
	}
	p := &pool{db: db, d: &sqlite, where: "the SQLite database", settings: s, turn: make(chan struct{}, 1)}
	err := p.read(ctx, func(ctx context.Context, c *sql.Conn) error {
		path, err := p.d.locate(ctx, c, db)
		if path != "" {
			p.where += " " + path
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return startEmbedded(ctx, p)
}

// sqlitePool makes the pool for a file or for a database in memory.
func sqlitePool(ctx context.Context, path string, s settings) (*pool, error) {
	if path == "" {
		err := s.refuse("a database in memory lives in its one connection", "pool_size", "max_overflow", "pool_recycle")
		if err != nil {
			return nil, err
		}
		s.poolSize, s.overflow = 1, 0
	}
	if err := checkTable(s.table); err != nil {
		return nil, err
	}
	c, err := sqliteConnector(path, s)
	if err != nil {
		return nil, err
	}
	if path != "" {
		if err := sqliteFile(ctx, path); err != nil {
			return nil, err
		}
	}
	p := newPool(c, path, s)
	if path != "" {
		p.ready = useWAL
	}
	return p, nil
}

// newPool makes the pool for a database of our own. It opens nothing before it is used.
func newPool(c *connector, path string, s settings) *pool {
	db := sql.OpenDB(c)
	limit := s.limit(db)
	return &pool{
		db: db, d: &sqlite, owned: true, settings: s,
		where: "the SQLite database " + cmp.Or(path, "in memory"),
		turn:  make(chan struct{}, 1), spare: limit != 1,
	}
}

// creating keeps two goroutines from creating one file at the same time: the
// one that is late would close a file on which SQLite holds locks meanwhile,
// and closing drops all of a process' locks on a file.
var creating sync.Mutex

// sqliteFile sees to it that the file exists, if it may be made. A new one can be read by its
// owner only; SQLite gives its other files the same mode.
func sqliteFile(ctx context.Context, path string) error {
	creating.Lock()
	defer creating.Unlock()
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%w: the database %s is a directory; name a file in it", store.ErrConfig, path)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%w: the database %s is not a file", store.ErrConfig, path)
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist) && !store.MayCreate(ctx):
		return fmt.Errorf("%w: no file %s", store.ErrAbsent, path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist): // another process was faster
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the database %s can't be created: make its directory %s first: %w", store.ErrConfig, path, filepath.Dir(path), err)
	case err != nil:
		return fmt.Errorf("%w: the database %s can't be created; its directory must be one that this user can write to: %w", store.ErrConfig, path, err)
	}
	return f.Close()
}

// sqliteDSN is understood by all drivers for SQLite: a URI protects the
// characters that they would take for the beginning of their own parameters.
func sqliteDSN(path string) string {
	if path == "" {
		return ":memory:"
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/x.db
	}
	return "file://" + (&url.URL{Path: slashed}).EscapedPath()
}

// sqliteSetup are the statements that begin each connection.
func sqliteSetup(isolation string) ([]string, error) {
	uncommitted := "0"
	switch strings.ToUpper(isolation) {
	case "", "SERIALIZABLE":
	case "READ UNCOMMITTED":
		uncommitted = "1"
	case "AUTOCOMMIT":
		return nil, fmt.Errorf("%w: isolation_level AUTOCOMMIT: a batch of writes needs a transaction; use SERIALIZABLE or READ UNCOMMITTED", store.ErrConfig)
	default:
		return nil, fmt.Errorf("%w: isolation_level %q: SQLite has SERIALIZABLE and READ UNCOMMITTED", store.ErrConfig, isolation)
	}
	return []string{
		// the store waits for locks itself, so that a context can end the wait
		`PRAGMA busy_timeout=0`,
		// FULL flushes the log at each commit. NORMAL would flush it at
		// checkpoints only: a power cut would take back writes that were acknowledged.
		`PRAGMA synchronous=FULL`,
		// macOS flushes the disk's own cache only when asked like this
		`PRAGMA fullfsync=1`,
		`PRAGMA read_uncommitted=` + uncommitted,
		// KiB: a batch of a thousand scattered records touches about as many pages of 4 KiB
		`PRAGMA cache_size=-16384`,
		// pages: a task's row is written two or three times within a second; in a
		// log of 32 MiB these writes meet, and the page goes to the file once.
		// Measured on scattered records: 2.5 times as fast as the default of 1000.
		`PRAGMA wal_autocheckpoint=8000`,
	}, nil
}

// sqliteConnector finds a driver and makes it open the file.
func sqliteConnector(path string, s settings) (*connector, error) {
	setup, err := sqliteSetup(s.isolation)
	if err != nil {
		return nil, err
	}
	name, err := driverFor(s.database, sql.Drivers())
	if err != nil {
		return nil, err
	}
	probe, err := sql.Open(name, sqliteDSN(path)) // opens nothing yet; it is the way to the driver
	if err != nil {
		return nil, fmt.Errorf("%w: driver %q: %w", store.ErrConfig, name, err)
	}
	defer probe.Close()
	return &connector{Connector: dsnConnector{driver: probe.Driver(), dsn: sqliteDSN(path)}, setup: setup, echo: s.echo}, nil
}

// useWAL makes the file keep a write-ahead log, so that readers and the writer
// don't wait for each other. The file remembers it.
func useWAL(ctx context.Context, c *sql.Conn) error {
	var mode string
	if err := c.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil || mode == "wal" {
		return err
	}
	if err := c.QueryRowContext(ctx, `PRAGMA journal_mode=WAL`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("%w: its file system can't keep a write-ahead log (the mode stays %q); put the file on a local disk", store.ErrConfig, mode)
	}
	return nil
}

// sqliteLocate finds out which file a caller's database is; "" is in memory.
func sqliteLocate(ctx context.Context, c *sql.Conn, db *sql.DB) (path string, err error) {
	err = c.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name='main'`).Scan(&path)
	if err == nil && path == "" && db.Stats().MaxOpenConnections != 1 {
		return "", fmt.Errorf("%w: a database in memory lives in its one connection: call SetMaxOpenConns(1) on the *sql.DB", store.ErrConfig)
	}
	return path, err
}
