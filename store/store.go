// Package store says what a store is: the place where a scheduler keeps its
// tasks, and the only thing that its processes share.
//
// A store keeps records, not tasks. It sees bytes, a due time, a label and a
// revision; it knows no trigger, no function and no cipher. Everything that a
// scheduler does to a task is one conditional write of one record, so a store
// needs no transaction over several records.
//
// [Store] is the whole duty of a store. What some stores can do better is said
// by optional interfaces ([Claimer], [Batcher], [Clock], [Watcher], [RunLog],
// [Members], [Checker], [Live], [Namespaced]), found by type assertion; the doc comment of
// each says what a scheduler does without it. Package storetest proves a store.
package store

import (
	"context"
	"iter"
	"time"
)

// MaxIDLen is the longest id of a record, in bytes.
const MaxIDLen = 255

// A Record is one task as a store keeps it.
//
// Due is kept to the microsecond, from year 1 to year 9999, and comes back in
// UTC; what is finer is cut off. Data is opaque and may be of any length up to
// at least 1 MiB. A record that was handed out belongs to the caller, and so do
// the bytes that were handed in, once the method has returned.
type Record struct {
	// ID is unique in its store: 1 to [MaxIDLen] bytes of valid UTF-8 without NUL.
	// Ids are compared byte by byte: no case folding, no normalisation, no
	// trimming of spaces.
	ID string
	// Due is when a scheduler must look at the record next; zero: not scheduled.
	Due time.Time
	// Executor is a label: the alias of the executor that runs the task. A query
	// asks only for the labels whose executors are at hand and have room. It is
	// UTF-8 without NUL of up to 255 bytes, may be empty, and is compared byte by
	// byte.
	Executor string
	// Rev is 1 when the record is added and grows by one with every write.
	Rev uint64
	// Data is the task, encoded, and sealed when a key is set.
	Data []byte
	// Value takes the place of Data in a store that is [Live]; others ignore it.
	Value any
}

// A Store keeps records. Its methods may be called from any number of
// goroutines and, but for stores inside one process, from any number of
// processes: each write is atomic, and is durable when the method returns.
//
// A method whose context has ended returns the context's error. It has then
// either done all of its work or none of it; the caller can't know which.
//
// A record that can't be read is never removed or replaced but by Clear or a
// Delete that names it: Get, Update and Add of its id fail with ErrCorrupt (Add
// may say ErrExists), All tells of it, and queries for other records pass it by.
type Store interface {
	// Add keeps a new record at revision 1; r.Rev is ignored.
	// It returns ErrExists when the id is taken, and ErrInvalid for an id that
	// [CheckID] refuses.
	Add(ctx context.Context, r Record) error

	// Get returns the record with this id, or ErrNotFound; ErrCorrupt when it
	// can't be read.
	Get(ctx context.Context, id string) (Record, error)

	// Update replaces the record that has this id and the revision r.Rev, and
	// gives it the revision r.Rev+1. It returns ErrNotFound when there is no such
	// id and ErrConflict when the record has another revision.
	Update(ctx context.Context, r Record) error

	// Delete removes the record if it has the revision rev; 0 means any revision.
	// It returns ErrNotFound when there is no such id and ErrConflict when the
	// record has another revision.
	Delete(ctx context.Context, id string, rev uint64) error

	// Clear removes all records, also those that can't be read.
	Clear(ctx context.Context) error

	// Due returns the records that are due, earliest first, then by id. What
	// can't be read is left out.
	Due(ctx context.Context, q DueQuery) ([]Record, error)

	// NextDue returns the earliest due time of the records with one of these
	// labels (nil: of all), or the zero time when none is scheduled.
	NextDue(ctx context.Context, executors []string) (time.Time, error)

	// All returns all records by due time, then by id, those without a due time
	// last. It reads in pages, so it shows a record that changes meanwhile in its
	// old or its new form, and may miss or repeat one whose due time changes.
	//
	// A record that can't be read doesn't end the walk: it comes as an error that
	// wraps ErrCorrupt, beside a record with whatever is known of it. Any other
	// error is the last thing that the walk yields.
	All(ctx context.Context) iter.Seq2[Record, error]

	// Close releases what the store holds. Later calls of any method but Close
	// return ErrClosed; a second Close does nothing.
	Close() error
}

// A DueQuery asks for records that are due.
type DueQuery struct {
	// At is the time to look from: a record is due when its Due is not zero and
	// not after At.
	At time.Time
	// Executors are the labels asked for; nil asks for all, an empty slice for none.
	Executors []string
	// Limit is the largest number of records to return; 0 or less returns none.
	Limit int
}
