package sqlstore

import (
	"context"
	"database/sql"
)

// appendRuns writes as many rows at a time as fit into a packet. The rows replace
// what they find, so that it does no harm to do the first of them twice.
func (d *mysql) appendRuns(ctx context.Context, c *sql.Conn, runs []runRow) error {
	for len(runs) > 0 {
		n, size := 0, 0
		var args []any
		for _, r := range runs {
			if size += len(r.data); n > 0 && size > d.limits().bytes {
				break
			}
			args = append(args, binary(r.task), r.fire, r.ended, r.data)
			n++
		}
		err := exec(ctx, c, `INSERT INTO `+d.runsTable+` (task,fire,ended,data) VALUES `+marks(`(?,?,?,?)`, n)+` ON DUPLICATE KEY UPDATE data=VALUES(data)`, args...)
		if err != nil {
			return err
		}
		runs = runs[n:]
	}
	return nil
}

// runs reads along one of the two indexes, which both have the order of the answer.
func (d *mysql) runs(ctx context.Context, c *sql.Conn, q runQuery) (found []runRow, err error) {
	text, args := `SELECT task,fire,ended,data FROM `+d.runsTable+` FORCE INDEX (ended) WHERE 1`, []any{} //nolint:gosec // the name is quoted
	if q.task != "" {
		text = `SELECT task,fire,ended,data FROM ` + d.runsTable + ` FORCE INDEX (PRIMARY) WHERE task=?`
		args = append(args, binary(q.task))
	}
	task := binary(q.past.task)
	text += ` AND ended>=? AND ended<=? AND (ended<? OR task<? OR task=? AND fire<?) ORDER BY ended DESC,task DESC,fire DESC LIMIT ?`
	rows, err := c.QueryContext(ctx, text, append(args, q.since, q.past.ended, q.past.ended, task, task, q.past.fire, q.limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r runRow
		if err := rows.Scan(&r.task, &r.fire, &r.ended, &r.data); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

func (d *mysql) trimRuns(ctx context.Context, c *sql.Conn, before int64, keep int) (n int, err error) {
	err = transaction(ctx, c, func() error {
		n = 0
		if err := d.removeRuns(ctx, c, &n, `ended<?`, before); err != nil {
			return err
		}
		if keep == 0 {
			return nil
		}
		// the first of those that are too many; all that come after it go with it
		var first runRow
		err := c.QueryRowContext(ctx, `SELECT task,fire,ended FROM `+d.runsTable+` FORCE INDEX (ended) ORDER BY ended DESC,task DESC,fire DESC LIMIT 1 OFFSET ?`, keep).
			Scan(&first.task, &first.fire, &first.ended)
		if err == sql.ErrNoRows { //nolint:errorlint // QueryRow does not wrap it
			return nil
		}
		if err != nil {
			return err
		}
		return d.removeRuns(ctx, c, &n, `ended<=? AND (ended<? OR task<? OR task=? AND fire<=?)`,
			first.ended, first.ended, binary(first.task), binary(first.task), first.fire)
	})
	return n, err
}

func (d *mysql) removeRuns(ctx context.Context, c *sql.Conn, n *int, condition string, args ...any) error {
	result, err := c.ExecContext(ctx, `DELETE FROM `+d.runsTable+` WHERE `+condition, args...) //nolint:gosec // the name is quoted
	if err != nil {
		return err
	}
	removed, err := result.RowsAffected()
	*n += int(removed)
	return err
}

func (d *mysql) beat(ctx context.Context, c *sql.Conn, node string, data []byte) error {
	return exec(ctx, c, `INSERT INTO `+d.nodesTable+` (node,seen,data) VALUES (?,`+mysqlNow+`,?) ON DUPLICATE KEY UPDATE seen=VALUES(seen),data=VALUES(data)`,
		binary(node), data)
}

func (d *mysql) leave(ctx context.Context, c *sql.Conn, node string) error {
	return exec(ctx, c, `DELETE FROM `+d.nodesTable+` WHERE node=?`, binary(node))
}

func (d *mysql) members(ctx context.Context, c *sql.Conn) (found []memberRow, err error) {
	rows, err := c.QueryContext(ctx, `SELECT node,seen,data FROM `+d.nodesTable+` ORDER BY node`) //nolint:gosec // the name is quoted
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m memberRow
		if err := rows.Scan(&m.node, &m.seen, &m.data); err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, rows.Err()
}
