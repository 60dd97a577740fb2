package sqlstore

import (
	"context"
	"database/sql"

	"github.com/go-asyncz/asyncz/store"
)

// A dialect is how one kind of server is spoken to about one table. Each method
// does one operation, whole or not at all: in one round trip where the server
// can, else in a transaction of its own on the connection. A context that ends
// meanwhile makes it fail.
//
// All else is [server]'s: it checks what comes in, bounds the size of a batch,
// repeats what a dialect calls worth repeating, and explains errors. So a
// dialect returns the errors of its driver as they are.
//
// Times are microseconds since 1970. Ids and labels are UTF-8 without NUL.
// Labels are in order and each is there once; nil labels are all that there are. Rows come by due time, then by id,
// and without those that can't be read, but where it says otherwise.
type dialect interface {
	// limits returns what a statement and a row can hold.
	limits() limits
	// prepare makes sure that the tables are there and are ours, and returns the
	// name of the table as the server spells it, without its schema. Any number of
	// processes may do so at once.
	prepare(ctx context.Context, c *sql.Conn) (table string, err error)
	// trouble tells what an error means. Only errors of the driver come to it.
	trouble(err error) trouble
	// check returns sentences on what in the server's set-up puts tasks at risk.
	check(ctx context.Context, c *sql.Conn) ([]string, error)
	// now is the server's time.
	now(ctx context.Context, c *sql.Conn) (int64, error)

	// write does the writes and returns the outcome of each, in their order. No
	// two are for the same id.
	write(ctx context.Context, c *sql.Conn, ws []write) ([]outcome, error)
	// clear removes all records.
	clear(ctx context.Context, c *sql.Conn) error
	// claim does what due does and moves the due time of these rows to hold; what
	// somebody else is just writing may be passed over. The rows come in any order,
	// with the due time that they had, and the revision that they have.
	claim(ctx context.Context, c *sql.Conn, q dueQuery, hold sql.NullInt64) ([]row, error)
	due(ctx context.Context, c *sql.Conn, q dueQuery) ([]row, error)
	// next is the earliest due time; NULL is none.
	next(ctx context.Context, c *sql.Conn, labels []string) (sql.NullInt64, error)
	// get returns the row with this id, readable or not, or none.
	get(ctx context.Context, c *sql.Conn, id string) ([]row, error)
	// after returns the first rows of those that come after a due time and id,
	// and paused the first of those without a due time that come after an id.
	after(ctx context.Context, c *sql.Conn, due int64, id string, limit int) ([]row, error)
	paused(ctx context.Context, c *sql.Conn, id string, limit int) ([]row, error)
	// unreadable returns the rows that can't be read, by id, after an id.
	unreadable(ctx context.Context, c *sql.Conn, id string, limit int) ([]row, error)

	// appendRuns adds rows to the history, in place of those with the same task,
	// fire and end. No two of them are the same.
	appendRuns(ctx context.Context, c *sql.Conn, runs []runRow) error
	// runs returns rows of the history, the last to end first.
	runs(ctx context.Context, c *sql.Conn, q runQuery) ([]runRow, error)
	// trimRuns removes, of one log, what ended before a time, and all but the last
	// keep (0: none for their number), but at most so many rows, and returns how
	// many it has removed.
	trimRuns(ctx context.Context, c *sql.Conn, log string, before int64, keep, most int) (int, error)

	// beat writes a node's row with the server's time; members returns all, by node.
	beat(ctx context.Context, c *sql.Conn, node string, data []byte) error
	leave(ctx context.Context, c *sql.Conn, node string) error
	members(ctx context.Context, c *sql.Conn) ([]memberRow, error)
}

// A listener is a dialect of a server that tells what others write.
type listener interface {
	// listens tells whether the driver of this connection can wait for it.
	listens(c *sql.Conn) bool
	// listen calls wake after writes of others that may make something due
	// earlier, until the context ends or the connection breaks.
	listen(ctx context.Context, c *sql.Conn, wake func()) error
}

// limits are what a server can take.
type limits struct {
	table  int // longest name of a table, in bytes
	data   int // largest Data of a record, in bytes
	writes int // most writes of a statement
	bytes  int // most bytes of Data in a statement of several writes
	// statements is how many statements may share the writes of one, at the same
	// time, where that is faster; 0: one.
	statements int
	// setting tells where the server has the limit of Data, if it is set there.
	setting string
}

// A write is a conditional write whose record was checked.
type write struct {
	op       store.Op
	id       string
	due      sql.NullInt64
	executor string
	rev      int64 // that the row must have; for a delete 0 is any
	data     []byte
}

// An outcome is what became of a write.
type outcome byte

const (
	done     outcome = 'd'
	exists   outcome = 'e' // an add found its id taken
	missing  outcome = 'm' // there is no such id
	conflict outcome = 'c' // the row has another revision
	broken   outcome = 'b' // the row can't be read
	raced    outcome = 'r' // somebody wrote at the same time: the write is to be repeated
)

// A dueQuery is a store.DueQuery in the words of a table.
type dueQuery struct {
	at     int64
	labels []string
	limit  int
}

// A runRow is a row of the run history.
type runRow struct {
	log, task   string
	fire, ended int64
	data        []byte
}

// A runQuery asks for at most limit rows of a log with ended >= since, of one task
// if it is not "" and of one of its fires if that is not NULL, that come after the
// row past in the order of the answer, which is by end, task and fire, all downwards.
type runQuery struct {
	log   string
	task  string
	fire  sql.NullInt64
	since int64
	past  runRow
	limit int
}

// A memberRow is a row of the list of nodes.
type memberRow struct {
	node string
	seen int64
	data []byte
}

// A trouble is what an error means for what to do next.
type trouble struct {
	// repeat: nothing was done, and the same again may go well.
	repeat bool
	// away: the server doesn't answer or takes nobody in.
	away bool
	// config: another configuration would help.
	config bool
	// drop: the connection leads to the wrong place; another must be made.
	drop bool
	// advice says what is wrong and what can be done about it.
	advice string
}
