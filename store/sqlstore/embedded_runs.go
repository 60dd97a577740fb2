package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// AppendRuns adds rows to the run history, in one transaction.
func (s *embedded) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	rows, err := newRunRows(entries, maxData)
	if err != nil || len(rows) == 0 {
		return err
	}
	return s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		insert, err := c.PrepareContext(ctx, s.q.appendRun)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range rows {
			r := &rows[i]
			if _, err := insert.ExecContext(ctx, r.log, r.ended, r.task, r.fire, r.data); err != nil {
				return err
			}
		}
		return nil
	})
}

// Runs returns the rows of the run history that match, the last to end first.
// It holds no connection while the caller works.
func (s *embedded) Runs(ctx context.Context, query store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		walkRuns(query, yield, func(q runQuery) ([]runRow, error) { return s.runs(ctx, q) })
	}
}

func (s *embedded) runs(ctx context.Context, q runQuery) (found []runRow, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	text, args := s.q.runs, []any{q.log, q.since, q.past.ended, q.past.task, q.past.fire, q.limit}
	switch {
	case q.fire.Valid:
		text, args = s.q.runsOfFire, []any{q.log, q.task, q.fire.Int64, q.since, q.past.ended, q.limit}
	case q.task != "":
		text, args = s.q.runsOfTask, []any{q.log, q.task, q.since, q.past.ended, q.past.fire, q.limit}
	}
	err = s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) error {
		found, err = scanRuns(c.QueryContext(quiet, text, args...)) //nolint:rowserrcheck,sqlclosecheck // scanRuns does both
		return err
	})
	return found, err
}

// scanRuns reads ended, task, fire and data of each row, and closes the rows.
func scanRuns(rows *sql.Rows, err error) (found []runRow, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r runRow
		if err := rows.Scan(&r.ended, &r.task, &r.fire, &r.data); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// trimStep is how many rows an embedded database removes before it lets others
// write.
const trimStep = 1000

// TrimRuns removes the rows that ended before a time, and all but the last keep.
func (s *embedded) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	return trimInSteps(log, trimStep, func() (n int, err error) {
		err = s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
			n, err = s.trimSome(ctx, c, log, trimBefore(before), keep)
			return err
		})
		return n, err
	})
}

// trimSome removes as many of the rows that are to go as a step has, the first to
// end first.
func (s *embedded) trimSome(ctx context.Context, c *sql.Conn, log string, before int64, keep int) (int, error) {
	var old, over int
	if err := c.QueryRowContext(ctx, s.q.countOld, log, before, trimStep).Scan(&old); err != nil {
		return 0, err
	}
	if keep > 0 && old < trimStep {
		if err := c.QueryRowContext(ctx, s.q.countRuns, log, keep+trimStep).Scan(&over); err != nil {
			return 0, err
		}
		over -= keep
	}
	going := min(max(old, over), trimStep)
	if going <= 0 {
		return 0, nil
	}
	text, args := s.q.trimRuns, []any{log}
	var first runRow // of those that stay
	switch err := c.QueryRowContext(ctx, s.q.runAt, log, going).Scan(&first.ended, &first.task, &first.fire); {
	case errors.Is(err, sql.ErrNoRows):
		text = s.q.trimAll
	case err != nil:
		return 0, err
	default:
		args = append(args, first.ended, first.task, first.fire)
	}
	return affected(c.ExecContext(ctx, text, args...))
}

func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
