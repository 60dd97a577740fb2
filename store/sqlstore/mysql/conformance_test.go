package mysql_test

import (
	"database/sql"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"
	"github.com/go-asyncz/asyncz/storetest"
)

// place is a database whose records are damaged by hand.
func place(tb testing.TB, open func(b base) (store.Store, error)) storetest.Place {
	b := newBase(tb)
	db := b.db("")
	return storetest.Place{
		Open: func() (store.Store, error) { return open(b) },
		Corrupt: func(id string) error {
			_, err := db.Exec(`UPDATE asyncz_store SET rev=0 WHERE id=?`, id)
			return err
		},
	}
}

func TestKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{New: func(tb testing.TB) storetest.Place {
		return place(tb, func(b base) (store.Store, error) { return b.open() })
	}})
}

// It locks the gaps between rows too, so that writes are in each other's way.
func TestKeepsThePromisesAtAnotherIsolationLevel(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{Bulk: 40, Writers: 16, New: func(tb testing.TB) storetest.Place {
		return place(tb, func(b base) (store.Store, error) { return b.open(sqlstore.WithIsolation("SERIALIZABLE")) })
	}})
}

// A caller's database sends one statement at a time, unless its DSN says otherwise.
func TestACallersDatabaseKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	for name, parameters := range map[string]string{
		"prepared":          "",
		"several at a time": "interpolateParams=true&multiStatements=true&clientFoundRows=true&parseTime=true&charset=latin1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, storetest.Harness{Bulk: 40, Writers: 16, New: func(tb testing.TB) storetest.Place {
				return place(tb, func(b base) (store.Store, error) {
					db, err := sql.Open("mysql", b.dsn(b.name, parameters))
					if err != nil {
						return nil, err
					}
					s, err := sqlstore.New(bg, db, "mysql")
					if err != nil {
						return nil, err
					}
					return &callers{s, db}, nil
				})
			}})
		})
	}
}

// callers closes a store as its caller must: the database after it.
type callers struct {
	sqlstore.Store
	db *sql.DB
}

func (c *callers) Close() error {
	if err := c.Store.Close(); err != nil {
		return err
	}
	if err := c.db.Ping(); err != nil && err.Error() != "sql: database is closed" {
		return err // the store has closed what was not its own
	}
	return c.db.Close()
}
