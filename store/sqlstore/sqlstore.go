// Package sqlstore keeps tasks in an SQL database, through database/sql. This
// version knows SQLite.
//
// It imports no database driver. One import gives SQLite without a C compiler:
//
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
//
// and any other driver that registers itself as "sqlite" or "sqlite3" does too.
//
// [Open] opens a database by its URL, in the forms of Python's SQLAlchemy:
//
//	sqlite:///tasks.db            a file, relative to the working directory
//	sqlite:////var/lib/tasks.db   a file, absolute
//	sqlite://                     in memory, gone after Close
//
// [New] uses a *sql.DB that the program has already. The package registers the
// aliases "sqlite", "sql" and "sqlalchemy" with package store.
//
// The same in configuration, with the names and meanings of SQLAlchemy's
// create_engine; in a URL they are parameters of the query:
//
//	type: sqlalchemy
//	database: sqlite:///tasks.db     # in Go code also a *sql.DB
//	tablename: asyncz_store
//	pool_size: 5                     # connections that stay open
//	max_overflow: 10                 # and how many more there may be
//	pool_timeout: 30                 # seconds to wait for one of them
//	pool_recycle: -1                 # seconds until one is replaced; -1: never
//	pool_pre_ping: false             # test each before use
//	echo: false                      # log statements to slog's default logger
//	isolation_level: SERIALIZABLE    # or READ UNCOMMITTED
//	connect_args:
//	  timeout: 5                     # seconds to wait for another program's lock
//	  check_same_thread: false       # the only value there is
//
// Whatever a database can't honour is an error.
//
// A write has reached the disk when its method returns. Any number of processes
// on one host may use the same file.
package sqlstore

import "github.com/go-asyncz/asyncz/store"

// A Store keeps records in a table. Its methods may be called from any number
// of goroutines.
//
// A store on a server is also a store.Clock and a store.Checker, and on
// PostgreSQL, with a driver that can wait for notifications, a store.Watcher.
type Store interface {
	store.Store
	store.Claimer
	store.Batcher
	store.RunLog
	store.Members
	store.Namespaced
}

func init() {
	store.Register(store.Driver{Open: openConfig, FromURL: configFromURL}, aliases()...)
}
