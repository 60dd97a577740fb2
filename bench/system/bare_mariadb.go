package system

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver

	"github.com/go-asyncz/asyncz/bench/place"
)

type bareMariaDB struct {
	db *sql.DB
	c  *sql.Conn
}

const bareMariaDBTable = place.Name + ".bare"

func openBareMariaDB(ctx context.Context, url string) (statements, error) {
	dsn, err := place.DSN(url)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, err
	}
	c, err := db.Conn(ctx)
	return bareMariaDB{db, c}, err
}

func (b bareMariaDB) exec(ctx context.Context, text string, args ...any) error {
	_, err := b.c.ExecContext(ctx, text, args...)
	return err
}

func (b bareMariaDB) setup(ctx context.Context) error {
	return b.exec(ctx, `CREATE TABLE IF NOT EXISTS `+bareMariaDBTable+` (id VARBINARY(255) PRIMARY KEY, due BIGINT NOT NULL, data BLOB NOT NULL, INDEX (due))`)
}

func (b bareMariaDB) insert(ctx context.Context, from, n int, due time.Time) error {
	for ; n > 0; from, n = from+bareBatch, n-bareBatch {
		rows := min(n, bareBatch)
		args := make([]any, 0, 3*rows)
		for i := range rows {
			args = append(args, []byte(bareID(from+i)), due.UnixMicro(), barePayload)
		}
		if err := b.exec(ctx, `INSERT INTO `+bareMariaDBTable+` VALUES (?,?,?)`+strings.Repeat(`,(?,?,?)`, rows-1), args...); err != nil {
			return err
		}
	}
	return nil
}

// claim is two round trips, because there is no UPDATE that returns rows. READ
// COMMITTED locks no gaps, so that several nodes do not run into each other.
func (b bareMariaDB) claim(ctx context.Context, now time.Time, n int, step time.Duration) (got []claimed, err error) {
	rows, err := b.c.QueryContext(ctx, `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION;
		SELECT id, due, data FROM `+bareMariaDBTable+` WHERE due <= ? ORDER BY due LIMIT ? FOR UPDATE SKIP LOCKED`, now.UnixMicro(), n)
	if err != nil {
		return nil, err
	}
	got, err = bareRows(rows)
	if err != nil || len(got) == 0 {
		return nil, errors.Join(err, b.exec(ctx, `ROLLBACK`))
	}
	marks, ids := bareIDs(got)
	return got, b.exec(ctx, `UPDATE `+bareMariaDBTable+` SET due = due + ? WHERE id IN (`+marks+`); COMMIT`, append([]any{step.Microseconds()}, ids...)...) //nolint:gosec // marks are question marks
}

func (b bareMariaDB) finish(ctx context.Context, done []claimed) error {
	marks, ids := bareIDs(done)
	return b.exec(ctx, `DELETE FROM `+bareMariaDBTable+` WHERE id IN (`+marks+`)`, ids...) //nolint:gosec // marks are question marks
}

func (b bareMariaDB) left(ctx context.Context) (left bool, err error) {
	err = b.c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+bareMariaDBTable+`)`).Scan(&left)
	return left, err
}

func (b bareMariaDB) close() {
	_ = b.c.Close()
	_ = b.db.Close()
}

// bareRows reads an id, a due time and data from each row of the last result.
func bareRows(rows *sql.Rows) (got []claimed, err error) {
	defer rows.Close()
	for {
		for rows.Next() {
			var c claimed
			var due int64
			var data []byte
			if err := rows.Scan(&c.id, &due, &data); err != nil {
				return nil, err
			}
			c.due = time.UnixMicro(due)
			got = append(got, c)
		}
		if !rows.NextResultSet() { // those of SET and START come first
			return got, rows.Err()
		}
	}
}

// bareIDs are ids as arguments, and the marks that stand for them.
func bareIDs(all []claimed) (marks string, ids []any) {
	ids = make([]any, len(all))
	for i, c := range all {
		ids[i] = c.id
	}
	return strings.TrimSuffix(strings.Repeat("?,", len(all)), ","), ids
}
