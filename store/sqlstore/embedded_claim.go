package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// Claim takes the records that are due and moves their due time to hold, in one
// transaction, which no other process can enter meanwhile.
func (s *embedded) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	until, err := dueColumn(hold)
	if err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		return nil, nil
	}
	var rows []row
	err = s.pool.write(ctx, func(quiet context.Context, c *sql.Conn) (err error) {
		if rows, err = s.due(ctx, quiet, c, q); err != nil || len(rows) == 0 {
			return err
		}
		// a prepared statement a row was measured to be as fast as one
		// statement for all rows with RETURNING, and keeps their order
		moved, err := c.PrepareContext(quiet, s.q.hold)
		if err != nil {
			return err
		}
		defer moved.Close()
		for i := range rows {
			if _, err := moved.ExecContext(quiet, until, rows[i].key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	claimed := records(rows)
	held := hold.UTC().Truncate(time.Microsecond)
	for i := range claimed {
		claimed[i].Due = held
		claimed[i].Rev++
	}
	return claimed, nil
}
