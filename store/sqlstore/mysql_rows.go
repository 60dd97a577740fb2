package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// mysqlRows runs a statement, or a text of several one of which gives records,
// and scans what it gives.
func mysqlRows(ctx context.Context, c *sql.Conn, text string, args ...any) ([]row, error) {
	rows, err := c.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []row
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			r, err := mysqlRow(rows)
			if err != nil {
				return nil, err
			}
			found = append(found, r)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return found, rows.Err()
}

// mysqlRow scans id, due, executor, rev and data. Their types are the columns';
// what can be wrong with them is the revision.
func mysqlRow(rows *sql.Rows) (r row, err error) {
	var rev int64
	if err := rows.Scan(&r.record.ID, &r.due, &r.record.Executor, &rev, &r.record.Data); err != nil {
		return r, err
	}
	if r.due.Valid {
		r.record.Due = dueTime(r.due.Int64)
	}
	if rev > 0 {
		r.record.Rev = uint64(rev)
	} else {
		r.broken = fmt.Errorf("%w: the row with the id %q: rev is %d, not 1 or more", store.ErrCorrupt, r.record.ID, rev)
	}
	return r, nil
}

// binary is a value for a column of bytes. The driver sends strings as text in
// the connection's character set, which would keep the server from comparing
// them by the index.
func binary(s string) []byte { return []byte(s) }

// marks is n groups of placeholders with commas between them.
func marks(group string, n int) string {
	text := make([]byte, 0, n*(len(group)+1))
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, group...)
	}
	return string(text)
}
