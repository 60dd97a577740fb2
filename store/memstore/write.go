package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

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
	if _, taken := s.byID[r.ID]; taken {
		return fmt.Errorf("%w: %q", store.ErrExists, r.ID)
	}
	it := s.table.add(item{id: r.ID, payload: payloadOf(r), rev: 1, queue: s.join(r.Executor)})
	s.table.schedule(it, r.Due)
	s.byID[r.ID] = it
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
	return s.table.record(it), nil
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
		s.table.schedule(it, time.Time{})
		s.leave(it.queue)
		it.queue = s.join(r.Executor)
	}
	s.table.schedule(it, r.Due)
	it.payload = payloadOf(r)
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
	s.table.schedule(it, time.Time{})
	s.leave(it.queue)
	s.table.remove(it)
	delete(s.byID, id)
	return nil
}

// Clear implements [store.Store].
func (s *Store) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.byID, s.table, s.queues = map[string]*item{}, &table{}, map[string]*queue{}
	return nil
}

func (s *Store) find(id string) (*item, error) {
	if it, ok := s.byID[id]; ok {
		return it, nil
	}
	return nil, fmt.Errorf("%w: %q", store.ErrNotFound, id)
}

func conflict(it *item, rev uint64) error {
	return fmt.Errorf("%w: %q has revision %d, not %d", store.ErrConflict, it.id, it.rev, rev)
}

func (s *Store) join(label string) *queue {
	q, ok := s.queues[label]
	if !ok {
		q = newQueue(label, s.table)
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
