package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func byDueAndID(a, b row) int {
	if c := cmp.Compare(a.due.Int64, b.due.Int64); c != 0 {
		return c
	}
	return strings.Compare(a.record.ID, b.record.ID)
}

// Due returns the records that are due, earliest first, then by id. Rows that
// can't be read are left out.
func (s *embedded) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if q.Limit <= 0 {
		return nil, nil
	}
	var rows []row
	err := s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) (err error) {
		rows, err = s.due(ctx, quiet, c, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return records(rows), nil
}

// due asks on a connection. ctx can end a long answer between two rows; quiet
// is the context for the driver.
func (s *embedded) due(ctx, quiet context.Context, c *sql.Conn, q store.DueQuery) ([]row, error) {
	labels, err := s.labels(quiet, c, q.Executors)
	if err != nil {
		return nil, err
	}
	at := atColumn(q.At)
	return s.page(ctx, quiet, c, labels, q.Limit, func(l labelQueries) string { return l.due }, at)
}

// labels returns the labels to ask for, each once: those given, or for nil all
// that there are.
func (s *embedded) labels(quiet context.Context, c *sql.Conn, given []string) ([]string, error) {
	if given != nil {
		labels := slices.Clone(given)
		slices.Sort(labels)
		return slices.Compact(labels), nil
	}
	rows, err := c.QueryContext(quiet, s.q.labels)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var labels []string
	for rows.Next() {
		var l string
		if err := rows.Scan(&l); err != nil {
			return nil, err
		}
		labels = append(labels, l)
	}
	return labels, rows.Err()
}

// page returns the first rows of those that one of a label's queries selects.
// The arguments are those of one label, without the label.
func (s *embedded) page(ctx, quiet context.Context, c *sql.Conn, labels []string, limit int, pick func(labelQueries) string, args ...any) ([]row, error) {
	var found []row
	most := labelCounts[len(labelCounts)-1]
	for part := range slices.Chunk(labels, most) {
		q, all := s.byLabels(part, args)
		var err error
		if found, err = s.collect(ctx, quiet, c, found, pick(q), append(all, limit)); err != nil {
			return nil, err
		}
	}
	if len(labels) > most {
		slices.SortFunc(found, byDueAndID)
		found = found[:min(limit, len(found))]
	}
	return found, nil
}

// byLabels finds the statements for a number of labels and spreads the
// arguments over them.
func (s *embedded) byLabels(labels []string, args []any) (labelQueries, []any) {
	i, _ := slices.BinarySearch(labelCounts, len(labels))
	n := labelCounts[i]
	all := make([]any, 0, n*(1+len(args))+1)
	for i := range n {
		if i < len(labels) {
			all = append(all, labels[i])
		} else {
			all = append(all, nil)
		}
		all = append(all, args...)
	}
	return s.q.byLabels[n], all
}

func (s *embedded) collect(ctx, quiet context.Context, c *sql.Conn, found []row, text string, args []any) ([]row, error) {
	rows, err := c.QueryContext(quiet, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var rev int64
		if err := rows.Scan(&r.key, &r.record.ID, &r.due, &r.record.Executor, &rev, &r.record.Data); err != nil {
			return nil, err
		}
		r.record.Rev = uint64(rev)
		if r.due.Valid {
			r.record.Due = dueTime(r.due.Int64)
		}
		if found = append(found, r); len(found)%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return found, rows.Err()
}

// NextDue returns the earliest due time of the records with one of these
// labels, or the zero time. Rows that can't be read are left out.
func (s *embedded) NextDue(ctx context.Context, executors []string) (next time.Time, err error) {
	if err := s.enter(ctx); err != nil {
		return next, err
	}
	defer s.leave()
	var earliest sql.NullInt64
	err = s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) error {
		earliest = sql.NullInt64{}
		if executors == nil {
			return c.QueryRowContext(quiet, s.q.soonest).Scan(&earliest)
		}
		labels, err := s.labels(quiet, c, executors)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(labels, labelCounts[len(labelCounts)-1]) {
			var due sql.NullInt64
			q, all := s.byLabels(part, nil)
			if err := c.QueryRowContext(quiet, q.next, all...).Scan(&due); err != nil {
				return err
			}
			if due.Valid && (!earliest.Valid || due.Int64 < earliest.Int64) {
				earliest = due
			}
		}
		return nil
	})
	if err != nil || !earliest.Valid {
		return next, err
	}
	return dueTime(earliest.Int64), nil
}
