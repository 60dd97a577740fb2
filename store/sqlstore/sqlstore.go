// Package sqlstore keeps tasks in an SQL database, through database/sql: in
// SQLite, PostgreSQL, MySQL or MariaDB.
//
// It imports no database driver. One import gives one:
//
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"    // no C compiler needed
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"  // pgx
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"     // MySQL and MariaDB
//
// and so does any other driver that registers itself under the usual name
// ("sqlite", "sqlite3", "pgx", "postgres", "mysql").
//
// [Open] opens a database by its URL, in the forms of Python's SQLAlchemy; what
// stands after a "+" there is the name of a driver of Python's, and means nothing here:
//
//	sqlite:///tasks.db            a file, relative to the working directory
//	sqlite:////var/lib/tasks.db   a file, absolute
//	sqlite://                     in memory, gone after Close
//	postgresql://user:password@host:5432/database
//	postgresql+psycopg2://user:password@host1,host2/database?sslmode=verify-full
//	postgresql:///database?host=/run/postgresql
//	mysql+pymysql://user:password@host:3306/database
//
// User and password are percent-decoded; an @ in them must be written %40.
//
// [New] uses a *sql.DB that the program has already. The package registers the
// aliases "sqlite", "postgres", "postgresql", "mysql", "mariadb", "sql" and
// "sqlalchemy" with package store.
//
// The same in configuration, with the names and meanings of SQLAlchemy's
// create_engine; in a URL they are parameters of the query:
//
//	type: sqlalchemy
//	database: sqlite:///tasks.db     # in Go code also a *sql.DB
//	tablename: asyncz_store          # on a server also schema.table
//	pool_size: 5                     # connections that stay open
//	max_overflow: 10                 # and how many more there may be
//	pool_timeout: 30                 # seconds to wait for one of them
//	pool_recycle: -1                 # seconds until one is replaced; -1: never
//	pool_pre_ping: false             # test each before use
//	echo: false                      # log statements to slog's default logger
//	isolation_level: SERIALIZABLE    # see WithIsolation
//	connect_args:                    # for SQLite:
//	  timeout: 5                     # seconds to wait for another program's lock
//	  check_same_thread: false       # the only value there is
//
// On a server all of connect_args go to the driver, as do the parameters of the
// URL that are not in this list; see [WithConnectArg]. Whatever a database can't
// honour is an error.
//
// A write is on the disk when its method returns, as far as the server is set up
// to flush it: its method Check tells when it is not. Any number of processes on
// one host may use the same SQLite file, and on any hosts the same table of a server.
//
// # PostgreSQL
//
// Each operation on records is one statement and one round trip: a claim of any
// number of records, and a batch of up to 5000 writes of any kinds (or 16 MiB).
// Single writes that meet share one. A store is a store.Watcher when the driver is
// pgx: a write that is due earlier than all others of its executor is notified.
//
// Behind PgBouncer in transaction mode add default_query_exec_mode=exec to the
// URL, because pgx else relies on prepared statements, and set no
// isolation_level, which goes with the start of a connection; notifications do
// not come through, so nodes find out when they poll.
package sqlstore

import "github.com/go-asyncz/asyncz/store"

// A Store keeps records in a table. Its methods may be called from any number
// of goroutines.
//
// A store on a server is also a store.Checker, and on PostgreSQL, with a driver
// that can wait for notifications, a store.Watcher.
type Store interface {
	store.Store
	store.Claimer
	store.Batcher
	store.Clock
	store.RunLog
	store.Members
	store.Namespaced
}

func init() {
	store.Register(store.Driver{Open: openConfig, FromURL: configFromURL}, aliases()...)
}
