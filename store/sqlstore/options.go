package sqlstore

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz/store"
)

// DefaultTable is the name of the table unless [WithTable] names another.
const DefaultTable = "asyncz_store"

// metaTable holds the version of each store's schema.
const metaTable = "asyncz_meta"

// An Option changes how a store is opened. The names in the comments are the
// keys of the same setting in a configuration map and in a URL's query.
type Option func(*settings)

type settings struct {
	database  *database // which is opened
	table     string
	poolSize  int
	overflow  int
	wait      time.Duration
	recycle   time.Duration
	prePing   bool
	echo      *slog.Logger
	isolation string
	lockWait  time.Duration
	args      map[string]string // connect_args of a server
	secrets   []string          // passwords, in the forms in which a URL has them
	given     []string          // the keys that were set, whatever their values
}

func newSettings(options []Option) settings {
	s := settings{
		table: DefaultTable, poolSize: 5, overflow: 10, wait: 30 * time.Second, recycle: -1,
		lockWait: 5 * time.Second,
	}
	for _, o := range options {
		o(&s)
	}
	return s
}

// WithTable names the table (tablename; default [DefaultTable]). The table is
// created when it does not exist, and beside it those for the run history and
// the nodes, whose names end in _runs and _nodes. On a server the name may carry
// a schema, as in "jobs.asyncz_store"; the schema must exist. In SQLite a dot is
// a character as any other.
func WithTable(name string) Option {
	return func(s *settings) { s.table = name; s.give("tablename") }
}

// WithPoolSize says how many connections stay open between uses (pool_size;
// default 5), the one of SQLite's writer included; 0 sets no limit. A watch of a
// server has a connection of its own beside these.
func WithPoolSize(n int) Option {
	return func(s *settings) { s.poolSize = n; s.give("pool_size") }
}

// WithMaxOverflow says how many more connections than the pool's size may be
// open while all are in use (max_overflow; default 10); -1 sets no limit.
func WithMaxOverflow(n int) Option {
	return func(s *settings) { s.overflow = n; s.give("max_overflow") }
}

// WithPoolTimeout bounds the wait for a free connection (pool_timeout, in
// seconds; default 30 s). What waits longer gets an error.
func WithPoolTimeout(d time.Duration) Option {
	return func(s *settings) { s.wait = d; s.give("pool_timeout") }
}

// WithPoolRecycle replaces connections that are older than d (pool_recycle, in
// seconds; default -1 s: they are never replaced).
func WithPoolRecycle(d time.Duration) Option {
	return func(s *settings) { s.recycle = d; s.give("pool_recycle") }
}

// WithPrePing tests each connection before it is used and replaces one that
// fails (pool_pre_ping).
func WithPrePing() Option {
	return func(s *settings) { s.prePing = true; s.give("pool_pre_ping") }
}

// WithEcho logs each SQL statement (echo), without its arguments: they may
// hold what an unsealed task holds.
func WithEcho(l *slog.Logger) Option {
	return func(s *settings) { s.echo = l; s.give("echo") }
}

// WithIsolation sets the isolation level (isolation_level).
//
// SQLite has "SERIALIZABLE", its default, and "READ UNCOMMITTED"; AUTOCOMMIT is
// refused, because a batch is one transaction. PostgreSQL has "READ COMMITTED",
// "REPEATABLE READ" and "SERIALIZABLE", and takes what the server has as its
// default; each operation is one statement that commits by itself, so AUTOCOMMIT
// changes nothing. MySQL has these three, "READ COMMITTED" being the default, and
// "READ UNCOMMITTED". All are exact; the higher levels repeat statements that meet
// others, and gain nothing here.
func WithIsolation(level string) Option {
	return func(s *settings) { s.isolation = level; s.give("isolation_level") }
}

// WithLockTimeout bounds the wait for a lock that another program holds on the
// database (connect_args: {timeout: …}, in seconds; default 5 s). 0 does not
// wait. MySQL has whole seconds, and waits at least one.
func WithLockTimeout(d time.Duration) Option {
	return func(s *settings) { s.lockWait = d; s.give("timeout") }
}

// WithConnectArg passes a parameter to the driver of a server's database
// (connect_args, or any other key in a URL's query): for PostgreSQL those of
// libpq and of pgx, such as sslmode, connect_timeout or application_name, and
// settings of the session; for MySQL those of PyMySQL and mysqlclient, such as
// ssl_ca, connect_timeout, unix_socket or init_command, and of Go's driver.
func WithConnectArg(key, value string) Option {
	return func(s *settings) {
		if s.args == nil {
			s.args = map[string]string{}
		}
		s.args[key] = value
		s.give("connect_args")
	}
}

func (s *settings) give(key string) { s.given = append(s.given, key) }

// check refuses what no database could honour.
func (s *settings) check() error {
	switch {
	case s.poolSize < 0:
		return fmt.Errorf("%w: pool_size is %d; it is 0 (no limit) or more", store.ErrConfig, s.poolSize)
	case s.overflow < -1:
		return fmt.Errorf("%w: max_overflow is %d; it is -1 (no limit) or more", store.ErrConfig, s.overflow)
	case s.wait <= 0:
		return fmt.Errorf("%w: pool_timeout is %v; it is more than 0", store.ErrConfig, s.wait)
	case s.recycle == 0:
		return fmt.Errorf("%w: pool_recycle is 0; it is a number of seconds, or -1 for never", store.ErrConfig)
	case s.lockWait < 0:
		return fmt.Errorf("%w: timeout is %v; it is 0 or more", store.ErrConfig, s.lockWait)
	}
	return nil
}

// refuse returns an error when one of the keys was set.
func (s *settings) refuse(reason string, keys ...string) error {
	for _, key := range s.given {
		if slices.Contains(keys, key) {
			return fmt.Errorf("%w: %s can't be set: %s", store.ErrConfig, key, reason)
		}
	}
	return nil
}

// checkTable refuses names that no quoting makes right.
func checkTable(name string) error {
	why := ""
	switch {
	case name == "":
		why = "it is empty"
	case len(name) > 63:
		why = "it has more than 63 bytes"
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		why = "it is not plain text"
	case strings.EqualFold(name, metaTable):
		why = "that table holds the versions of the stores"
	case len(name) >= 7 && strings.EqualFold(name[:7], "sqlite_"):
		why = "names that begin with sqlite_ belong to SQLite"
	default:
		return nil
	}
	return fmt.Errorf("%w: tablename %q: %s", store.ErrConfig, name, why)
}
