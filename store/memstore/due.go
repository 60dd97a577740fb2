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
	limit := max(0, q.Limit)
	s.looked = momentOf(q.At.UnixMicro())
	var due []timed
	sources := 0
	for _, queue := range s.asked(q.Executors) {
		found, ordered := queue.first(limit, s.looked)
		if len(found) > 0 {
			due = append(due, found...)
			sources++
		}
		if !ordered {
			sources++
		}
	}
	if sources > 1 {
		slices.SortFunc(due, s.table.compare)
	}
	due = due[:min(limit, len(due))]
	records := make([]store.Record, len(due))
	for i, t := range due {
		records[i] = s.table.record(s.table.at(t.slot))
	}
	return records, nil
}

// Claim implements [store.Claimer].
func (s *Store) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	at := momentOf(q.At.UnixMicro())
	queues := s.asked(q.Executors)
	for _, queue := range queues {
		queue.advance(at)
	}
	var claimed []slot
	for len(claimed) < q.Limit {
		from, first := s.first(queues)
		if from == nil || first.due > at {
			break
		}
		from.remove(first.slot)
		claimed = append(claimed, first.slot)
	}
	// They go back only now: a hold that is itself due must not be claimed twice.
	records := make([]store.Record, len(claimed))
	for i, c := range claimed {
		it := s.table.at(c)
		it.rev++
		s.table.schedule(it, hold)
		records[i] = s.table.record(it)
	}
	return records, nil
}

// first returns the first of what the wheels have passed, and its queue, or nil.
func (s *Store) first(queues []*queue) (from *queue, first timed) {
	for _, q := range queues {
		if t, ok := q.peek(); ok && (from == nil || s.table.compare(t, first) < 0) {
			from, first = q, t
		}
	}
	return from, first
}

// soon is how long before its time, in microseconds, what is next is put in
// order. What is added for an earlier time meanwhile costs a little more.
const soon = 10_000_000

// NextDue implements [store.Store].
func (s *Store) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	if err := s.enter(ctx); err != nil {
		return time.Time{}, err
	}
	defer s.mu.Unlock()
	var next moment
	found := false
	for _, q := range s.asked(executors) {
		m, ok := q.earliest()
		if ok && (!found || m < next) {
			next, found = m, true
		}
		if ok && m < s.looked+soon {
			q.advance(m) // so that what is due then is in order before it is asked for
		}
	}
	if !found {
		return time.Time{}, nil
	}
	return next.time(), nil
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
