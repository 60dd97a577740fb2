package mongostore

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// Batch does the writes by one bulk command for each of adds, updates and
// deletes, all at the same time. A batch of deletes takes another round trip,
// and so does one in which a write fails: see update and remove.
func (s *Store) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	results := make([]error, len(writes))
	inserts, updates, removes := part{do: s.insert}, part{do: s.update}, part{do: s.remove}
	for i := range writes {
		switch w := &writes[i]; w.Op {
		case store.OpAdd:
			inserts.take(i, &w.Record)
		case store.OpUpdate:
			updates.take(i, &w.Record)
		case store.OpDelete:
			removes.take(i, &w.Record)
		default:
			results[i] = fmt.Errorf("%w: %q: there is no operation %d", store.ErrInvalid, w.Record.ID, w.Op)
		}
	}
	var group sync.WaitGroup
	parts := []*part{&inserts, &updates, &removes}
	for _, p := range parts {
		if len(p.records) > 0 {
			group.Go(func() { p.outcomes, p.err = p.do(ctx, p.records) })
		}
	}
	group.Wait()
	if err := errors.Join(inserts.err, updates.err, removes.err); err != nil {
		return nil, s.explain(ctx, err)
	}
	for _, p := range parts {
		for i, err := range p.outcomes {
			results[p.index[i]] = err
		}
	}
	return results, nil
}

// A part of a batch are its writes of one kind.
type part struct {
	do       func(context.Context, []*store.Record) ([]error, error)
	records  []*store.Record
	index    []int // where in the batch they are
	outcomes []error
	err      error
}

func (p *part) take(i int, r *store.Record) {
	p.records = append(p.records, r)
	p.index = append(p.index, i)
}
