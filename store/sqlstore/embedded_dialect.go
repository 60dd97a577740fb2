package sqlstore

import (
	"context"
	"database/sql"
)

// An embeddedDialect is how one embedded database is spoken to.
type embeddedDialect struct {
	// name is how the database is called in messages.
	name string
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
	// create makes those of the tables that are not there, their indexes and
	// the row in the meta table.
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
	// of the run history, whose statements begin with the log
	appendRun  string // ended, task, fire, data
	runs       string // since, and ended, task and fire of the row to come after; limit; gives ended, task, fire, data
	runsOfTask string // task, since, and ended and fire of the row to come after; limit; gives the same
	runsOfFire string // task, fire, since, ended before; limit; gives the same
	countRuns  string // the most to count
	countOld   string // ended before, the most to count
	runAt      string // number of rows that ended before it; gives ended, task, fire
	trimRuns   string // ended, task and fire of the first row to stay
	trimAll    string
	// of the list of nodes: node, seen, data
	beat      string
	leaveNode string // node
	members   string
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
