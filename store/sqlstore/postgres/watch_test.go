package postgres_test

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// channel is the name by which the users of a table tell each other of it.
func channel(schema string) string {
	sum := sha256.Sum256([]byte(schema + ".asyncz_store"))
	return "asyncz_" + hex.EncodeToString(sum[:8])
}

func TestNotificationIsForWhatIsDueEarlierThanAllElse(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	c, err := pgx.Connect(bg, at)
	must(t, err)
	defer c.Close(bg)
	_, err = c.Exec(bg, "LISTEN "+channel(schema))
	must(t, err)
	s := open(t, at)
	rec := func(id string, minute int, executor string) store.Record {
		return store.Record{ID: id, Due: noon.Add(time.Duration(minute) * time.Minute), Executor: executor}
	}
	update := func(r store.Record, rev uint64) error { r.Rev = rev; return s.Update(bg, r) }
	many := func(records ...store.Record) error {
		var ws []store.Write
		for _, r := range records {
			ws = append(ws, store.Write{Op: store.OpAdd, Record: r})
		}
		_, err := s.Batch(bg, ws)
		return err
	}
	for _, step := range []struct {
		name string
		do   func() error
		told bool
	}{
		{"the first record", func() error { return s.Add(bg, rec("a", 10, "x")) }, true},
		{"a later one", func() error { return s.Add(bg, rec("b", 11, "x")) }, false},
		{"one due at the same time", func() error { return s.Add(bg, rec("c", 10, "x")) }, false},
		{"one without a time", func() error { return s.Add(bg, store.Record{ID: "d", Executor: "x"}) }, false},
		{"the first of another executor", func() error { return s.Add(bg, rec("e", 20, "y")) }, true},
		{"an earlier one", func() error { return s.Add(bg, rec("f", 9, "x")) }, true},
		{"a batch with an earlier one", func() error { return many(rec("g", 30, "x"), rec("h", 8, "x")) }, true},
		{"a batch without", func() error { return many(rec("i", 30, "x"), rec("j", 8, "x"), rec("k", 21, "y")) }, false},
		{"an update to later", func() error { return update(rec("h", 40, "x"), 1) }, false},
		{"an update to earlier", func() error { return update(rec("b", 7, "x"), 1) }, true},
		{"an update that fails", func() error {
			if err := update(rec("b", 1, "x"), 1); !errors.Is(err, store.ErrConflict) {
				return errors.New("it did not fail")
			}
			return nil
		}, false},
		{"a claim", func() error {
			_, err := s.Claim(bg, store.DueQuery{At: noon.AddDate(1, 0, 0), Executors: []string{"x"}, Limit: 2}, noon)
			return err
		}, false},
		{"a delete", func() error { return s.Delete(bg, "c", 0) }, false},
	} {
		must(t, step.do())
		byHand(t, at, `SELECT pg_notify($1,'marker')`, channel(schema))
		told := false
		for {
			n, err := c.WaitForNotification(bg)
			must(t, err)
			if n.Payload == "marker" {
				break
			}
			told = true
		}
		if told != step.told {
			t.Errorf("%s: notified is %v, want %v", step.name, told, step.told)
		}
	}
}

// watching starts a watch and returns when it listens.
func watching(t *testing.T, ctx context.Context, s sqlstore.Store) (woken chan struct{}, ended chan error) {
	t.Helper()
	woken, ended = make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- s.(store.Watcher).Watch(ctx, func() { woken <- struct{}{} }) }()
	select {
	case <-woken: // the first time is for what was written before
	case err := <-ended:
		t.Fatal(err)
	}
	return woken, ended
}

func TestOwnWritesDoNotWake(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	s, other := open(t, at), open(t, at)
	woken, _ := watching(t, t.Context(), s)
	for i := range 50 { // all of them notify
		must(t, s.Add(bg, store.Record{ID: id(i), Due: noon.Add(-time.Duration(i) * time.Hour)}))
	}
	for i := range 3 {
		must(t, other.Add(bg, store.Record{ID: fmt.Sprint("other-", i), Due: noon.AddDate(-1, 0, -i)}))
		<-woken
	}
	if n := len(woken); n > 0 {
		t.Errorf("woken %d times more than others have written", n)
	}
}

func TestWatchTakesNoConnectionOfThePool(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	s := open(t, at, sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(0), sqlstore.WithPoolTimeout(5*time.Minute))
	watching(t, t.Context(), s)
	must(t, s.Add(bg, store.Record{ID: "a"}))
}

func TestWatchTellsThatItsConnectionBroke(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	s := open(t, at)
	_, ended := watching(t, t.Context(), s)
	byHand(t, at, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query=$1`, "LISTEN "+channel(schema))
	err := <-ended
	if !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
	watching(t, t.Context(), s) // and it can be watched again
}

// A plainConn does what database/sql asks of every driver, and no more.
type plainConn struct{ driver.Conn }

func (c plainConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c plainConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c plainConn) IsValid() bool {
	return c.Conn.(driver.SessionResetter).ResetSession(context.Background()) == nil
}

// A plainConnector opens such connections with pgx.
type plainConnector struct{ driver.Connector }

func (c plainConnector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := c.Connector.Connect(ctx)
	return plainConn{base}, err
}
