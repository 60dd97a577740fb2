package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestFileKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, fileHarness(`UPDATE asyncz_store SET data='text' WHERE id=?`))
}

// Each column can be damaged so that the row is no record any more.
func TestDamageOfAnyColumnKeepsThePromises(t *testing.T) {
	for name, damage := range map[string]string{
		"due of text":      `UPDATE asyncz_store SET due='soon' WHERE id=?`,
		"rev of zero":      `UPDATE asyncz_store SET rev=0 WHERE id=?`,
		"executor of blob": `UPDATE asyncz_store SET executor=x'00' WHERE id=?`,
	} {
		t.Run(name, func(t *testing.T) {
			h := fileHarness(damage)
			h.Bulk, h.Writers = 20, 8
			storetest.Run(t, h)
		})
	}
}

func fileHarness(damage string) storetest.Harness {
	return storetest.Harness{New: func(tb testing.TB) storetest.Place {
		path := filepath.Join(tb.TempDir(), "tasks.db")
		return storetest.Place{
			Open:    func() (store.Store, error) { return open(path, sqlstore.WithLockTimeout(5*time.Minute)) }, // many wait in turn
			Corrupt: func(id string) error { return byHand(path, damage, id) },
		}
	}}
}

func TestMemoryKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{InMemory: true, New: func(testing.TB) storetest.Place {
		return storetest.Place{Open: func() (store.Store, error) {
			return sqlstore.Open(context.Background(), "sqlite://")
		}}
	}})
}

func TestACallersDatabaseKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{New: func(tb testing.TB) storetest.Place {
		path := filepath.Join(tb.TempDir(), "tasks.db")
		return storetest.Place{Open: func() (store.Store, error) {
			db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(300000)")
			if err != nil {
				return nil, err
			}
			s, err := sqlstore.New(context.Background(), db, "sqlite", sqlstore.WithLockTimeout(5*time.Minute))
			if err != nil {
				return nil, err
			}
			return &callers{Store: s, db: db}, nil
		}}
	}})
}

// callers closes the database after the store, as its owner must.
type callers struct {
	sqlstore.Store
	db   *sql.DB
	once sync.Once
}

func (c *callers) Close() error {
	err := c.Store.Close()
	c.once.Do(func() { c.db.Close() })
	return err
}

func open(path string, options ...sqlstore.Option) (sqlstore.Store, error) {
	return sqlstore.Open(context.Background(), "sqlite:///"+path, options...)
}

// byHand runs SQL on the file, as somebody with the sqlite3 shell would.
func byHand(path, text string, args ...any) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`PRAGMA busy_timeout=5000`)
	if err == nil {
		_, err = db.Exec(text, args...)
	}
	return err
}
