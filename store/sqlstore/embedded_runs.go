package sqlstore

import (
	"context"
	"database/sql"
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
	if len(entries) == 0 {
		return nil
	}
	return s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		insert, err := c.PrepareContext(ctx, s.q.appendRun)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, e := range entries {
			r := newRunRow(e)
			if _, err := insert.ExecContext(ctx, r.ended, r.task, r.fire, r.data); err != nil {
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
	text, args := s.q.runs, []any{q.since, q.past.ended, q.past.task, q.past.fire}
	if q.task != "" {
		text, args = s.q.runsOfTask, append(args, q.task)
	}
	err = s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) error {
		found, err = scanRuns(c.QueryContext(quiet, text, append(args, q.limit)...)) //nolint:rowserrcheck,sqlclosecheck // scanRuns does both
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

// TrimRuns removes the rows that ended before a time, and all but the last keep.
func (s *embedded) TrimRuns(ctx context.Context, before time.Time, keep int) (removed int, err error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	err = s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		removed = 0
		trim := func(text string, args ...any) error {
			result, err := c.ExecContext(ctx, text, args...)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			removed += int(n)
			return err
		}
		if err := trim(s.q.trimAge, trimBefore(before)); err != nil || keep < 1 {
			return err
		}
		return trim(s.q.trimKeep, keep-1)
	})
	return removed, err
}
