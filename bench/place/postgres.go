package place

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type postgres struct{ c *pgx.Conn }

func openPostgres(ctx context.Context, url string) (Server, error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	return postgres{c}, nil
}

func (p postgres) Facts(ctx context.Context) (Facts, error) {
	f := Facts{}
	for name, query := range map[string]string{
		"version": "server_version", "fsync": "fsync", "synchronous_commit": "synchronous_commit", "shared_buffers": "shared_buffers",
	} {
		var value string
		if err := p.c.QueryRow(ctx, "SELECT current_setting($1)", query).Scan(&value); err != nil {
			return nil, err
		}
		f[name] = value
	}
	f["version"], _, _ = strings.Cut(f["version"], " ")
	return f, nil
}

func (p postgres) Wipe(ctx context.Context) error {
	if _, err := p.c.Exec(ctx, "DROP SCHEMA IF EXISTS "+Name+" CASCADE; CREATE SCHEMA "+Name); err != nil {
		return err
	}
	// What one system has dirtied must not be written while the next is measured.
	_, err := p.c.Exec(ctx, "CHECKPOINT")
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == "42501" {
		return nil // only some roles may; it is no condition
	}
	return err
}

// Settle waits for nothing: the first write to a page after a checkpoint is dearer
// than others, which would be no usual time either.
func (postgres) Settle(context.Context) error { return nil }

// CPU adds up the main process and its children, which are the sessions and what
// the server does beside them.
func (p postgres) CPU(ctx context.Context) (time.Duration, error) {
	var session int
	if err := p.c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&session); err != nil {
		return 0, err
	}
	return familyCPU(session, "postgres")
}

func (p postgres) Close() { _ = p.c.Close(context.Background()) }
