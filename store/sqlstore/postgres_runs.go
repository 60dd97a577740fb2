package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
)

// newRuns is how many rows are taken to be new, which is done by another statement.
const newRuns = 100

// appendRuns adds rows. Those of a live log come again, a few at a time; many are
// of runs that have ended, and replace nothing but when the answer to the first try
// was lost. To look for what they replace costs the server half as much again.
func (d *postgres) appendRuns(ctx context.Context, c *sql.Conn, runs []runRow) error {
	var logs, ended, tasks, fires, lengths array
	var data bytes.Buffer
	for i := range runs {
		logs.text(runs[i].log)
		ended.number(runs[i].ended)
		tasks.text(runs[i].task)
		fires.number(runs[i].fire)
		lengths.number(int64(len(runs[i].data)))
		data.Write(runs[i].data)
	}
	args := []any{logs.String(), ended.String(), tasks.String(), fires.String(), lengths.String(), dataColumn(data.Bytes())}
	if len(runs) >= newRuns {
		err := exec(ctx, c, d.sql.insertRuns, args...)
		if !postgresDuplicate(err) {
			return err
		}
	}
	return exec(ctx, c, d.sql.appendRuns, args...)
}

func (d *postgres) runs(ctx context.Context, c *sql.Conn, q runQuery) ([]runRow, error) {
	text, args := d.sql.runs, []any{q.log, q.since, q.past.ended, q.past.task, q.past.fire, q.limit}
	switch {
	case q.fire.Valid:
		text, args = d.sql.runsOfFire, []any{q.log, q.since, q.past.ended, q.task, q.fire.Int64, q.limit}
	case q.task != "":
		text, args = d.sql.runsOfTask, []any{q.log, q.since, q.past.ended, q.task, q.past.fire, q.limit}
	}
	return scanRuns(c.QueryContext(ctx, text, args...)) //nolint:rowserrcheck,sqlclosecheck // scanRuns does both
}

func (d *postgres) trimRuns(ctx context.Context, c *sql.Conn, log string, before int64, keep, most int) (int, error) {
	return affected(c.ExecContext(ctx, d.sql.trimRuns, log, before, int64(-1<<63), keep, most))
}

func (d *postgres) beat(ctx context.Context, c *sql.Conn, node string, data []byte) error {
	return exec(ctx, c, d.sql.beat, node, data)
}

func (d *postgres) leave(ctx context.Context, c *sql.Conn, node string) error {
	return exec(ctx, c, d.sql.leave, node)
}

func (d *postgres) members(ctx context.Context, c *sql.Conn) ([]memberRow, error) {
	return scanMembers(c.QueryContext(ctx, d.sql.members)) //nolint:rowserrcheck,sqlclosecheck // scanMembers does both
}
