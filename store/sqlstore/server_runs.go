package sqlstore

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// newRunRow puts a row of the history in the words of a table.
func newRunRow(e store.RunEntry) runRow {
	return runRow{task: e.Task, fire: e.Fire.UnixMicro(), ended: e.Ended.UnixMicro(), data: dataColumn(e.Data)}
}

func (r *runRow) entry() store.RunEntry {
	return store.RunEntry{Task: r.task, Fire: dueTime(r.fire), Ended: dueTime(r.ended), Data: r.data}
}

// newRunRows leaves out rows that a later one replaces.
func newRunRows(entries []store.RunEntry) []runRow {
	type key struct {
		task        string
		fire, ended int64
	}
	seen := make(map[key]bool, len(entries))
	rows := make([]runRow, 0, len(entries))
	for _, e := range slices.Backward(entries) {
		r := newRunRow(e)
		if k := (key{r.task, r.fire, r.ended}); !seen[k] {
			seen[k] = true
			rows = append(rows, r)
		}
	}
	return rows
}

// newRunQuery asks for the first page of an answer.
func newRunQuery(q store.RunQuery) runQuery {
	out := runQuery{task: q.Task, since: math.MinInt64, past: runRow{ended: math.MaxInt64, fire: math.MinInt64}, limit: pageSize}
	if !q.Since.IsZero() {
		out.since = atColumn(q.Since)
	}
	if !q.Until.IsZero() {
		out.past.ended = atColumn(q.Until)
	}
	return out
}

// walkRuns yields the pages of an answer.
func walkRuns(query store.RunQuery, yield func(store.RunEntry, error) bool, page func(q runQuery) ([]runRow, error)) {
	q, left := newRunQuery(query), query.Limit
	if left <= 0 {
		left = math.MaxInt
	}
	for {
		q.limit = min(pageSize, left)
		rows, err := page(q)
		if err != nil {
			yield(store.RunEntry{}, err)
			return
		}
		for i := range rows {
			if !yield(rows[i].entry(), nil) {
				return
			}
		}
		if left -= len(rows); len(rows) < q.limit || left == 0 {
			return
		}
		q.past = rows[len(rows)-1]
	}
}

// trimBefore is the time to trim before.
func trimBefore(before time.Time) int64 {
	if before.IsZero() {
		return math.MinInt64
	}
	return atColumn(before)
}

// AppendRuns adds rows to the run history: in one statement, or in several that
// are each done or not, when there are more than one can hold.
func (s *server) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	rows := newRunRows(entries)
	return s.on(ctx, func(ctx context.Context, c *sql.Conn) error {
		for rest := rows; len(rest) > 0; {
			n, bytes := 0, 0
			for l := s.d.limits(); n < len(rest) && n < l.writes && (n == 0 || bytes+len(rest[n].data) <= l.bytes); n++ {
				bytes += len(rest[n].data)
			}
			if err := s.d.appendRuns(ctx, c, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
}

// Runs returns the rows of the run history that match, the last to end first.
func (s *server) Runs(ctx context.Context, query store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return func(yield func(store.RunEntry, error) bool) {
		walkRuns(query, yield, func(q runQuery) ([]runRow, error) {
			return ask(ctx, s, func(ctx context.Context, c *sql.Conn) ([]runRow, error) { return s.d.runs(ctx, c, q) })
		})
	}
}

// TrimRuns removes the rows that ended before a time, and all but the last keep.
func (s *server) TrimRuns(ctx context.Context, before time.Time, keep int) (int, error) {
	return ask(ctx, s, func(ctx context.Context, c *sql.Conn) (int, error) {
		return s.d.trimRuns(ctx, c, trimBefore(before), max(keep, 0))
	})
}
