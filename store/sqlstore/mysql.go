package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
)

// mysqlImport gives the driver.
const mysqlImport = "github.com/go-asyncz/asyncz/store/sqlstore/mysql"

var mysqlDatabase = database{ //nolint:gosec // the password is an example's
	name:    "MySQL",
	schemes: []string{"mysql", "mariadb"},
	adapters: []string{
		"mysqldb", "pymysql", "mariadbconnector", "mysqlconnector", "aiomysql", "asyncmy", "cymysql", "pyodbc", "gaerdbms", "oursql",
	},
	forms:          "mysql://user:password@host:3306/database",
	drivers:        []string{"mysql"},
	driverImport:   mysqlImport,
	driverTypes:    []string{"mysql"},
	split:          splitServerURL,
	argument:       func(string) bool { return true },
	check:          func(base string) error { _, err := parseMySQLURL(base); return err },
	connectOptions: mysqlConnectOptions,
	open:           openMySQL,
	use:            useMySQL,
}

// mysql speaks to MySQL and MariaDB, in words that both understand.
//
// A text of several statements is one round trip, and the driver writes the
// arguments into the text; for that its connections must be set up, as ours are.
// On a caller's database that sends one statement at a time, and prepares what
// has arguments, an operation is a transaction of several round trips.
type mysql struct {
	tablename string // as it was configured
	owned     bool   // the connections are ours
	several   bool   // statements go in one text
	packet    int    // the largest packet, in bytes, that the server and the driver take
	rowWord   string // what the server wants before a row of VALUES

	t, runsTable, nodesTable string // names of the tables, for statements
}

// mysqlDriverPacket is the largest packet of the driver unless its DSN says otherwise.
const mysqlDriverPacket = 64 << 20

// limits leaves room for the ids beside the data, and in a text for the
// characters before which a backslash is put.
func (d *mysql) limits() limits {
	return limits{
		table: 58, data: d.packet - 16<<10, statements: 2, writes: min(mysqlWrites, d.packet/(8<<10)), bytes: d.packet / 4,
		setting: " by the server's max_allowed_packet",
	}
}

// openMySQL opens the database of a URL.
func openMySQL(ctx context.Context, base string, s settings) (Store, error) {
	u, err := parseMySQLURL(base)
	if err != nil {
		return nil, err
	}
	d, err := newMySQL(s)
	if err != nil {
		return nil, err
	}
	d.owned, d.several = true, true
	connector, err := mysqlConnector(u, s)
	if err != nil {
		return nil, err
	}
	if s.args["unix_socket"] != "" {
		u.hosts = nil // it goes before the host
	}
	where := u.where(mysqlKind(base), cmp.Or(s.args["unix_socket"], mysqlDefault))
	return startServer(ctx, newServerPool(d, where, connector, s))
}

// useMySQL uses a database that the caller has opened.
func useMySQL(ctx context.Context, db *sql.DB, s settings) (Store, error) {
	if err := s.refuse("the sessions of a *sql.DB belong to the program that opened it; set it there (timeout is innodb_lock_wait_timeout)", "timeout", "connect_args"); err != nil {
		return nil, err
	}
	d, err := newMySQL(s)
	if err != nil {
		return nil, err
	}
	return startServer(ctx, useServer(d, "the MySQL database", db, s))
}

func newMySQL(s settings) (*mysql, error) {
	d := &mysql{tablename: s.table}
	return d, checkServerTable(s.table, d.limits().table)
}

// mysqlKind is how the URL calls the database.
func mysqlKind(base string) string {
	if strings.HasPrefix(strings.ToLower(base), "mariadb") {
		return "MariaDB"
	}
	return "MySQL"
}
