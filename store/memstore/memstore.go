// Package memstore keeps records in the memory of the process: nothing to set
// up, nothing left afterwards. It is the fastest store, and the only one that
// keeps Go values as they are instead of bytes.
//
// Importing it makes the type "memory" known, and with it the URL "memory:".
package memstore

import (
	"context"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// A Store keeps records until it is closed. Adding, finding, claiming and
// removing a record takes a time that grows with the logarithm of their number.
// Its methods may be called from any number of goroutines.
//
// Its name of the place ([store.Namespaced]) is "memory".
type Store struct {
	mu     sync.Mutex
	closed bool
	looked moment // the time of the last look at what is due
	byID   map[string]*item
	table  *table
	queues map[string]*queue

	logs    map[string]*history
	members map[string]store.Member
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Live       = (*Store)(nil)
	_ store.Claimer    = (*Store)(nil)
	_ store.Batcher    = (*Store)(nil)
	_ store.RunLog     = (*Store)(nil)
	_ store.Members    = (*Store)(nil)
	_ store.Namespaced = (*Store)(nil)
)

// New returns an empty store.
func New() *Store {
	return &Store{
		byID:    map[string]*item{},
		table:   &table{},
		queues:  map[string]*queue{},
		logs:    map[string]*history{},
		members: map[string]store.Member{},
	}
}

// enter locks the store for one call. The caller unlocks it when the error is nil.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	return nil
}

// Close implements [store.Store]; the records are gone.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.byID, s.table, s.queues, s.members, s.logs = nil, nil, nil, nil, nil
	return nil
}

// KeepsValues implements [store.Live].
func (s *Store) KeepsValues() {}

// Namespace implements [store.Namespaced].
func (s *Store) Namespace() string { return "memory" }
