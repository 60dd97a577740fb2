package sqlstore

import (
	"context"
	"database/sql"

	"github.com/go-asyncz/asyncz/store"
)

// Beat writes or rewrites the node's row, with the server's time.
func (s *server) Beat(ctx context.Context, m store.Member) error {
	return s.on(ctx, func(ctx context.Context, c *sql.Conn) error {
		return s.d.beat(ctx, c, m.Node, dataColumn(m.Data))
	})
}

// Leave removes the node's row.
func (s *server) Leave(ctx context.Context, node string) error {
	return s.on(ctx, func(ctx context.Context, c *sql.Conn) error { return s.d.leave(ctx, c, node) })
}

// Members returns all rows by node.
func (s *server) Members(ctx context.Context) ([]store.Member, error) {
	rows, err := ask(ctx, s, s.d.members)
	return members(rows), err
}
