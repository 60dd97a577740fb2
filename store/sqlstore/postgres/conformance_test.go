package postgres_test

import (
	"database/sql/driver"
	"sync"

	"github.com/jackc/pgx/v5/stdlib"

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

func TestACallersDatabaseKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, callersHarness(true, "", func(c driver.Connector) driver.Connector { return c }))
}

// No type of a driver's own goes to the server, and nothing that only prepared
// statements can.
func TestADriverThatDoesNoMoreThanItMustKeepsThePromisesOfAStore(t *testing.T) {
	h := callersHarness(false, "simple_protocol", func(c driver.Connector) driver.Connector { return plainConnector{c} })
	h.Bulk, h.Writers = 200, 16
	storetest.Run(t, h)
}

func callersHarness(watches bool, mode string, wrap func(driver.Connector) driver.Connector) storetest.Harness {
	return storetest.Harness{New: func(tb testing.TB) storetest.Place {
		at, _ := place(tb)
		if mode != "" {
			at = with(at, "default_query_exec_mode", mode)
		}
		return storetest.Place{Open: func() (store.Store, error) {
			base, err := stdlib.GetDefaultDriver().(driver.DriverContext).OpenConnector(at)
			if err != nil {
				return nil, err
			}
			db := sql.OpenDB(wrap(base))
			db.SetMaxOpenConns(4)
			s, err := sqlstore.New(bg, db, "postgres")
			if err != nil {
				return nil, err
			}
			if _, is := s.(store.Watcher); is != watches {
				tb.Errorf("it is a Watcher: %v", is)
			}
			return callers(s, db), nil
		}}
	}}
}

// callers closes the database after the store, as its owner must.
func callers(s sqlstore.Store, db *sql.DB) store.Store {
	once := sync.OnceFunc(func() { db.Close() })
	if w, ok := s.(watcher); ok {
		return &callersWatcher{w, once}
	}
	return &callersStore{s, once}
}

type (
	watcher interface {
		sqlstore.Store
		store.Clock
		store.Watcher
	}
	callersWatcher struct {
		watcher
		after func()
	}
	callersStore struct {
		sqlstore.Store
		after func()
	}
)

func (c *callersWatcher) Close() error { defer c.after(); return c.watcher.Close() }
func (c *callersStore) Close() error   { defer c.after(); return c.Store.Close() }
