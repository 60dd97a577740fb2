package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Beat writes or rewrites the node's row. All nodes are on one host, so its
// clock is the store's.
func (s *embedded) Beat(ctx context.Context, m store.Member) error {
	return s.tell(ctx, s.q.beat, m.Node, time.Now().UnixMicro(), dataColumn(m.Data))
}

// Leave removes the node's row.
func (s *embedded) Leave(ctx context.Context, node string) error {
	return s.tell(ctx, s.q.leaveNode, node)
}

// tell does one statement in a transaction.
func (s *embedded) tell(ctx context.Context, text string, args ...any) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return s.pool.write(ctx, func(ctx context.Context, c *sql.Conn) error { return exec(ctx, c, text, args...) })
}

// Members returns all rows by node.
func (s *embedded) Members(ctx context.Context) ([]store.Member, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	var found []memberRow
	err := s.pool.read(ctx, func(quiet context.Context, c *sql.Conn) (err error) {
		found, err = scanMembers(c.QueryContext(quiet, s.q.members)) //nolint:rowserrcheck,sqlclosecheck // scanMembers does both
		return err
	})
	return members(found), err
}

// scanMembers reads node, seen and data of each row, and closes the rows.
func scanMembers(rows *sql.Rows, err error) (found []memberRow, _ error) {
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

func members(rows []memberRow) []store.Member {
	list := make([]store.Member, len(rows))
	for i, r := range rows {
		list[i] = store.Member{Node: r.node, Seen: dueTime(r.seen), Data: r.data}
	}
	return list
}
