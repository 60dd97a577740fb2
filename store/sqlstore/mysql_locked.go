package sqlstore

import (
	"context"
	"database/sql"

	"github.com/go-asyncz/asyncz/store"
)

// writeInTurns locks the rows, compares their revisions and does what can be
// done, in a transaction.
func (d *mysql) writeInTurns(ctx context.Context, c *sql.Conn, ws []*write) ([]outcome, error) {
	outcomes := make([]outcome, len(ws))
	err := transaction(ctx, c, func() error {
		revs, err := d.lock(ctx, c, ws)
		if err != nil {
			return err
		}
		var updates, deletes, adds []*write
		for i, w := range ws {
			rev, there := revs[w.id]
			if outcomes[i] = w.against(rev, there); outcomes[i] != done {
				continue
			}
			switch w.op {
			case store.OpUpdate:
				updates = append(updates, w)
			case store.OpDelete:
				deletes = append(deletes, w)
			default:
				adds = append(adds, w)
			}
		}
		// one after the other: an error may have ended the transaction
		if err := d.replaceLocked(ctx, c, updates); err != nil {
			return err
		}
		if err := d.deleteLocked(ctx, c, deletes); err != nil {
			return err
		}
		return d.addMissing(ctx, c, adds)
	})
	return outcomes, err
}

// lock locks the rows that there are and returns their revisions.
func (d *mysql) lock(ctx context.Context, c *sql.Conn, ws []*write) (map[string]int64, error) {
	rows, err := c.QueryContext(ctx, `SELECT id,rev FROM `+d.t+` FORCE INDEX (PRIMARY) WHERE id IN (`+marks(`?`, len(ws))+`) ORDER BY id FOR UPDATE`, idArgs(ws)...) //nolint:gosec // the name is quoted
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	revs := map[string]int64{}
	for rows.Next() {
		var id string
		var rev int64
		if err := rows.Scan(&id, &rev); err != nil {
			return nil, err
		}
		revs[id] = rev
	}
	return revs, rows.Err()
}

func idArgs(ws []*write) []any {
	args := make([]any, len(ws))
	for i, w := range ws {
		args[i] = binary(w.id)
	}
	return args
}

// against is what becomes of a write of a row that has this revision, or that
// isn't there.
func (w *write) against(rev int64, there bool) outcome {
	switch {
	case w.op == store.OpAdd && there:
		return exists
	case w.op == store.OpAdd, w.op == store.OpDelete && w.rev == 0 && there:
		return done
	case !there:
		return missing
	case rev <= 0:
		return broken
	case rev != w.rev:
		return conflict
	}
	return done
}

// replaceLocked updates rows that are locked: their ids are there, so that
// nothing is inserted. It needs no derived table, whose types a server could
// guess wrong from prepared arguments.
func (d *mysql) replaceLocked(ctx context.Context, c *sql.Conn, ws []*write) error {
	if len(ws) == 0 {
		return nil
	}
	t := &mysqlText{}
	t.insertArgs(ws)
	return exec(ctx, c, d.insert(len(ws))+` ON DUPLICATE KEY UPDATE due=VALUES(due),executor=VALUES(executor),data=VALUES(data),rev=rev+1`, t.args...)
}

func (d *mysql) deleteLocked(ctx context.Context, c *sql.Conn, ws []*write) error {
	if len(ws) == 0 {
		return nil
	}
	return exec(ctx, c, `DELETE FROM `+d.t+` WHERE id IN (`+marks(`?`, len(ws))+`)`, idArgs(ws)...)
}

func (d *mysql) addMissing(ctx context.Context, c *sql.Conn, ws []*write) error {
	if len(ws) == 0 {
		return nil
	}
	t := &mysqlText{}
	t.insertArgs(ws)
	return exec(ctx, c, d.insert(len(ws)), t.args...)
}
