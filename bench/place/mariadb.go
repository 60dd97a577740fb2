package place

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

type mariaDB struct{ db *sql.DB }

func openMariaDB(ctx context.Context, address string) (Server, error) {
	dsn, err := DSN(address)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, fmt.Errorf("MariaDB: %w", err)
	}
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("MariaDB: %w", err)
	}
	return mariaDB{db}, nil
}

// DSN turns a URL into the form that the driver reads, as a program would set it
// that sends several statements in one round trip.
func DSN(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the URL of MariaDB can't be read")
	}
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	c.Passwd, _ = u.User.Password()
	c.InterpolateParams, c.MultiStatements = true, true
	return c.FormatDSN(), nil
}

func (m mariaDB) one(ctx context.Context, expression string) (value string, err error) {
	err = m.db.QueryRowContext(ctx, "SELECT "+expression).Scan(&value) //nolint:gosec // expressions of our own
	return value, err
}

func (m mariaDB) Facts(ctx context.Context) (Facts, error) {
	f := Facts{}
	for name, expression := range map[string]string{
		"version":                        "version()",
		"innodb_flush_log_at_trx_commit": "@@innodb_flush_log_at_trx_commit",
		"innodb_buffer_pool_size":        "@@innodb_buffer_pool_size",
	} {
		value, err := m.one(ctx, expression)
		if err != nil {
			return nil, err
		}
		f[name] = value
	}
	return f, nil
}

func (m mariaDB) Wipe(ctx context.Context) error {
	_, err := m.db.ExecContext(ctx, "DROP DATABASE IF EXISTS "+Name+"; CREATE DATABASE "+Name+" CHARACTER SET utf8mb4")
	return err
}

// Settle waits for nothing: the server writes its pages little by little, as it does
// at any other time.
func (mariaDB) Settle(context.Context) error { return nil }

func (m mariaDB) CPU(ctx context.Context) (time.Duration, error) {
	file, err := m.one(ctx, "@@pid_file")
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, ErrUnknown
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, ErrUnknown
	}
	return processCPU(pid, "mariadbd", "mysqld")
}

func (m mariaDB) Close() { _ = m.db.Close() }
