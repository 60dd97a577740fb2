package mysql_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// blocked keeps everybody else from the table until the function is called.
func (b base) blocked() (unblock func()) {
	b.tb.Helper()
	c, err := b.db("").Conn(bg)
	must(b.tb, err)
	_, err = c.ExecContext(bg, `LOCK TABLES asyncz_store WRITE`)
	must(b.tb, err)
	return func() {
		_, err := c.ExecContext(bg, `UNLOCK TABLES`)
		must(b.tb, errors.Join(err, c.Close()))
	}
}

func TestPoolIsAsLargeAsItWasSaid(t *testing.T) {
	t.Parallel()
	direct := newBase(t)
	b, p := direct.proxied()
	s, err := b.open(sqlstore.WithPoolSize(2), sqlstore.WithMaxOverflow(1), sqlstore.WithPoolTimeout(2*time.Second)) // a busy server makes connections in that time
	must(t, err)
	<-p.opened // for opening
	unblock := b.blocked()
	<-p.opened // for the lock
	results := make(chan error)
	get := func() {
		_, err := s.Get(bg, "a")
		results <- err
	}
	for range 3 {
		go get()
	}
	<-p.opened
	<-p.opened
	db := direct.server()
	defer db.Close()
	for waiting := 0; waiting < 3; { // for the table, each on a connection
		must(t, db.QueryRow(`SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB=? AND STATE LIKE 'Waiting for table metadata lock%'`, b.name).Scan(&waiting))
	}
	for range 2 { // and these for a connection
		go get()
	}
	for range 2 {
		says(t, <-results, "no connection became free within 2s", "pool_timeout", "pool_size or max_overflow")
	}
	unblock()
	for range 3 {
		if err := <-results; !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	}
	<-p.closed // the one over pool_size does not stay
	select {
	case <-p.opened:
		t.Error("there was a fourth connection")
	default:
	}
	must(t, s.Close())
}

func TestPoolWithoutLimit(t *testing.T) {
	t.Parallel()
	b, p := newBase(t).proxied()
	s := b.opened(sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(-1))
	unblock := b.blocked()
	results := make(chan error)
	for range 30 {
		go func() {
			_, err := s.Get(bg, "a")
			results <- err
		}()
	}
	for range 31 { // and the one with the lock
		<-p.opened
	}
	unblock()
	for range 30 {
		if err := <-results; !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	}
}

func TestRecycledConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	for recycle, want := range map[time.Duration]int{time.Nanosecond: 4, time.Hour: 1, -time.Second: 1} {
		b, p := newBase(t).proxied()
		s := b.opened(sqlstore.WithPoolRecycle(recycle))
		for range 3 {
			_, err := s.Due(bg, store.DueQuery{At: noon, Executors: []string{"a"}, Limit: 1})
			must(t, err)
		}
		if got := len(p.opened); got != want {
			t.Errorf("pool_recycle %v: %d connections were made for 4 calls, want %d", recycle, got, want)
		}
	}
}

func TestPrePingReplacesAConnectionThatWasKilled(t *testing.T) {
	t.Parallel()
	for _, ping := range []bool{false, true} {
		b := newBase(t)
		// without it the driver would look by itself, where the system lets it
		options := []sqlstore.Option{sqlstore.WithConnectArg("checkConnLiveness", "false")}
		if ping {
			options = append(options, sqlstore.WithPrePing())
		}
		s := b.opened(options...)
		must(t, s.Add(bg, rec("a")))
		db := b.server()
		defer db.Close()
		if n, err := b.kill(db); err != nil || n == 0 {
			t.Fatalf("killed %d connections: %v", n, err)
		}
		_, err := s.Get(bg, "a")
		if ping {
			must(t, err)
		} else if !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("without pool_pre_ping a dead connection is %v, want %v", err, store.ErrUnreachable)
		}
		_, err = s.Get(bg, "a")
		must(t, err)
	}
}

func TestAConnectionThatWasKilledIsNoticed(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	must(t, s.Add(bg, rec("a")))
	db := b.server()
	defer db.Close()
	for i := range 3 {
		if n, err := b.kill(db); err != nil || n == 0 {
			t.Fatalf("killed %d connections: %v", n, err)
		}
		must(t, s.Add(bg, rec(fmt.Sprint("b", i))))
	}
}

func TestACallersDatabaseStaysOpen(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	db := b.db("")
	s, err := sqlstore.New(bg, db, "mysql")
	must(t, err)
	must(t, s.Add(bg, rec("a")))
	must(t, s.Close())
	must(t, db.Ping())
	for name, o := range map[string]sqlstore.Option{
		"pool_size": sqlstore.WithPoolSize(3), "max_overflow": sqlstore.WithMaxOverflow(3), "pool_recycle": sqlstore.WithPoolRecycle(time.Hour),
		"isolation_level": sqlstore.WithIsolation("SERIALIZABLE"), "connect_args": sqlstore.WithConnectArg("charset", "utf8mb4"),
		"timeout": sqlstore.WithLockTimeout(time.Second),
	} {
		_, err := sqlstore.New(bg, db, "mariadb", o)
		says(t, err, name, "belong")
	}
	_, err = store.Open(bg, map[string]any{"type": "sqlalchemy", "database": db, "connect_args": map[string]any{"charset": "utf8mb4"}})
	says(t, err, "connect_args", "belong")
	s2, err := store.Open(bg, map[string]any{"type": "mysql", "database": db})
	must(t, err)
	if _, err := s2.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	must(t, s2.Close())
}
