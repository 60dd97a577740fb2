// Package memstore keeps records in the memory of the process: nothing to set
// up, nothing left afterwards. It is the fastest store, and the only one that
// keeps Go values as they are instead of bytes.
//
// Importing it makes the type "memory" known, and with it the URL "memory:".
package memstore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

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
	items  map[string]*item
	queues map[string]*queue

	runs    runs
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
		items:   map[string]*item{},
		queues:  map[string]*queue{},
		members: map[string]store.Member{},
	}
}

// An item is a record at rest. Its label is that of its queue, and its due time
// is in the heap, so that neither is kept twice.
type item struct {
	id    string
	data  []byte
	value any
	rev   uint64
	queue *queue
	place int // in the heap of the queue, or none
}

// A queue holds the records of one label; one that is empty is forgotten.
type queue struct {
	label string
	count int
	heap  heap
}

func (it *item) record() store.Record {
	r := store.Record{ID: it.id, Executor: it.queue.label, Rev: it.rev, Data: slices.Clone(it.data), Value: it.value}
	if it.place != none {
		r.Due = time.UnixMicro(it.queue.heap[it.place].due).UTC()
	}
	return r
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

// Add implements [store.Store].
func (s *Store) Add(ctx context.Context, r store.Record) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	return s.add(&r)
}

func (s *Store) add(r *store.Record) error {
	if err := store.CheckID(r.ID); err != nil {
		return err
	}
	if _, taken := s.items[r.ID]; taken {
		return fmt.Errorf("%w: %q", store.ErrExists, r.ID)
	}
	it := &item{id: r.ID, data: slices.Clone(r.Data), value: r.Value, rev: 1, queue: s.join(r.Executor), place: none}
	it.schedule(r.Due)
	s.items[r.ID] = it
	return nil
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return store.Record{}, err
	}
	defer s.mu.Unlock()
	it, err := s.find(id)
	if err != nil {
		return store.Record{}, err
	}
	return it.record(), nil
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, r store.Record) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	return s.update(&r)
}

func (s *Store) update(r *store.Record) error {
	it, err := s.find(r.ID)
	if err != nil {
		return err
	}
	if it.rev != r.Rev {
		return conflict(it, r.Rev)
	}
	if it.queue.label != r.Executor {
		it.schedule(time.Time{})
		s.leave(it.queue)
		it.queue = s.join(r.Executor)
	}
	it.schedule(r.Due)
	it.data, it.value = slices.Clone(r.Data), r.Value
	it.rev++
	return nil
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, rev uint64) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	return s.delete(id, rev)
}

func (s *Store) delete(id string, rev uint64) error {
	it, err := s.find(id)
	if err != nil {
		return err
	}
	if rev != 0 && it.rev != rev {
		return conflict(it, rev)
	}
	it.schedule(time.Time{})
	s.leave(it.queue)
	delete(s.items, id)
	return nil
}

// Clear implements [store.Store].
func (s *Store) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.items, s.queues = map[string]*item{}, map[string]*queue{}
	return nil
}

// Close implements [store.Store]; the records are gone.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.items, s.queues, s.members, s.runs = nil, nil, nil, nil
	return nil
}

// KeepsValues implements [store.Live].
func (s *Store) KeepsValues() {}

// Namespace implements [store.Namespaced].
func (s *Store) Namespace() string { return "memory" }

func (s *Store) find(id string) (*item, error) {
	if it, ok := s.items[id]; ok {
		return it, nil
	}
	return nil, fmt.Errorf("%w: %q", store.ErrNotFound, id)
}

func conflict(it *item, rev uint64) error {
	return fmt.Errorf("%w: %q has revision %d, not %d", store.ErrConflict, it.id, it.rev, rev)
}

// schedule gives the item a due time, or none when the time is zero.
func (it *item) schedule(due time.Time) {
	switch {
	case due.IsZero() && it.place != none:
		it.queue.heap.remove(it.place)
	case due.IsZero():
	case it.place == none:
		it.queue.heap.push(it, due.UnixMicro())
	default:
		it.queue.heap.move(it.place, due.UnixMicro())
	}
}

func (s *Store) join(label string) *queue {
	q, ok := s.queues[label]
	if !ok {
		q = &queue{label: label}
		s.queues[label] = q
	}
	q.count++
	return q
}

func (s *Store) leave(q *queue) {
	q.count--
	if q.count == 0 {
		delete(s.queues, q.label)
	}
}
