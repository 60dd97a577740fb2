// Package mysql gives MySQL and MariaDB to programs that keep their tasks in
// them: the store of package sqlstore, and a driver.
//
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"
//
// It is a module of its own, so that programs with another store, or another
// driver, need not have this one among their dependencies.
package mysql

import (
	"crypto/tls"
	"database/sql/driver"

	"github.com/go-sql-driver/mysql" // the driver

	"github.com/go-asyncz/asyncz/store/sqlstore" // the store
)

func init() {
	sqlstore.UseMySQL(func(dsn string, config *tls.Config) (driver.Connector, error) {
		c, err := mysql.ParseDSN(dsn)
		if err != nil {
			return nil, err
		}
		if config != nil {
			c.TLS = config
		}
		// what it would print about broken connections comes as errors too
		c.Logger = &mysql.NopLogger{}
		return mysql.NewConnector(c)
	})
}
