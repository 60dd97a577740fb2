// Package storetest proves that a store keeps the promises of package store.
//
// One call runs one sub-test for each promise:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, storetest.Harness{
//			New: func(tb testing.TB) storetest.Place {
//				dir := tb.TempDir()
//				return storetest.Place{
//					Open: func() (store.Store, error) { return mystore.Open(dir) },
//				}
//			},
//		})
//	}
//
// What an optional interface promises is proved when the store has it, and
// skipped when it has not. The log of a sub-test that fails begins with the
// promise that was broken.
package storetest

import (
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A Harness tells how to get at the store that is to be proved.
type Harness struct {
	// New makes an empty place for records. It is called once a case, and cases
	// run at the same time.
	New func(tb testing.TB) Place

	// InMemory says that the records are gone when the store is closed: nothing
	// is reopened, and no two handles are opened on one place.
	InMemory bool

	// OneHandle says that a place is opened by one handle at a time, as by a store
	// that keeps what it has read: it is reopened, but nothing is done through a
	// second handle.
	OneHandle bool

	// Bulk is the number of records in cases that need many; 0 means 1000, or 200
	// with go test -short. At least 20 are used.
	Bulk int

	// Writers is the number of goroutines in cases where they contend for a
	// record; 0 means 64.
	Writers int

	// Patience is the longest that a case waits for the store; 0 means five
	// minutes, which only a call that hangs needs.
	Patience time.Duration

	// Serial runs the cases one after the other.
	Serial bool
}

// A Place is where records are kept: a directory, a database, a prefix of keys.
type Place struct {
	// Open opens a handle on the records of this place. It is called again to
	// open a second handle beside the first, unless OneHandle is set, or to reopen
	// what was closed. The case closes all handles.
	Open func() (store.Store, error)

	// Corrupt damages the record with this id behind the store's back, so that it
	// can't be read any more. nil: the store can't have such records, and the
	// cases about them are skipped.
	Corrupt func(id string) error
}

// Run proves the store: one sub-test a promise.
func Run(t *testing.T, h Harness) {
	t.Helper()
	h.defaults()
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			if !h.Serial && !c.alone {
				t.Parallel()
			}
			c.run(t, h)
		})
	}
}

func (h *Harness) defaults() {
	if h.Bulk == 0 {
		h.Bulk = 1000
		if testing.Short() {
			h.Bulk = 200
		}
	}
	h.Bulk = max(h.Bulk, 20)
	if h.Writers == 0 {
		h.Writers = 64
	}
	if h.Patience == 0 {
		h.Patience = 5 * time.Minute
	}
}

// A testCase proves one promise.
type testCase struct {
	name    string
	promise string
	prove   func(t *T)
	// alone keeps other cases from running at the same time.
	alone bool
}

// cases returns all cases, in the order of the promises in package store.
func cases() []testCase {
	var all []testCase
	for _, group := range [][]testCase{
		leakCases, writeCases, idCases, dataCases, timeCases, dueCases, allCases, concurrencyCases,
		reopenCases, handleCases, contextCases, corruptCases, claimCases, batchCases, clockCases,
		watchCases, runCases, memberCases, liveCases, namespaceCases, closeCases,
	} {
		all = append(all, group...)
	}
	return all
}

func (c testCase) run(tb testing.TB, h Harness) {
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the promise of %s: %s", c.name, c.promise)
		}
	})
	c.prove(newT(tb, h))
}
