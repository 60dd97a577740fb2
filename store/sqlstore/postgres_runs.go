package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
)

func (d *postgres) appendRuns(ctx context.Context, c *sql.Conn, runs []runRow) error {
	var ended, tasks, fires, lengths array
	var data bytes.Buffer
	for i := range runs {
		ended.number(runs[i].ended)
		tasks.text(runs[i].task)
		fires.number(runs[i].fire)
		lengths.number(int64(len(runs[i].data)))
		data.Write(runs[i].data)
	}
	return exec(ctx, c, d.sql.appendRuns, ended.String(), tasks.String(), fires.String(), lengths.String(), dataColumn(data.Bytes()))
}

func (d *postgres) runs(ctx context.Context, c *sql.Conn, q runQuery) (found []runRow, err error) {
	text, args := d.sql.runs, []any{q.since, q.past.ended, q.past.task, q.past.fire, q.limit}
	if q.task != "" {
		text, args = d.sql.runsOfTask, append(args, q.task)
	}
	rows, err := c.QueryContext(ctx, text, args...)
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

func (d *postgres) trimRuns(ctx context.Context, c *sql.Conn, before int64, keep int) (int, error) {
	result, err := c.ExecContext(ctx, d.sql.trimRuns, before, int64(-1<<63), keep)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func (d *postgres) beat(ctx context.Context, c *sql.Conn, node string, data []byte) error {
	return exec(ctx, c, d.sql.beat, node, data)
}

func (d *postgres) leave(ctx context.Context, c *sql.Conn, node string) error {
	return exec(ctx, c, d.sql.leave, node)
}

func (d *postgres) members(ctx context.Context, c *sql.Conn) (found []memberRow, err error) {
	rows, err := c.QueryContext(ctx, d.sql.members)
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
