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

// newDueQuery puts a query in the words of a table.
func newDueQuery(q store.DueQuery) dueQuery {
	return dueQuery{at: atColumn(q.At), labels: distinct(q.Executors), limit: q.Limit}
}

// distinct returns labels in order, each once, without those that no record
// has; nil stays nil.
func distinct(labels []string) []string {
	sorted := slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return !plain(l) })
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// none tells whether a query asks for nothing.
func (q dueQuery) none() bool {
	return q.limit <= 0 || q.labels != nil && len(q.labels) == 0
}

// Due returns the records that are due, earliest first, then by id. Rows that
// can't be read are left out.
func (s *server) Due(ctx context.Context, query store.DueQuery) ([]store.Record, error) {
	q := newDueQuery(query)
	rows, err := ask(ctx, s, func(ctx context.Context, c *sql.Conn) ([]row, error) {
		if q.none() {
			return nil, nil
		}
		return s.d.due(ctx, c, q)
	})
	return records(rows), err
}

// Claim takes the records that are due and moves their due time to hold, in one
// statement. Records that another claim is just taking are passed by.
func (s *server) Claim(ctx context.Context, query store.DueQuery, hold time.Time) ([]store.Record, error) {
	until, err := nullable(hold)
	if err != nil {
		return nil, err
	}
	q := newDueQuery(query)
	rows, err := ask(ctx, s, func(ctx context.Context, c *sql.Conn) ([]row, error) {
		if q.none() {
			return nil, nil
		}
		return s.d.claim(ctx, c, q, until)
	})
	slices.SortFunc(rows, byDueAndID)
	claimed := records(rows)
	for i := range claimed {
		claimed[i].Due = time.Time{}
		if until.Valid {
			claimed[i].Due = dueTime(until.Int64)
		}
	}
	return claimed, err
}

// NextDue returns the earliest due time of the records with one of these
// labels, or the zero time.
func (s *server) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	labels := distinct(executors)
	next, err := ask(ctx, s, func(ctx context.Context, c *sql.Conn) (sql.NullInt64, error) {
		if labels != nil && len(labels) == 0 {
			return sql.NullInt64{}, nil
		}
		return s.d.next(ctx, c, labels)
	})
	if err != nil || !next.Valid {
		return time.Time{}, err
	}
	return dueTime(next.Int64), nil
}

// All returns all records by due time, then by id, those without a due time
// after them, and at the end the rows that can't be read. It holds no
// connection while the caller works.
func (s *server) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		due, id := int64(math.MinInt64), ""
		parts := []func(ctx context.Context, c *sql.Conn) ([]row, error){
			func(ctx context.Context, c *sql.Conn) ([]row, error) { return s.d.after(ctx, c, due, id, pageSize) },
			func(ctx context.Context, c *sql.Conn) ([]row, error) { return s.d.paused(ctx, c, id, pageSize) },
			func(ctx context.Context, c *sql.Conn) ([]row, error) { return s.d.unreadable(ctx, c, id, pageSize) },
		}
		for _, part := range parts {
			id = ""
			more := walkPages(ctx, yield, func() ([]row, error) { return ask(ctx, s, part) },
				func(last row) { due, id = last.due.Int64, last.record.ID })
			if !more {
				return
			}
		}
	}
}
