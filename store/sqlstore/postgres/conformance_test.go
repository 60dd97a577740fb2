package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/testserver"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"
	"github.com/go-asyncz/asyncz/storetest"
)

var bg = context.Background()

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

var schemas atomic.Int64

// place makes an empty schema, which goes with the test, and returns the URL of
// a database in which the search path leads there, and its name.
func place(tb testing.TB) (at, schema string) {
	tb.Helper()
	server := testserver.URL(tb, "postgres")
	schema = fmt.Sprintf("asyncz_%d_%d", time.Now().UnixNano(), schemas.Add(1))
	byHand(tb, server, `CREATE SCHEMA `+schema)
	tb.Cleanup(func() { byHand(tb, server, `DROP SCHEMA `+schema+` CASCADE`) })
	return with(server, "search_path", schema), schema
}

// with adds a parameter to a URL.
func with(at, key, value string) string {
	sep := "?"
	if strings.Contains(at, "?") {
		sep = "&"
	}
	return at + sep + key + "=" + url.QueryEscape(value)
}

// byHand runs SQL on the server, as somebody with psql would.
func byHand(tb testing.TB, at, text string, args ...any) {
	tb.Helper()
	db, err := sql.Open("pgx", at)
	must(tb, err)
	defer db.Close()
	_, err = db.Exec(text, args...)
	must(tb, err)
}

func open(tb testing.TB, at string, options ...sqlstore.Option) sqlstore.Store {
	tb.Helper()
	s, err := sqlstore.Open(bg, at, options...)
	must(tb, err)
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestServerKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{New: func(tb testing.TB) storetest.Place {
		at, _ := place(tb)
		return storetest.Place{
			Open: func() (store.Store, error) { return sqlstore.Open(bg, with(at, "pool_size", "4")) },
			Corrupt: func(id string) error {
				byHand(tb, at, `ALTER TABLE asyncz_store DROP CONSTRAINT asyncz_store_rev_check`)
				byHand(tb, at, `UPDATE asyncz_store SET rev=0 WHERE id=$1`, id)
				return nil
			},
		}
	}})
}
