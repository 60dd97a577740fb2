package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// mysqlColumns are the columns of a record, in the order of mysqlRow.
const mysqlColumns = `id,due,executor,rev,data`

// pick selects the keys of the first rows of each label, and then the first of
// these. The server walks the index once a label and stops at the limit; asked
// for several labels at once it would sort all that is due. A lock goes to the
// rows of each part.
//
// The arguments are those of one label, without the label and the limit.
func (d *mysql) pick(labels []string, condition, lock string, limit int, args ...any) (string, []any) {
	part := `SELECT id,due FROM ` + d.t + ` FORCE INDEX (due) WHERE executor=? AND ` + condition + ` ORDER BY due,id LIMIT ?` + lock
	all := make([]any, 0, len(labels)*(len(args)+2)+1)
	for _, l := range labels {
		all = append(append(append(all, binary(l)), args...), limit)
	}
	if len(labels) == 1 {
		return part, all
	}
	part = `(` + part + `)`
	return `SELECT id,due FROM (` + part + strings.Repeat(` UNION ALL `+part, len(labels)-1) + `) u ORDER BY due,id LIMIT ?`, append(all, limit)
}

// page reads the rows that pick selects.
func (d *mysql) page(ctx context.Context, c *sql.Conn, labels []string, condition string, limit int, args ...any) ([]row, error) {
	if labels == nil {
		var err error
		if labels, err = d.labels(ctx, c); err != nil {
			return nil, err
		}
	}
	var found []row
	for part := range slices.Chunk(labels, mysqlLabels) {
		keys, all := d.pick(part, condition, ``, limit, args...)
		rows, err := mysqlRows(ctx, c, `SELECT t.id,t.due,t.executor,t.rev,t.data FROM (`+keys+`) k STRAIGHT_JOIN `+d.t+` t ON t.id=k.id`, all...)
		if err != nil {
			return nil, err
		}
		found = append(found, rows...)
	}
	return mysqlFirst(found, limit), nil
}

// mysqlLabels is the largest number of labels of one statement.
const mysqlLabels = 100

// mysqlFirst puts rows in order and keeps the first of them.
func mysqlFirst(rows []row, limit int) []row {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.due.Int64, b.due.Int64), strings.Compare(a.record.ID, b.record.ID))
	})
	return rows[:min(limit, len(rows))]
}

// labels returns all labels. The server jumps from one to the next in the index.
func (d *mysql) labels(ctx context.Context, c *sql.Conn) ([]string, error) {
	rows, err := c.QueryContext(ctx, `SELECT DISTINCT executor FROM `+d.t+` FORCE INDEX (due)`) //nolint:gosec // the name is quoted
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	labels := []string{}
	for rows.Next() {
		var l string
		if err := rows.Scan(&l); err != nil {
			return nil, err
		}
		labels = append(labels, l)
	}
	return labels, rows.Err()
}

const mysqlDue = `due<=? AND rev>0`

func (d *mysql) due(ctx context.Context, c *sql.Conn, q dueQuery) ([]row, error) {
	return d.page(ctx, c, q.labels, mysqlDue, q.limit, q.at)
}

func (d *mysql) next(ctx context.Context, c *sql.Conn, labels []string) (due sql.NullInt64, err error) {
	if labels == nil {
		if labels, err = d.labels(ctx, c); err != nil {
			return due, err
		}
	}
	for part := range slices.Chunk(labels, mysqlLabels) {
		keys, args := d.pick(part, `due IS NOT NULL AND rev>0`, ``, 1)
		var first sql.NullInt64
		if err := c.QueryRowContext(ctx, `SELECT MIN(due) FROM (`+keys+`) k`, args...).Scan(&first); err != nil {
			return due, err
		}
		if first.Valid && (!due.Valid || first.Int64 < due.Int64) {
			due = first
		}
	}
	return due, nil
}

func (d *mysql) get(ctx context.Context, c *sql.Conn, id string) ([]row, error) {
	return mysqlRows(ctx, c, `SELECT `+mysqlColumns+` FROM `+d.t+` WHERE id=?`, binary(id))
}

func (d *mysql) after(ctx context.Context, c *sql.Conn, due int64, id string, limit int) ([]row, error) {
	return d.page(ctx, c, nil, `due>=? AND (due>? OR id>?) AND rev>0`, limit, due, due, binary(id))
}

func (d *mysql) paused(ctx context.Context, c *sql.Conn, id string, limit int) ([]row, error) {
	return d.page(ctx, c, nil, `due IS NULL AND id>? AND rev>0`, limit, binary(id))
}

// unreadable reads the table from one end to the other, which comes after a
// walk that has done the same, and sends what is broken alone.
func (d *mysql) unreadable(ctx context.Context, c *sql.Conn, id string, limit int) ([]row, error) {
	return mysqlRows(ctx, c, `SELECT `+mysqlColumns+` FROM `+d.t+` FORCE INDEX (PRIMARY) WHERE id>? AND rev<=0 ORDER BY id LIMIT ?`, binary(id), limit)
}

// mysqlNow does without time zones, which could be anything in a caller's session.
const mysqlNow = `TIMESTAMPDIFF(MICROSECOND,'1970-01-01',UTC_TIMESTAMP(6))`

func (d *mysql) now(ctx context.Context, c *sql.Conn) (us int64, err error) {
	err = c.QueryRowContext(ctx, `SELECT `+mysqlNow).Scan(&us)
	return us, err
}

func (d *mysql) clear(ctx context.Context, c *sql.Conn) error {
	return exec(ctx, c, `DELETE FROM `+d.t)
}
