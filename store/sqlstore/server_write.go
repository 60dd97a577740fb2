package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"sync"

	"github.com/go-asyncz/asyncz/store"
)

// Batch does the writes in one statement; many, and more than a statement can hold,
// in several. If it fails as a whole, each of these statements was done or not.
func (s *server) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if len(writes) == 0 {
		return nil, nil
	}
	results := make([]error, len(writes))
	var part chunk
	for i := range writes {
		w, err := s.checked(&writes[i])
		if err != nil {
			results[i] = err
			continue
		}
		if part.full(s.d.limits(), len(w.data)) {
			if err := s.writeChunk(ctx, &part, results); err != nil {
				return nil, err
			}
		}
		part.add(i, w)
	}
	if err := s.writeChunk(ctx, &part, results); err != nil {
		return nil, err
	}
	return results, nil
}

// A chunk is what one statement does of a batch.
type chunk struct {
	writes []write
	index  []int // in the batch
	bytes  int
}

func (c *chunk) add(i int, w write) {
	c.writes, c.index = append(c.writes, w), append(c.index, i)
	c.bytes += len(w.data)
}

func (c *chunk) Len() int           { return len(c.writes) }
func (c *chunk) Less(i, j int) bool { return c.writes[i].id < c.writes[j].id }
func (c *chunk) Swap(i, j int) {
	c.writes[i], c.writes[j] = c.writes[j], c.writes[i]
	c.index[i], c.index[j] = c.index[j], c.index[i]
}

func (c *chunk) full(l limits, more int) bool {
	return len(c.writes) > 0 && (len(c.writes) >= l.writes || c.bytes+more > l.bytes)
}

// fewestShared is how many writes of a statement are worth a connection.
const fewestShared = 100

// split cuts the chunk, which is sorted, into parts of equal size.
func (c *chunk) split(most int) []*chunk {
	n := max(1, min(most, len(c.writes)/fewestShared))
	parts := make([]*chunk, n)
	for i := range parts {
		from, to := i*len(c.writes)/n, (i+1)*len(c.writes)/n
		parts[i] = &chunk{writes: c.writes[from:to], index: c.index[from:to]}
	}
	return parts
}

// writeChunk does the writes and empties the chunk. They go in the order of their
// ids, so that two batches wait for each other in one direction only. Many are shared
// by several statements: a server works on each of these with another processor.
func (s *server) writeChunk(ctx context.Context, c *chunk, results []error) error {
	sort.Sort(c)
	parts := c.split(s.d.limits().statements)
	errs := make([]error, len(parts))
	var others sync.WaitGroup
	for i, p := range parts[1:] {
		others.Go(func() { errs[i+1] = s.writePart(ctx, p, results) })
	}
	errs[0] = s.writePart(ctx, parts[0], results)
	others.Wait()
	*c = chunk{}
	return cmp.Or(errs...) // when a server is away all say the same
}

// writePart does the writes of a sorted chunk, those that have raced with somebody
// else's again, and empties it.
func (s *server) writePart(ctx context.Context, c *chunk, results []error) error {
	for len(c.writes) > 0 {
		var outcomes []outcome
		err := s.pool.do(ctx, func(ctx context.Context, conn *sql.Conn) (err error) {
			outcomes, err = s.d.write(ctx, conn, c.writes)
			return err
		})
		if err != nil {
			return err
		}
		var again chunk
		for i, o := range outcomes {
			if o == raced {
				again.add(c.index[i], c.writes[i])
			} else {
				results[c.index[i]] = o.err(c.writes[i].id)
			}
		}
		*c = again
	}
	return nil
}

// err is the error of the method that does a single write.
func (o outcome) err(id string) error {
	switch o {
	case done:
		return nil
	case exists:
		return fmt.Errorf("%w: %q", store.ErrExists, id)
	case missing:
		return fmt.Errorf("%w: %q", store.ErrNotFound, id)
	case conflict:
		return fmt.Errorf("%w: %q", store.ErrConflict, id)
	default:
		return fmt.Errorf("%w: %q", store.ErrCorrupt, id)
	}
}

// checked puts a write in the words of a table, or says why that can't be.
func (s *server) checked(w *store.Write) (write, error) {
	r := &w.Record
	out := write{op: w.Op, id: r.ID, executor: r.Executor, rev: revColumn(r.Rev), data: dataColumn(r.Data)}
	if w.Op != store.OpAdd && store.CheckID(r.ID) != nil {
		return out, missing.err(r.ID) // nothing can have it
	}
	if w.Op == store.OpDelete {
		out.executor, out.data = "", nil
		return out, nil
	}
	if w.Op != store.OpAdd && w.Op != store.OpUpdate {
		return out, fmt.Errorf("%w: %q: there is no operation %d", store.ErrInvalid, r.ID, w.Op)
	}
	var err error
	if out.due, err = nullable(r.Due); w.Op == store.OpAdd {
		err = errors.Join(store.CheckID(r.ID), err)
	}
	if !plain(r.Executor) || len(r.Executor) > store.MaxIDLen {
		err = errors.Join(err, fmt.Errorf("%w: the executor %.20q of %q is not plain text of up to %d bytes", store.ErrInvalid, r.Executor, r.ID, store.MaxIDLen))
	}
	if l := s.d.limits(); len(r.Data) > l.data {
		err = errors.Join(err, fmt.Errorf("%w: the data of %q has %d bytes, %d are allowed%s", store.ErrInvalid, r.ID, len(r.Data), l.data, l.setting))
	}
	return out, err
}
