package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
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
			args = append(args, binary(r.log), r.ended, binary(r.task), r.fire, r.data)
			n++
		}
		err := exec(ctx, c, `INSERT INTO `+d.runsTable+` (log,ended,task,fire,data) VALUES `+marks(`(?,?,?,?,?)`, n)+` ON DUPLICATE KEY UPDATE data=VALUES(data)`, args...)
		if err != nil {
			return err
		}
		runs = runs[n:]
	}
	return nil
}

// runs reads along one of the indexes, each of which has the order of its answer.
func (d *mysql) runs(ctx context.Context, c *sql.Conn, q runQuery) (found []runRow, err error) {
	text := `SELECT ended,task,fire,data FROM ` + d.runsTable + ` FORCE INDEX (%s) WHERE log=? AND ended>=? AND %s ORDER BY %s LIMIT ?` //nolint:gosec // the name is quoted
	args, task, past := []any{binary(q.log), q.since}, binary(q.task), q.past
	switch {
	case q.fire.Valid:
		text = fmt.Sprintf(text, `fire`, `task=? AND fire=? AND ended<?`, `ended DESC`)
		args = append(args, task, q.fire.Int64, past.ended)
	case q.task != "":
		text = fmt.Sprintf(text, `task`, `task=? AND ended<=? AND (ended<? OR fire<?)`, `ended DESC,fire DESC`)
		args = append(args, task, past.ended, past.ended, past.fire)
	default:
		text = fmt.Sprintf(text, `PRIMARY`, `ended<=? AND (ended<? OR task<? OR task=? AND fire<?)`, `ended DESC,task DESC,fire DESC`)
		args = append(args, past.ended, past.ended, binary(past.task), binary(past.task), past.fire)
	}
	return scanRuns(c.QueryContext(ctx, text, append(args, q.limit)...)) //nolint:rowserrcheck,sqlclosecheck // scanRuns does both
}

// trimRuns finds the first row that stays, and removes what comes before it: two
// that trim at once then don't remove twice as much.
func (d *mysql) trimRuns(ctx context.Context, c *sql.Conn, log string, before int64, keep, most int) (n int, err error) {
	name := binary(log)
	err = transaction(ctx, c, func() error {
		n = 0
		var old, over int
		err := c.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+d.runsTable+` FORCE INDEX (PRIMARY) WHERE log=? AND ended<? LIMIT ?) o`, name, before, most).Scan(&old)
		if err != nil {
			return err
		}
		if keep > 0 && old < most {
			// the rows of an index are far smaller than those of the table
			if err := c.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+d.runsTable+` FORCE INDEX (fire) WHERE log=? LIMIT ?) o`, name, keep+most).Scan(&over); err != nil {
				return err
			}
			over -= keep
		}
		if going := min(max(old, over), most); going > 0 {
			n, err = d.removeRuns(ctx, c, name, going)
		}
		return err
	})
	return n, err
}

// removeRuns removes the first rows of a log.
func (d *mysql) removeRuns(ctx context.Context, c *sql.Conn, log []byte, going int) (int, error) {
	var last runRow
	err := c.QueryRowContext(ctx, `SELECT ended,task,fire FROM `+d.runsTable+` FORCE INDEX (PRIMARY) WHERE log=? ORDER BY ended,task,fire LIMIT 1 OFFSET ?`, log, going-1).
		Scan(&last.ended, &last.task, &last.fire)
	if err != nil {
		return 0, err
	}
	task := binary(last.task)
	return affected(c.ExecContext(ctx, `DELETE FROM `+d.runsTable+` WHERE log=? AND ended<=? AND (ended<? OR task<? OR task=? AND fire<=?)`, //nolint:gosec // the name is quoted
		log, last.ended, last.ended, task, task, last.fire))
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
