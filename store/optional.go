package store

import (
	"context"
	"iter"
	"time"
)

// A Claimer takes due records in one atomic step, so that nodes which look at
// the same moment get different records.
//
// Without it a scheduler reads Due and lets the conditional Update decide: the
// loser of a race sees ErrConflict and has read in vain.
type Claimer interface {
	// Claim does what Due does, and moves the Due of each record that it returns
	// to hold, in the same step. The records come back as they are after the
	// step: Due is hold, Rev has grown by one, Data is unchanged. Nothing is
	// claimed by two calls unless the hold has passed in between.
	Claim(ctx context.Context, q DueQuery, hold time.Time) ([]Record, error)
}

// An Op says what a [Write] does.
type Op uint8

const (
	OpAdd    Op = iota + 1 // as Store.Add
	OpUpdate               // as Store.Update
	OpDelete               // as Store.Delete, with the record's ID and Rev
)

// A Write is one conditional write of a batch.
type Write struct {
	Op     Op
	Record Record
}

// A Batcher does many conditional writes in one round trip.
//
// Without it a scheduler does them in a loop.
type Batcher interface {
	// Batch does the writes in their order, each with the outcome that the single
	// method would have: one that fails does not stop the others. It returns one
	// result a write. When the batch as a whole fails, the error is not nil, the
	// results are nil, and any part of the batch may have been done.
	//
	// No two writes of a batch may be for the same id.
	Batch(ctx context.Context, writes []Write) ([]error, error)
}

// A Clock tells the store's own time, the one time that all nodes share.
//
// Without it the clock of the node is used. A store inside one host, which all its
// nodes share with its clock, returns that clock's time.
type Clock interface {
	Now(ctx context.Context) (time.Time, error)
}

// A Watcher tells when other handles of the same store, in this or another
// process, may have made something due earlier than before.
//
// Without it a node finds out when it polls.
type Watcher interface {
	// Watch calls wake, never two calls at once, until ctx ends, the store is
	// closed or the source breaks, and returns the reason. Wake-ups are hints: they may be late, merged
	// or superfluous, and nothing depends on their arriving.
	Watch(ctx context.Context, wake func()) error
}

// A RunEntry is one row of a history. Log, Task, Fire and Ended identify it. Data
// is opaque; times are kept as [Record.Due] is.
type RunEntry struct {
	// Log is the history that the row belongs to: "" that of the runs, or another
	// one's name, such as "audit". Each has its own order and is trimmed by itself.
	Log   string
	Task  string    // id of the task; may be empty
	Fire  time.Time // the scheduled time: with Task the identity of the run
	Ended time.Time // orders the history
	Data  []byte
}

// A RunQuery asks for rows of one history. Zero fields don't restrict, but for Log.
type RunQuery struct {
	Log          string // exactly this history; "" is that of the runs
	Task         string
	Fire         time.Time // rows of this scheduled time; needs Task
	Since, Until time.Time // Since <= Ended < Until
	Limit        int
}

// A RunLog keeps the history of runs, and others beside it. Rows are written
// often, and read and trimmed seldom: a scheduler appends up to a thousand at once,
// again and again.
//
// Without it a scheduler keeps its last runs in memory.
type RunLog interface {
	// AppendRuns adds rows. A row with the Log, Task, Fire and Ended of one that is
	// there replaces it, so that a repeated append changes nothing; of two such rows
	// in one call the later stays. A row that [CheckRun] refuses makes the call fail
	// before anything is written. After another error any of the rows may be there.
	AppendRuns(ctx context.Context, entries []RunEntry) error
	// Runs returns the rows that match, the last to end first; those that ended at
	// the same time come in an order that stays the same. A query that
	// [CheckRunQuery] refuses fails. It finds the rows of a Task without reading those
	// of others; for those of a Fire it may pass over an index of the rows of its Task.
	//
	// It reads in pages, and may show or miss a row that is appended or trimmed
	// meanwhile. A row that can't be read doesn't end the walk: it comes as an error
	// that wraps ErrCorrupt, beside whatever is known of it. Any other error is the
	// last thing that the walk yields.
	Runs(ctx context.Context, q RunQuery) iter.Seq2[RunEntry, error]
	// TrimRuns removes the rows of one history that ended before the given time
	// (zero: none for their age) and, of the rest, all but the last keep (less than
	// 1: all stay). It returns the number of rows removed, also beside an error. It
	// does much work in steps, between which others can append.
	TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error)
}

// A Member is one node as its fellows see it. Data is opaque.
type Member struct {
	Node string
	Seen time.Time // when it last wrote, by the store's clock; set by the store
	Data []byte
}

// Members is the list of the nodes that use a store.
//
// Without it a node knows of itself alone.
type Members interface {
	// Beat writes or rewrites the node's row.
	Beat(ctx context.Context, m Member) error
	// Leave removes the node's row; one that isn't there is no error.
	Leave(ctx context.Context, node string) error
	// Members returns all rows by node, the stale ones included.
	Members(ctx context.Context) ([]Member, error)
}

// A Checker knows what in the set-up of its server puts tasks at risk, such as
// a server that may throw data away when its memory is full.
//
// Without it nothing is known.
type Checker interface {
	// Check returns one sentence for each such thing, with what to do about it.
	Check(ctx context.Context) ([]string, error)
}

// Live marks a store that lives and dies with the process and keeps
// [Record.Value] as it is: its tasks are neither encoded nor sealed, and no run
// of theirs can outlive its node, so that they need no leases.
//
// A value that was given to such a store is never changed afterwards, by either side.
type Live interface {
	// KeepsValues does nothing: having it is the mark.
	KeepsValues()
}

// Namespaced tells where in its server a store keeps its records. The name
// belongs to the data: all who open the same records see the same name,
// whatever alias they use. It becomes part of each seal, so that a record can't
// be moved from one place to another.
//
// Without it the name is "store".
type Namespaced interface {
	// Namespace is the same from the opening of the store to its end, such as
	// "file" or "sql/asyncz_store".
	Namespace() string
}
