package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A fake is a driver that answers every statement with no rows and notes what
// is asked of it. It stands in the place of SQLite's, so that the options for
// the pool can be seen at work, in the time of a bubble.
type fake struct {
	sync.Mutex
	opened, closed int
	said           []string
	fail           func(text string) error
}

func (f *fake) Open(string) (driver.Conn, error) {
	f.Lock()
	defer f.Unlock()
	f.opened++
	return &fakeConn{f: f}, nil
}

func (f *fake) Connect(context.Context) (driver.Conn, error) { return f.Open("") }
func (f *fake) Driver() driver.Driver                        { return f }

func (f *fake) say(text string) error {
	f.Lock()
	defer f.Unlock()
	f.said = append(f.said, text)
	if f.fail == nil {
		return nil
	}
	return f.fail(text)
}

type fakeConn struct{ f *fake }

func (c *fakeConn) Prepare(text string) (driver.Stmt, error) { return fakeStmt{c.f, text}, nil }
func (c *fakeConn) Begin() (driver.Tx, error)                { return nil, errors.New("begun by the driver") }
func (c *fakeConn) Close() error {
	c.f.Lock()
	defer c.f.Unlock()
	c.f.closed++
	return nil
}

type fakeStmt struct {
	f    *fake
	text string
}

func (s fakeStmt) Close() error  { return nil }
func (s fakeStmt) NumInput() int { return -1 }
func (s fakeStmt) Exec([]driver.Value) (driver.Result, error) {
	return driver.RowsAffected(1), s.f.say(s.text)
}
func (s fakeStmt) Query([]driver.Value) (driver.Rows, error) { return fakeRows{}, s.f.say(s.text) }

type fakeRows struct{}

func (fakeRows) Columns() []string         { return nil }
func (fakeRows) Close() error              { return nil }
func (fakeRows) Next([]driver.Value) error { return io.EOF }

// faked makes the pool that a file would have, on the fake.
func faked(t *testing.T, f *fake, options ...Option) *pool {
	t.Helper()
	s := newSettings(options)
	setup, err := sqliteSetup(s.isolation)
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(&connector{Connector: f, setup: setup, echo: s.echo}, "/x.db", s)
	t.Cleanup(func() { p.close() })
	return p
}

func TestPoolKeepsItsSizeAndOverflows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := faked(t, f, WithPoolSize(2), WithMaxOverflow(1), WithPoolTimeout(7*time.Second))
		var taken []*sql.Conn
		for range 3 {
			c, err := p.connection(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, c)
		}
		began := time.Now()
		_, err := p.connection(t.Context())
		if err == nil || !strings.Contains(err.Error(), "pool_timeout") || !strings.Contains(err.Error(), "7s") {
			t.Errorf("the fourth connection: got %v, want an error that names pool_timeout and 7s", err)
		}
		if waited := time.Since(began); waited != 7*time.Second {
			t.Errorf("waited %v, want 7s", waited)
		}
		for _, c := range taken {
			c.Close()
		}
		if idle := p.db.Stats().Idle; idle != 2 {
			t.Errorf("%d connections are kept, want 2", idle)
		}
	})
}

func TestPoolWithoutLimit(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]Option{
		"pool_size 0":     {WithPoolSize(0)},
		"max_overflow -1": {WithMaxOverflow(-1)},
	} {
		p := faked(t, &fake{}, options...)
		for range 40 {
			c, err := p.connection(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			defer c.Close()
		}
	}
}

func TestPoolRecycleReplacesOldConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := faked(t, f, WithPoolRecycle(time.Hour))
		nothing := func(context.Context, *sql.Conn) error { return nil }
		for range 2 { // the writer's own connection and one of the readers'
			if err := errors.Join(p.write(t.Context(), nothing), p.read(t.Context(), nothing)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if f.opened != 2 {
			t.Fatalf("%d connections were opened within two minutes, want 2", f.opened)
		}
		time.Sleep(2 * time.Hour)
		if err := errors.Join(p.write(t.Context(), nothing), p.read(t.Context(), nothing)); err != nil {
			t.Fatal(err)
		}
		if f.opened != 4 || f.closed != 2 {
			t.Errorf("after two hours %d were opened and %d closed in all, want 4 and 2", f.opened, f.closed)
		}
	})
}

func TestPrePingReplacesConnectionsThatFail(t *testing.T) {
	t.Parallel()
	f := &fake{}
	p := faked(t, f, WithPrePing())
	nothing := func(context.Context, *sql.Conn) error { return nil }
	if err := errors.Join(p.write(t.Context(), nothing), p.read(t.Context(), nothing)); err != nil {
		t.Fatal(err)
	}
	failures := 2 // the writer's connection and the reader's
	f.fail = func(text string) error {
		if text == "SELECT 1" && failures > 0 {
			failures--
			return errors.New("gone")
		}
		return nil
	}
	if err := errors.Join(p.write(t.Context(), nothing), p.read(t.Context(), nothing)); err != nil {
		t.Fatal(err)
	}
	if f.closed != 2 {
		t.Errorf("%d connections were replaced, want 2", f.closed)
	}
}

func TestEachConnectionIsSetUp(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]string{
		"SERIALIZABLE": "PRAGMA read_uncommitted=0", "READ UNCOMMITTED": "PRAGMA read_uncommitted=1",
	} {
		f := &fake{}
		p := faked(t, f, WithIsolation(level))
		for range 3 {
			c, err := p.connection(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		for _, text := range []string{want, "PRAGMA synchronous=FULL", "PRAGMA busy_timeout=0"} {
			n := len(slices.DeleteFunc(slices.Clone(f.said), func(s string) bool { return s != text }))
			if n != 3 {
				t.Errorf("%s was said %d times to 3 connections", text, n)
			}
		}
	}
}

func TestLockIsWaitedForUpToTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := faked(t, f, WithLockTimeout(10*time.Second))
		free := time.Now().Add(3 * time.Second)
		f.fail = func(text string) error {
			if text == "BEGIN IMMEDIATE" && time.Now().Before(free) {
				return errors.New("database is locked (5) (SQLITE_BUSY)")
			}
			return nil
		}
		nothing := func(context.Context, *sql.Conn) error { return nil }
		began := time.Now()
		if err := p.write(t.Context(), nothing); err != nil {
			t.Error(err)
		}
		if waited := time.Since(began); waited < 3*time.Second || waited > 3*time.Second+50*time.Millisecond {
			t.Errorf("waited %v for a lock of 3 s", waited)
		}

		free = time.Now().Add(time.Hour)
		began = time.Now()
		err := p.write(t.Context(), nothing)
		if err == nil || !strings.Contains(err.Error(), "/x.db is locked: another program") {
			t.Errorf("got %v, want an error that names the database and another program", err)
		}
		if waited := time.Since(began); waited > 10*time.Second || waited < 9*time.Second {
			t.Errorf("gave up after %v, want 10s", waited)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.write(ctx, nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}

func TestWaitForTheTurnToWriteEndsWithTheContext(t *testing.T) {
	t.Parallel()
	p := faked(t, &fake{})
	ctx, cancel := context.WithCancel(t.Context())
	err := p.write(t.Context(), func(context.Context, *sql.Conn) error {
		cancel()
		return p.write(ctx, func(context.Context, *sql.Conn) error { return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestContextThatEndsDuringATransactionDoesNotCutItShort(t *testing.T) {
	t.Parallel()
	f := &fake{}
	p := faked(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	err := p.write(ctx, func(ctx context.Context, c *sql.Conn) error {
		cancel()
		return exec(ctx, c, "work")
	})
	if err != nil {
		t.Error(err)
	}
	if n := len(f.said); !slices.Equal(f.said[n-3:], []string{"BEGIN IMMEDIATE", "work", "COMMIT"}) {
		t.Errorf("the database heard %q", f.said[n-3:])
	}
}

func TestFailedTransactionIsRolledBack(t *testing.T) {
	t.Parallel()
	f := &fake{fail: func(text string) error {
		if text == "COMMIT" {
			return errors.New("database or disk is full")
		}
		return nil
	}}
	p := faked(t, f)
	err := p.write(t.Context(), func(context.Context, *sql.Conn) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("got %v, want advice about a full disk", err)
	}
	if last := f.said[len(f.said)-1]; last != "ROLLBACK" {
		t.Errorf("the last word was %q, want ROLLBACK", last)
	}
}

func TestDriverIsFoundByEitherName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		registered []string
		want       string
	}{
		{[]string{"pgx", "sqlite", "sqlite3"}, "sqlite"},
		{[]string{"mysql", "sqlite3"}, "sqlite3"},
		{[]string{"mysql"}, ""},
		{nil, ""},
	} {
		got, err := driverFor(&sqliteDatabase, c.registered)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("of %q: got %q and %v, want %q", c.registered, got, err, c.want)
		}
		if err != nil && (!errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), `import _ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"`)) {
			t.Errorf("the error %q does not name the import", err)
		}
	}
}

func TestFailuresAreToldByCodeOrBySentence(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]failure{
		coded(5):                               failBusy,
		coded(261):                             failBusy, // SQLITE_BUSY_RECOVERY
		coded(13):                              failFull,
		coded(26):                              failForeign,
		coded(1):                               failOther,
		errors.New("database is locked"):       failBusy,
		errors.New("database or disk is full"): failFull,
		errors.New("attempt to write a readonly database"): failReadOnly,
		errors.New("file is not a database"):               failForeign,
		errors.New("database disk image is malformed"):     failDamaged,
		errors.New("no such column: x"):                    failOther,
	} {
		if got := sqliteFailure(err); got != want {
			t.Errorf("%v is failure %d, want %d", err, got, want)
		}
	}
}

type coded int

func (c coded) Error() string { return "an error with a code" }
func (c coded) Code() int     { return int(c) }
