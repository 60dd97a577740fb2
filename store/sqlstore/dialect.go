package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// A dialect is everything in which one database differs from another.
type dialect struct {
	// name is how the database is called in messages.
	name string
	// drivers are the names under which database/sql may know a driver for it,
	// the preferred one first, and driverImport is what to import for one.
	drivers      []string
	driverImport string
	// open makes the pool for a database that a URL names.
	open func(at location, s settings) (*pool, error)
	// locate returns the path or name of a database that the caller has opened,
	// for messages, or an error when it can't be used as it is set up.
	locate func(ctx context.Context, c *sql.Conn, db *sql.DB) (string, error)
	// begin begins a transaction that holds the lock of the one writer.
	begin string
	// queries returns the statements for a table.
	queries func(table string) queries
	// classify tells what kind of failure an error of the driver is.
	classify func(error) failure
	// inspect looks at what there is under the name of the table.
	inspect func(ctx context.Context, c *sql.Conn, table string) (inspection, error)
	// create makes the table, its indexes and its row in the meta table.
	create func(table string) []statement
}

// queries are the statements of a store, in the words of one dialect. A due
// time is a number of microseconds since 1970, or NULL.
type queries struct {
	insert string // id, due, executor, data; writes no row when the id is taken
	update string // due, executor, data, id, rev; passes over what can't be read
	delete string // id, rev; passes over what can't be read
	remove string // id
	exists string // id; gives whether the row can be read
	clear  string
	get    string // id; gives due, executor, rev, data
	hold   string // due, key of a row
	labels string // gives each label in order
	// soonest gives the earliest due time of all readable records.
	soonest string
	// unreadable gives the keys of the rows that are no records.
	unreadable string
	// fragment gives id, due, executor, rev and data of such a row: key.
	fragment string
	// byLabels are the statements that go by labels, for each of labelCounts.
	byLabels map[int]labelQueries
}

// labelQueries are statements for a number of labels. Their arguments come once
// for each label, the label first; a NULL label matches nothing. All but next
// end with the largest number of rows, and give key, id, due, executor, rev and
// data of readable records, by due time and id.
type labelQueries struct {
	next   string // label; gives the earliest due time
	due    string // label, due at most
	after  string // label, due, id: scheduled records past that place
	paused string // label, id: records without a due time past that id
}

// labelCounts are the numbers of labels for which there are statements; what
// lies between is filled up with NULL, what is beyond is asked in several
// statements.
var labelCounts = []int{1, 2, 4, 8, 16, 32}

// A statement is SQL with its arguments.
type statement struct {
	text string
	args []any
}

// A failure is the kind of an error, as far as it changes what to do.
type failure int

const (
	failOther    failure = iota
	failBusy             // another program holds the lock
	failFull             // no room
	failReadOnly         // writing is not allowed
	failForeign          // the file is no database
	failDamaged          // the database is damaged
	failOpen             // the file can't be opened
	failIO               // the file system failed
)

// An inspection is what inspect found.
type inspection struct {
	table   string   // the table's name as it is spelled in the database; "" when there is none
	columns []string // its columns, in order
	version int64    // of its schema; 0 when the meta table does not know it
	foreign string   // why nothing can be put into this database at all, or ""
}

// dialectOf tells the dialect of an open database by its driver.
func dialectOf(db *sql.DB) (*dialect, error) {
	driver := fmt.Sprintf("%T", db.Driver())
	if strings.Contains(strings.ToLower(driver), sqlite.drivers[0]) {
		return &sqlite, nil
	}
	return nil, fmt.Errorf("%w: database is a *sql.DB with the driver %s; this version supports SQLite only", store.ErrConfig, driver)
}

// dialectByName finds a dialect by the name that New takes.
func dialectByName(name string) (*dialect, error) {
	if strings.EqualFold(name, "sqlite") || strings.EqualFold(name, "sqlite3") {
		return &sqlite, nil
	}
	if other := elsewhere[strings.ToLower(name)]; other != "" {
		return nil, fmt.Errorf("%w: this version has no support for %s yet, only for SQLite", store.ErrConfig, other)
	}
	return nil, fmt.Errorf(`%w: unknown dialect %q; the only one is "sqlite"`, store.ErrConfig, name)
}

// driverFor picks the driver for a dialect among those that are registered.
func driverFor(d *dialect, registered []string) (string, error) {
	for _, name := range d.drivers {
		for _, have := range registered {
			if have == name {
				return name, nil
			}
		}
	}
	return "", fmt.Errorf(`%w: this program has no driver for %s; add the import _ "%s"`, store.ErrConfig, d.name, d.driverImport)
}
