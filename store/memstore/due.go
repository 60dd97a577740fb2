package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Due implements [store.Store].
func (s *Store) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if q.Limit <= 0 {
		return nil, nil
	}
	f := frontier{queues: s.asked(q.Executors)}
	for i := range f.queues {
		f.visit(i, 0)
	}
	var records []store.Record
	at := q.At.UnixMicro()
	for len(records) < q.Limit && len(f.seen) > 0 {
		e := f.next()
		if e.due > at {
			break
		}
		records = append(records, s.table.record(s.table.items[e.slot]))
	}
	return records, nil
}

// Claim implements [store.Claimer].
func (s *Store) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var claimed []*item
	queues := s.asked(q.Executors)
	for at := q.At.UnixMicro(); len(claimed) < q.Limit; {
		from := earliest(queues)
		if from == nil || from.heap.entries[0].due > at {
			break
		}
		claimed = append(claimed, s.table.items[from.heap.entries[0].slot])
		from.heap.remove(0)
	}
	// They go back only now: a hold that is itself due must not be claimed twice.
	records := make([]store.Record, len(claimed))
	for i, it := range claimed {
		it.rev++
		s.table.schedule(it, hold)
		records[i] = s.table.record(it)
	}
	return records, nil
}

// NextDue implements [store.Store].
func (s *Store) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	if err := s.enter(ctx); err != nil {
		return time.Time{}, err
	}
	defer s.mu.Unlock()
	if q := earliest(s.asked(executors)); q != nil {
		return time.UnixMicro(q.heap.entries[0].due).UTC(), nil
	}
	return time.Time{}, nil
}

// asked returns the queues with these labels; nil asks for all.
func (s *Store) asked(labels []string) []*queue {
	if labels == nil {
		queues := make([]*queue, 0, len(s.queues))
		for _, q := range s.queues {
			queues = append(queues, q)
		}
		return queues
	}
	queues := make([]*queue, 0, len(labels))
	for _, label := range labels {
		if q, ok := s.queues[label]; ok && !slices.Contains(queues, q) {
			queues = append(queues, q)
		}
	}
	return queues
}

// earliest returns the queue that holds the earliest item, or nil when nothing
// is scheduled.
func earliest(queues []*queue) *queue {
	var first *queue
	for _, q := range queues {
		if len(q.heap.entries) > 0 && (first == nil || q.heap.before(&q.heap.entries[0], &first.heap.entries[0])) {
			first = q
		}
	}
	return first
}

// A frontier walks heaps in their common order without changing them: it is
// itself a heap of the places whose parents were passed.
type frontier struct {
	queues []*queue
	seen   []spot
}

// A spot is a place in the heap of a queue.
type spot struct{ queue, place int }

func (f *frontier) at(i int) *entry {
	return &f.queues[f.seen[i].queue].heap.entries[f.seen[i].place]
}

func (f *frontier) before(i, j int) bool { return f.queues[0].heap.before(f.at(i), f.at(j)) }

func (f *frontier) visit(queue, place int) {
	if place >= len(f.queues[queue].heap.entries) {
		return
	}
	f.seen = append(f.seen, spot{queue, place})
	for i := len(f.seen) - 1; i > 0; {
		parent := (i - 1) / 2
		if !f.before(i, parent) {
			break
		}
		f.seen[i], f.seen[parent] = f.seen[parent], f.seen[i]
		i = parent
	}
}

// next takes the earliest entry and visits its children.
func (f *frontier) next() *entry {
	first, e := f.seen[0], f.at(0)
	last := len(f.seen) - 1
	f.seen[0] = f.seen[last]
	f.seen = f.seen[:last]
	for i := 0; 2*i+1 < last; {
		least := 2*i + 1
		if least+1 < last && f.before(least+1, least) {
			least++
		}
		if !f.before(least, i) {
			break
		}
		f.seen[i], f.seen[least] = f.seen[least], f.seen[i]
		i = least
	}
	for c := range arity {
		f.visit(first.queue, arity*first.place+1+c)
	}
	return e
}
