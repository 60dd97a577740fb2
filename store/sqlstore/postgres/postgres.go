// Package postgres gives PostgreSQL to programs that keep their tasks in it: the
// store of package sqlstore, and a driver.
//
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"
//
// It is a module of its own, so that programs with another store, or another
// driver, need not have this one among their dependencies.
package postgres

import (
	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	_ "github.com/go-asyncz/asyncz/store/sqlstore" // the store
)
