package system

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/go-asyncz/asyncz/bench/place"
)

type barePostgres struct{ c *pgx.Conn }

const barePostgresTable = place.Name + ".bare"

func openBarePostgres(ctx context.Context, url string) (statements, error) {
	c, err := pgx.Connect(ctx, url)
	return barePostgres{c}, err
}

func (b barePostgres) setup(ctx context.Context) error {
	_, err := b.c.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+barePostgresTable+` (id text PRIMARY KEY, due bigint NOT NULL, data bytea NOT NULL);
		CREATE INDEX IF NOT EXISTS bare_due ON `+barePostgresTable+` (due)`)
	return err
}

func (b barePostgres) insert(ctx context.Context, from, n int, due time.Time) error {
	if n == 1 {
		_, err := b.c.Exec(ctx, `INSERT INTO `+barePostgresTable+` VALUES ($1, $2, $3)`, bareID(from), due.UnixMicro(), barePayload)
		return err
	}
	_, err := b.c.CopyFrom(ctx, pgx.Identifier{place.Name, "bare"}, []string{"id", "due", "data"}, pgx.CopyFromSlice(n, func(i int) ([]any, error) {
		return []any{bareID(from + i), due.UnixMicro(), barePayload}, nil
	}))
	return err
}

func (b barePostgres) claim(ctx context.Context, now time.Time, n int, step time.Duration) ([]claimed, error) {
	rows, err := b.c.Query(ctx, `UPDATE `+barePostgresTable+` t SET due = t.due + $3 FROM (
			SELECT id, due FROM `+barePostgresTable+` WHERE due <= $1 ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED
		) c WHERE t.id = c.id RETURNING t.id, c.due, t.data`, now.UnixMicro(), n, step.Microseconds())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c claimed, err error) {
		var due int64
		var data []byte
		err = row.Scan(&c.id, &due, &data)
		c.due = time.UnixMicro(due)
		return c, err
	})
}

func (b barePostgres) finish(ctx context.Context, done []claimed) error {
	ids := make([]string, len(done))
	for i, d := range done {
		ids[i] = d.id
	}
	_, err := b.c.Exec(ctx, `DELETE FROM `+barePostgresTable+` WHERE id = ANY($1)`, ids)
	return err
}

func (b barePostgres) left(ctx context.Context) (left bool, err error) {
	err = b.c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+barePostgresTable+`)`).Scan(&left)
	return left, err
}

func (b barePostgres) close() { _ = b.c.Close(context.Background()) }
