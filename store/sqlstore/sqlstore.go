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
// Every method returns after the write is on disk. Any number of processes on
// one host may use the same file.
package sqlstore

import "github.com/go-asyncz/asyncz/store"

func init() {
	store.Register(store.Driver{Open: openConfig, FromURL: configFromURL}, "sqlite", "sql", "sqlalchemy")
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Claimer    = (*Store)(nil)
	_ store.Batcher    = (*Store)(nil)
	_ store.Namespaced = (*Store)(nil)
)
