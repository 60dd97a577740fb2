package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// Batch does the writes in one transaction: one flush of the disk for all. If
// it fails as a whole, nothing was written.
func (s *embedded) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if len(writes) == 0 {
		return nil, nil
	}
	results := make([]error, len(writes))
	err := s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		b := batch{c: c, q: &s.q}
		defer b.close()
		for i := range writes {
			var err error
			if results[i], err = b.write(ctx, &writes[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// A batch does writes in one transaction, each kind with a statement that is
// prepared once.
type batch struct {
	c                              *sql.Conn
	q                              *queries
	insert, update, delete, remove *sql.Stmt
}

func (b *batch) close() {
	for _, s := range []*sql.Stmt{b.insert, b.update, b.delete, b.remove} {
		if s != nil {
			s.Close()
		}
	}
}

// write does one write. It returns the write's own outcome, and apart from it
// what makes the transaction fail.
func (b *batch) write(ctx context.Context, w *store.Write) (outcome, failure error) {
	switch w.Op {
	case store.OpAdd:
		return b.add(ctx, &w.Record)
	case store.OpUpdate:
		return b.replace(ctx, &w.Record)
	case store.OpDelete:
		return b.erase(ctx, w.Record.ID, w.Record.Rev)
	default:
		return fmt.Errorf("%w: %q: there is no operation %d", store.ErrInvalid, w.Record.ID, w.Op), nil
	}
}

func (b *batch) add(ctx context.Context, r *store.Record) (outcome, failure error) {
	due, err := dueColumn(r.Due)
	if err := errors.Join(store.CheckID(r.ID), err, checkData(*r)); err != nil {
		return err, nil
	}
	n, err := b.run(ctx, &b.insert, b.q.insert, r.ID, due, r.Executor, dataColumn(r.Data))
	if err == nil && n == 0 {
		return fmt.Errorf("%w: %q", store.ErrExists, r.ID), nil
	}
	return nil, err
}

func (b *batch) replace(ctx context.Context, r *store.Record) (outcome, failure error) {
	due, err := dueColumn(r.Due)
	if err := errors.Join(err, checkData(*r)); err != nil {
		return err, nil
	}
	n, err := b.run(ctx, &b.update, b.q.update, due, r.Executor, dataColumn(r.Data), r.ID, revColumn(r.Rev))
	if err == nil && n == 0 {
		return b.why(ctx, r.ID)
	}
	return nil, err
}

func (b *batch) erase(ctx context.Context, id string, rev uint64) (outcome, failure error) {
	var n int64
	var err error
	if rev == 0 {
		n, err = b.run(ctx, &b.remove, b.q.remove, id)
	} else {
		n, err = b.run(ctx, &b.delete, b.q.delete, id, revColumn(rev))
	}
	if err == nil && n == 0 {
		return b.why(ctx, id)
	}
	return nil, err
}

// why tells why a conditional write found no row. In the same transaction
// nobody can have changed anything in between.
func (b *batch) why(ctx context.Context, id string) (outcome, failure error) {
	var readable bool
	err := b.c.QueryRowContext(ctx, b.q.exists, id).Scan(&readable)
	switch {
	case err == nil && !readable:
		return fmt.Errorf("%w: %q", store.ErrCorrupt, id), nil
	case err == nil:
		return fmt.Errorf("%w: %q", store.ErrConflict, id), nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %q", store.ErrNotFound, id), nil
	}
	return nil, err
}

// run executes a statement, prepared at its first use, and returns the number
// of rows that it has changed.
func (b *batch) run(ctx context.Context, s **sql.Stmt, text string, args ...any) (int64, error) {
	if *s == nil {
		p, err := b.c.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the batch
		if err != nil {
			return 0, err
		}
		*s = p
	}
	result, err := (*s).ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
