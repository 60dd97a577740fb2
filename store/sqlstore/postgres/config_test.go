package postgres_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// ways opens a store with one parameter, in each of the ways that there are: by
// Go options, by a configuration map and by a URL.
func ways(t *testing.T, key string, value any, option sqlstore.Option, prove func(t *testing.T, at, schema string, s sqlstore.Store)) {
	t.Helper()
	waysOf(t, map[string]any{key: value}, []sqlstore.Option{option}, prove)
}

func waysOf(t *testing.T, values map[string]any, options []sqlstore.Option, prove func(t *testing.T, at, schema string, s sqlstore.Store)) {
	t.Helper()
	for way, open := range map[string]func(at string) (store.Store, error){
		"option": func(at string) (store.Store, error) { return sqlstore.Open(bg, at, options...) },
		"map": func(at string) (store.Store, error) {
			config := map[string]any{"type": "sqlalchemy", "database": at}
			maps.Copy(config, values)
			return store.Open(bg, config)
		},
		"URL": func(at string) (store.Store, error) {
			for key, value := range values {
				args, ok := value.(map[string]any)
				if !ok {
					args = map[string]any{key: value}
				}
				for key, value := range args {
					at = with(at, key, fmt.Sprint(value))
				}
			}
			config, err := store.ConfigFromURL(at)
			if err != nil {
				return nil, err
			}
			return store.Open(bg, config)
		},
	} {
		t.Run(way, func(t *testing.T) {
			at, schema := place(t)
			s, err := open(at)
			must(t, err)
			t.Cleanup(func() { s.Close() })
			prove(t, at, schema, s.(sqlstore.Store))
		})
	}
}

// setting is what a connection of the store has for a setting of the server: it
// is told by a trigger, which runs where the store writes.
func setting(t *testing.T, at string, s sqlstore.Store, name string) (value string) {
	t.Helper()
	byHand(t, at, `CREATE TABLE seen (value text, pid int)`)
	byHand(t, at, `CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN INSERT INTO seen VALUES (current_setting('`+`'`+name+`'`+`'), pg_backend_pid()); RETURN NEW; END'`)
	byHand(t, at, `CREATE TRIGGER look BEFORE INSERT ON asyncz_store FOR EACH ROW EXECUTE FUNCTION look()`)
	must(t, s.Add(bg, store.Record{ID: "seen"}))
	ask(t, at, `SELECT value FROM seen`, &value)
	return value
}

// ask scans the row that a query gives.
func ask(t *testing.T, at, text string, into ...any) {
	t.Helper()
	db, err := sql.Open("pgx", at)
	must(t, err)
	defer db.Close()
	must(t, db.QueryRow(text).Scan(into...))
}

func TestTablename(t *testing.T) {
	t.Parallel()
	ways(t, "tablename", "jobs", sqlstore.WithTable("jobs"), func(t *testing.T, at, _ string, s sqlstore.Store) {
		must(t, s.Add(bg, store.Record{ID: "a"}))
		byHand(t, at, `INSERT INTO jobs (id,executor,rev,data) VALUES ('b','',1,'')`)
		if _, err := s.Get(bg, "b"); err != nil || s.Namespace() != "sql/jobs" {
			t.Errorf("the store does not use the table jobs: %v, %s", err, s.Namespace())
		}
	})
}

func TestTablenameWithSchema(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	elsewhere, err := url.Parse(at)
	must(t, err)
	q := elsewhere.Query()
	q.Del("search_path")
	elsewhere.RawQuery = q.Encode()
	s := open(t, elsewhere.String(), sqlstore.WithTable(schema+".asyncz_store"))
	must(t, s.Add(bg, store.Record{ID: "a"}))
	same := open(t, at)
	if _, err := same.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	if s.Namespace() != "sql/asyncz_store" || same.Namespace() != s.Namespace() {
		t.Errorf("the same records are in %q and %q", s.Namespace(), same.Namespace())
	}
	_, err = sqlstore.Open(bg, at, sqlstore.WithTable("nowhere.asyncz_store"))
	says(t, err, "no such schema", "create it")
	if !errors.Is(err, store.ErrConfig) {
		t.Errorf("%v is no ErrConfig", err)
	}
}

func TestPoolIsOfPoolSizeAndMaxOverflowAndWaitsForPoolTimeout(t *testing.T) {
	t.Parallel()
	values := map[string]any{"pool_size": 2, "max_overflow": 1, "pool_timeout": 1.5}
	options := []sqlstore.Option{sqlstore.WithPoolSize(2), sqlstore.WithMaxOverflow(1), sqlstore.WithPoolTimeout(1500 * time.Millisecond)}
	waysOf(t, values, options, func(t *testing.T, at, schema string, s sqlstore.Store) {
		// a lock keeps the statements of the store waiting, each on a connection
		db, err := sql.Open("pgx", at)
		must(t, err)
		defer db.Close()
		tx, err := db.Begin()
		must(t, err)
		_, err = tx.Exec(`LOCK TABLE asyncz_store`)
		must(t, err)
		ended := make(chan error, 4)
		next := func() { _, err := s.NextDue(bg, nil); ended <- err }
		const waits = `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation='asyncz_store'::regclass`
		for range 3 {
			go next()
		}
		var waiting int
		for waiting < 3 { // each on a connection
			ask(t, at, waits, &waiting)
		}
		go next()
		says(t, <-ended, "no connection became free within 1.5s (pool_timeout)", "raise pool_size or max_overflow")
		ask(t, at, waits, &waiting)
		if waiting != 3 {
			t.Errorf("%d connections, want pool_size 2 + max_overflow 1", waiting)
		}
		must(t, tx.Rollback())
		for range 3 {
			must(t, <-ended)
		}
	})
}

func TestPoolRecycleReplacesConnections(t *testing.T) {
	t.Parallel()
	ways(t, "pool_recycle", "1ns", sqlstore.WithPoolRecycle(1), func(t *testing.T, at, _ string, s sqlstore.Store) {
		byHand(t, at, `CREATE TABLE seen (pid int)`)
		byHand(t, at, `CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (pg_backend_pid()); RETURN NEW; END'`)
		byHand(t, at, `CREATE TRIGGER look BEFORE INSERT ON asyncz_store FOR EACH ROW EXECUTE FUNCTION look()`)
		for i := range 3 {
			must(t, s.Add(bg, store.Record{ID: id(i)}))
		}
		var used int
		ask(t, at, `SELECT count(DISTINCT pid) FROM seen`, &used)
		if used != 3 {
			t.Errorf("three writes used %d connections, want a new one each", used)
		}
	})
}

func TestPrePingFindsDeadConnections(t *testing.T) {
	t.Parallel()
	ways(t, "pool_pre_ping", true, sqlstore.WithPrePing(), func(t *testing.T, at, _ string, _ sqlstore.Store) {
		p, through := through(t, at)
		s, err := store.Open(bg, map[string]any{"type": "sql", "database": through, "pool_pre_ping": true})
		must(t, err)
		defer s.Close()
		p.cutAll()
		must(t, s.Add(bg, store.Record{ID: "a"}))
		before := p.asked.Load()
		must(t, s.Add(bg, store.Record{ID: "b"}))
		if trips := p.asked.Load() - before; trips < 2 {
			t.Errorf("%d round trips: it was not pinged", trips)
		}
	})
}

func TestEchoLogsStatementsWithoutTheirArguments(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	var log bytes.Buffer
	s := open(t, at, sqlstore.WithEcho(slog.New(slog.NewTextHandler(&log, nil))))
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon, Data: []byte("secret")}))
	_, watches := s.(store.Watcher)
	must(t, s.Close())
	for _, words := range []string{"CREATE TABLE", "INSERT INTO"} {
		if !strings.Contains(log.String(), words) {
			t.Errorf("the log has no %q", words)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Error("the log shows the data of a task")
	}
	if !watches {
		t.Error("a store that logs its statements is no Watcher any more")
	}
}

func TestEchoByConfigurationGoesToTheDefaultLogger(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	log := &statements{seen: map[string]bool{}}
	slog.SetDefault(slog.New(log))
	waysOf(t, map[string]any{"echo": true}, []sqlstore.Option{sqlstore.WithEcho(slog.Default())}, func(t *testing.T, _, _ string, s sqlstore.Store) {
		clear(log.seen)
		must(t, s.Clear(bg))
		if len(log.seen) == 0 {
			t.Error("nothing was logged")
		}
	})
}

func TestIsolationLevel(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]string{
		"READ COMMITTED": "read committed", "REPEATABLE READ": "repeatable read", "SERIALIZABLE": "serializable", "AUTOCOMMIT": "read committed",
	} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			ways(t, "isolation_level", level, sqlstore.WithIsolation(level), func(t *testing.T, at, _ string, s sqlstore.Store) {
				if got := setting(t, at, s, "transaction_isolation"); got != want {
					t.Errorf("the store writes at %q, want %q", got, want)
				}
			})
		})
	}
}

func TestConnectArgsGoToTheServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, value, setting, want string }{
		"application_name": {"application_name", "the tasks", "application_name", "the tasks"},
		"options":          {"options", "-c work_mem=7MB", "work_mem", "7MB"},
		"a setting":        {"statement_timeout", "12345", "statement_timeout", "12345ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ways(t, "connect_args", map[string]any{c.key: c.value}, sqlstore.WithConnectArg(c.key, c.value),
				func(t *testing.T, at, _ string, s sqlstore.Store) {
					if got := setting(t, at, s, c.setting); got != c.want {
						t.Errorf("%s is %q, want %q", c.setting, got, c.want)
					}
				})
		})
	}
	at, _ := place(t)
	_, err := sqlstore.Open(bg, at, sqlstore.WithConnectArg("sslmode", "require"))
	says(t, err, "TLS")
	_, err = sqlstore.Open(bg, with(at, "poolsize", "3"))
	says(t, err, "poolsize", "connect_args")
	if !errors.Is(err, store.ErrConfig) {
		t.Errorf("%v is no ErrConfig", err)
	}
}

// As PgBouncer in transaction mode needs it.
func TestNoPreparedStatementIsKeptWhenAskedNotTo(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	p, at := through(t, at)
	var named atomic.Int64
	p.on(func(text []byte) verdict {
		if text[0] == 'P' && text[1] != 0 { // Parse, with a name
			named.Add(1)
		}
		return pass
	}, nil)
	for mode, want := range map[string]bool{"": true, "exec": false, "simple_protocol": false, "cache_describe": false} {
		named.Store(0)
		if mode != "" {
			mode = with(at, "default_query_exec_mode", mode)
		} else {
			mode = at
		}
		s := open(t, mode)
		must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
		batch(t, s, adds(0, 10))
		_, err := s.Claim(bg, store.DueQuery{At: noon.AddDate(1, 0, 0), Limit: 20}, noon)
		must(t, err)
		must(t, s.Clear(bg))
		if got := named.Load() > 0; got != want {
			t.Errorf("%s: %d statements were prepared under a name", mode, named.Load())
		}
	}
}

func TestURLFormsOfSQLAlchemyLeadToTheServer(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	u, err := url.Parse(at)
	must(t, err)
	rest := strings.TrimPrefix(at, u.Scheme)
	for _, scheme := range []string{"postgresql", "postgres", "postgresql+psycopg2", "postgresql+psycopg", "postgresql+asyncpg", "postgresql+pg8000", "sql:postgresql"} {
		config, err := store.ConfigFromURL(scheme + rest)
		must(t, err)
		s, err := store.Open(bg, config)
		must(t, err)
		must(t, s.Close())
	}
	// the host as a parameter, as for Unix sockets
	s, err := sqlstore.Open(bg, "postgresql://"+u.User.String()+"@"+u.Path+"?"+u.RawQuery+"&host="+u.Hostname()+"&port="+u.Port())
	must(t, err)
	must(t, s.Close())
	// several hosts, of which the first is away
	s, err = sqlstore.Open(bg, "postgresql://"+u.User.String()+"@127.0.0.1:1,"+u.Host+u.Path+"?"+u.RawQuery)
	must(t, err)
	must(t, s.Close())
}

func TestDatabaseThatIsOpenStaysOpen(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	db, err := sql.Open("pgx", at)
	must(t, err)
	defer db.Close()
	for _, open := range []func() (store.Store, error){
		func() (store.Store, error) { return sqlstore.New(bg, db, "postgresql") },
		func() (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "sqlalchemy", "database": db, "pool_pre_ping": true})
		},
	} {
		s, err := open()
		must(t, err)
		must(t, s.Add(bg, store.Record{ID: "a"}))
		must(t, s.Delete(bg, "a", 0))
		must(t, s.Close())
		must(t, db.Ping())
	}
	for _, key := range []string{"pool_size", "isolation_level", "echo"} {
		_, err := store.Open(bg, map[string]any{"type": "sql", "database": db, key: map[string]any{"pool_size": 1, "isolation_level": "SERIALIZABLE", "echo": true}[key]})
		says(t, err, key, "belongs to the program that opened it")
	}
	_, err = store.Open(bg, map[string]any{"type": "sql", "database": db, "connect_args": map[string]any{"sslmode": "require"}})
	says(t, err, "connect_args", "belongs to the program that opened it")
}

func TestPoolTimeoutIsNotTheCallersDeadline(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	s := open(t, at, sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(0))
	ctx, cancel := context.WithDeadline(bg, time.Now().Add(-time.Second))
	defer cancel()
	if _, err := s.Get(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "pool_timeout") {
		t.Errorf("got %v, want the context's error", err)
	}
}
