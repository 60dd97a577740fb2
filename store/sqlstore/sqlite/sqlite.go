// Package sqlite gives SQLite to programs that keep their tasks in it: the
// store of package sqlstore, and a driver that needs no C compiler.
//
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
//
// It is a module of its own, so that programs with another store, or another
// driver, need not have this one among their dependencies.
package sqlite

import (
	_ "github.com/go-asyncz/asyncz/store/sqlstore" // the store
	_ "modernc.org/sqlite"                         // the driver
)
