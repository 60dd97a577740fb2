package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func (r *runRow) entry(log string) store.RunEntry {
	return store.RunEntry{Log: log, Task: r.task, Fire: dueTime(r.fire), Ended: dueTime(r.ended), Data: r.data}
}

func compareRuns(a, b runRow) int {
	return cmp.Or(cmp.Compare(a.log, b.log), cmp.Compare(a.ended, b.ended), cmp.Compare(a.task, b.task), cmp.Compare(a.fire, b.fire))
}

// newRunRows puts rows of the history in the words of a table and in its order,
// and leaves out those that a later one replaces.
func newRunRows(entries []store.RunEntry, most int) ([]runRow, error) {
	rows := make([]runRow, len(entries))
	for i, e := range slices.Backward(entries) {
		if err := store.CheckRun(e); err != nil {
			return nil, err
		}
		if len(e.Data) > most {
			return nil, fmt.Errorf("%w: the data of a run of %q has %d bytes, %d are allowed", store.ErrInvalid, e.Task, len(e.Data), most)
		}
		rows[len(rows)-1-i] = runRow{log: e.Log, task: e.Task, fire: e.Fire.UnixMicro(), ended: e.Ended.UnixMicro(), data: dataColumn(e.Data)}
	}
	slices.SortStableFunc(rows, compareRuns)
	return slices.CompactFunc(rows, func(a, b runRow) bool { return compareRuns(a, b) == 0 }), nil
}

// newRunQuery asks for the first page of an answer.
func newRunQuery(q store.RunQuery) runQuery {
	out := runQuery{log: q.Log, task: q.Task, since: math.MinInt64, past: runRow{ended: math.MaxInt64, fire: math.MinInt64}, limit: pageSize}
	if !q.Fire.IsZero() {
		out.fire = sql.NullInt64{Int64: atColumn(q.Fire), Valid: true}
	}
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
	if err := store.CheckRunQuery(query); err != nil {
		yield(store.RunEntry{}, err)
		return
	}
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
			if !yield(rows[i].entry(q.log), nil) {
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
	rows, err := newRunRows(entries, s.d.limits().data)
	if err != nil {
		return err
	}
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

// serverTrimStep is how many rows a server removes in one transaction.
const serverTrimStep = 5000

// TrimRuns removes the rows that ended before a time, and all but the last keep.
func (s *server) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	return trimInSteps(log, serverTrimStep, func() (int, error) {
		return ask(ctx, s, func(ctx context.Context, c *sql.Conn) (int, error) {
			return s.d.trimRuns(ctx, c, log, trimBefore(before), max(keep, 0), serverTrimStep)
		})
	})
}

// trimInSteps removes rows until a step has had fewer to remove than it could.
func trimInSteps(log string, most int, step func() (int, error)) (removed int, err error) {
	if err := store.CheckLog(log); err != nil {
		return 0, err
	}
	for {
		n, err := step()
		if removed += n; err != nil || n < most {
			return removed, err
		}
	}
}
