// Package mysql gives MySQL and MariaDB to programs that keep their tasks in
// them: the store of package sqlstore, and a driver.
//
//	import _ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"
//
// It is a module of its own, so that programs with another store, or another
// driver, need not have this one among their dependencies.
//
// The URLs are those of Python's SQLAlchemy, whatever driver they name there:
//
//	mysql://user:password@host:3306/database
//	mysql+pymysql://user:p%40ss@[2001:db8::1]/database?charset=utf8mb4
//	mariadb+mariadbconnector://user:password@/database?unix_socket=/run/mysqld/mysqld.sock
//
// Beside the parameters of package sqlstore, a URL's query and connect_args take
//
//	connect_timeout (10), read_timeout, write_timeout   seconds for the network
//	timeout (5)                                          seconds to wait for a row that another program has locked
//	unix_socket, init_command, program_name, compress, collation
//	ssl, ssl_mode, ssl_ca, ssl_cert, ssl_key, ssl_verify_cert, ssl_verify_identity, ssl_disabled
//	tls, allowCleartextPasswords and others of the driver, as it calls them
//
// TLS verifies the server's certificate and its name, unless a parameter says
// otherwise.
//
// It needs MySQL 8.0.19 or MariaDB 10.6, InnoDB, and the rights SELECT, INSERT,
// UPDATE, DELETE and, the first time, CREATE. It does not tell other nodes of
// what is due earlier than they think: they find out when they poll.
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
