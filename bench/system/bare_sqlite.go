package system

import (
	"context"
	"database/sql"
	"time"

	_ "modernc.org/sqlite" // the driver, which is also ours

	"github.com/go-asyncz/asyncz/bench/place"
)

type bareSQLite struct {
	db *sql.DB
	c  *sql.Conn
}

// openBareSQLite has the settings of our store: a log that is synced at each commit.
func openBareSQLite(ctx context.Context, url string) (statements, error) {
	path, err := place.Path(url)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	c, err := db.Conn(ctx)
	return bareSQLite{db, c}, err
}

func (b bareSQLite) exec(ctx context.Context, text string, args ...any) error {
	_, err := b.c.ExecContext(ctx, text, args...)
	return err
}

func (b bareSQLite) setup(ctx context.Context) error {
	return b.exec(ctx, `CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, due INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS bare_due ON bare (due)`)
}

func (b bareSQLite) insert(ctx context.Context, from, n int, due time.Time) error {
	tx, err := b.c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO bare VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range n {
		if _, err := insert.ExecContext(ctx, bareID(from+i), due.UnixMicro(), barePayload); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (b bareSQLite) claim(ctx context.Context, now time.Time, n int, step time.Duration) ([]claimed, error) {
	rows, err := b.c.QueryContext(ctx, `UPDATE bare SET due = due + ?1 WHERE id IN (SELECT id FROM bare WHERE due <= ?2 ORDER BY due LIMIT ?3) RETURNING id, due - ?1, data`,
		step.Microseconds(), now.UnixMicro(), n)
	if err != nil {
		return nil, err
	}
	return bareRows(rows)
}

func (b bareSQLite) finish(ctx context.Context, done []claimed) error {
	marks, ids := bareIDs(done)
	return b.exec(ctx, `DELETE FROM bare WHERE id IN (`+marks+`)`, ids...) //nolint:gosec // marks are question marks
}

func (b bareSQLite) left(ctx context.Context) (left bool, err error) {
	err = b.c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM bare)`).Scan(&left)
	return left, err
}

func (b bareSQLite) close() {
	_ = b.c.Close()
	_ = b.db.Close()
}
