package mysql_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

var bg = context.Background()

// noon is where the records of the tests are due.
var noon = time.Date(2031, 3, 5, 12, 0, 0, 0, time.UTC)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// says fails the test unless the error has these words.
func says(tb testing.TB, err error, words ...string) {
	tb.Helper()
	if err == nil {
		tb.Fatalf("no error, want one that says %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			tb.Errorf("the error %q does not say %q", err, w)
		}
	}
}

// A base is a database of a test's own, on the server of the tests.
type base struct {
	tb   testing.TB
	name string
	url  *url.URL
}

// newBase makes an empty database, and removes it at the end.
func newBase(tb testing.TB) base {
	tb.Helper()
	u, err := url.Parse(testserver.URL(tb, "mysql"))
	must(tb, err)
	b := base{tb: tb, name: "asyncz_" + strings.ToLower(rand.Text()[:16]), url: u}
	db := b.server()
	if _, err := db.Exec("CREATE DATABASE " + b.name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + b.name); err != nil {
			tb.Error(err)
		}
		db.Close()
	})
	u.Path = "/" + b.name
	return b
}

// dsn is the address in the words of the driver.
func (b base) dsn(database, parameters string) string {
	password, _ := b.url.User.Password()
	return b.url.User.Username() + ":" + password + "@tcp(" + b.url.Host + ")/" + database + "?" + parameters
}

// server opens the server without a database, as the user of the tests.
func (b base) server() *sql.DB {
	db, err := sql.Open("mysql", b.dsn("", ""))
	must(b.tb, err)
	return db
}

// db opens the database by the driver, for what a test does behind the store's back.
func (b base) db(parameters string) *sql.DB {
	b.tb.Helper()
	db, err := sql.Open("mysql", b.dsn(b.name, parameters))
	must(b.tb, err)
	b.tb.Cleanup(func() { db.Close() })
	return db
}

func (b base) exec(text string, args ...any) {
	b.tb.Helper()
	_, err := b.db("").Exec(text, args...)
	must(b.tb, err)
}

// with is the database's URL with a query.
func (b base) with(query string) string {
	u := *b.url
	u.RawQuery = query
	return u.String()
}

func (b base) open(options ...sqlstore.Option) (sqlstore.Store, error) {
	return sqlstore.Open(bg, b.with(""), options...)
}

// opened is a store that is closed at the end.
func (b base) opened(options ...sqlstore.Option) sqlstore.Store {
	b.tb.Helper()
	s, err := b.open(options...)
	must(b.tb, err)
	b.tb.Cleanup(func() { must(b.tb, s.Close()) })
	return s
}

func rec(id string) store.Record {
	return store.Record{ID: id, Due: noon, Executor: "default", Data: []byte("data of " + id)}
}
