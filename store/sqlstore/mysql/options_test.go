package mysql_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// Each setting is given in three ways and seen in the table jobs of the database.
func TestConfigurationInAllItsForms(t *testing.T) {
	t.Parallel()
	const query = "tablename=jobs&pool_size=2&max_overflow=0&pool_timeout=1.5&pool_recycle=3600&pool_pre_ping=true&echo=false" +
		"&isolation_level=READ+COMMITTED&connect_timeout=5&charset=utf8mb4&init_command=SET+%40a%3D1"
	asMap := func(alias, database string) map[string]any {
		return map[string]any{
			"type": alias, "database": database, "tablename": "jobs",
			"pool_size": 2, "max_overflow": 0, "pool_timeout": 1.5, "pool_recycle": "3600", "pool_pre_ping": true,
			"echo": false, "isolation_level": "REPEATABLE READ",
			"connect_args": map[string]any{"connect_timeout": 5, "read_timeout": 60, "write_timeout": "60", "charset": "utf8mb4", "timeout": 2, "ssl": map[string]any{"disabled": true}},
		}
	}
	for name, open := range map[string]func(b base) (store.Store, error){
		"options": func(b base) (store.Store, error) {
			return b.open(sqlstore.WithTable("jobs"), sqlstore.WithPoolSize(2), sqlstore.WithMaxOverflow(0), sqlstore.WithPoolTimeout(time.Second),
				sqlstore.WithPoolRecycle(time.Hour), sqlstore.WithPrePing(), sqlstore.WithIsolation("READ COMMITTED"), sqlstore.WithConnectArg("connect_timeout", "5"))
		},
		"map":              func(b base) (store.Store, error) { return store.Open(bg, asMap("mysql", b.with(""))) },
		"map by the alias": func(b base) (store.Store, error) { return store.Open(bg, asMap("mariadb", b.with(""))) },
		"map as in Python": func(b base) (store.Store, error) {
			return store.Open(bg, asMap("sqlalchemy", strings.Replace(b.with(""), "mysql:", "mysql+pymysql:", 1)))
		},
		"URL in a map": func(b base) (store.Store, error) {
			return store.Open(bg, map[string]any{"type": "mysql", "database": b.with(query)})
		},
		"URL": func(b base) (store.Store, error) { return byURL(b.with(query)) },
		"URL of mysqlclient": func(b base) (store.Store, error) {
			return byURL(strings.Replace(b.with(query), "mysql:", "mysql+mysqldb:", 1))
		},
		"URL of aiomysql": func(b base) (store.Store, error) {
			return byURL(strings.Replace(b.with(query), "mysql:", "mysql+aiomysql:", 1))
		},
		"URL of MariaDB": func(b base) (store.Store, error) {
			return byURL(strings.Replace(b.with(query), "mysql:", "mariadb+mariadbconnector:", 1))
		},
		"URL behind an alias": func(b base) (store.Store, error) { return byURL("sqlalchemy:" + b.with(query)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBase(t)
			s, err := open(b)
			must(t, err)
			defer s.Close()
			must(t, s.Add(bg, rec("a")))
			b.exec(`INSERT INTO jobs (id,executor,rev,data) VALUES ('b','',1,'')`)
			if _, err := s.Get(bg, "b"); err != nil {
				t.Errorf("the store does not use the table jobs: %v", err)
			}
		})
	}
}

func byURL(url string) (store.Store, error) {
	config, err := store.ConfigFromURL(url)
	if err != nil {
		return nil, err
	}
	return store.Open(bg, config)
}

// session returns variables of a store's session, by a command that begins it.
func session(t *testing.T, variable string, options ...sqlstore.Option) string {
	t.Helper()
	b := newBase(t)
	var version string
	must(t, b.db("").QueryRow(`SELECT VERSION()`).Scan(&version))
	if !strings.Contains(version, "MariaDB") {
		variable = strings.Replace(variable, "@@tx_isolation", "@@transaction_isolation", 1)
	}
	b.exec(`CREATE TABLE spy (v VARCHAR(200))`)
	b.opened(append(options, sqlstore.WithConnectArg("init_command", "INSERT INTO spy VALUES ("+variable+")"))...)
	var v string
	must(t, b.db("").QueryRow(`SELECT v FROM spy LIMIT 1`).Scan(&v))
	return v
}

func TestSessionsAreSetUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		variable, want string
		options        []sqlstore.Option
	}{
		{"@@tx_isolation", "READ-COMMITTED", nil},
		{"@@tx_isolation", "SERIALIZABLE", []sqlstore.Option{sqlstore.WithIsolation("serializable")}},
		{"@@innodb_lock_wait_timeout", "5", nil},
		{"@@innodb_lock_wait_timeout", "2", []sqlstore.Option{sqlstore.WithLockTimeout(1500 * time.Millisecond)}},
		{"@@sql_mode", "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION", nil},
		{"@@autocommit", "1", nil},
		{"@@character_set_connection", "utf8mb4", nil},
		{"@@collation_connection", "utf8mb4_bin", []sqlstore.Option{sqlstore.WithConnectArg("collation", "utf8mb4_bin")}},
	} {
		t.Run(c.variable+" "+c.want, func(t *testing.T) {
			t.Parallel()
			if got := session(t, c.variable, c.options...); got != c.want {
				t.Errorf("%s is %q, want %q", c.variable, got, c.want)
			}
		})
	}
}

func TestIsolationLevelDecidesWhatIsSeen(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]error{"READ UNCOMMITTED": nil, "READ COMMITTED": store.ErrNotFound, "": store.ErrNotFound} {
		b := newBase(t)
		var options []sqlstore.Option
		if level != "" {
			options = append(options, sqlstore.WithIsolation(level))
		}
		s := b.opened(options...)
		tx, err := b.db("").Begin()
		must(t, err)
		_, err = tx.Exec(`INSERT INTO asyncz_store (id,executor,rev,data) VALUES ('a','',1,'')`)
		must(t, err)
		if _, err := s.Get(bg, "a"); !errors.Is(err, want) {
			t.Errorf("isolation_level %q sees what is not committed: %v, want %v", level, err, want)
		}
		must(t, tx.Rollback())
	}
	b := newBase(t)
	for _, level := range []string{"AUTOCOMMIT", "SNAPSHOT"} {
		_, err := b.open(sqlstore.WithIsolation(level))
		says(t, err, "isolation_level", level, "READ COMMITTED")
	}
}

func TestLockOfAnotherProgramIsWaitedForSoLong(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened(sqlstore.WithLockTimeout(time.Second))
	must(t, s.Add(bg, rec("a")))
	tx, err := b.db("").Begin()
	must(t, err)
	_, err = tx.Exec(`UPDATE asyncz_store SET due=1`)
	must(t, err)
	r := rec("a")
	r.Rev = 1
	begun := time.Now()
	says(t, s.Update(bg, r), "innodb_lock_wait_timeout", "timeout")
	// that it isn't longer is up to the server, whose variable TestSessionsAreSetUp looks at
	if d := time.Since(begun); d < 900*time.Millisecond {
		t.Errorf("it waited %v, want a second", d)
	}
	// a claim passes it by
	claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: 1}, noon)
	must(t, err)
	if len(claimed) > 0 {
		t.Errorf("claimed %v, which another has locked", claimed)
	}
	// a context ends the wait
	ctx, cancel := context.WithTimeout(bg, 50*time.Millisecond)
	defer cancel()
	if err := s.Update(ctx, r); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	must(t, tx.Rollback())
	// the server may do what it was told before nobody listened any more
	if err := s.Update(bg, r); err != nil && !errors.Is(err, store.ErrConflict) {
		t.Error(err)
	}
}

// statements collects what a store says to its database.
type statements struct{ seen *[]string }

func (s statements) Enabled(context.Context, slog.Level) bool { return true }
func (s statements) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s statements) WithGroup(string) slog.Handler            { return s }
func (s statements) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { *s.seen = append(*s.seen, a.Value.String()); return true })
	return nil
}

func TestClaimAndBatchAreOneRoundTripEach(t *testing.T) {
	t.Parallel()
	var seen []string
	s := newBase(t).opened(sqlstore.WithEcho(slog.New(statements{&seen})))
	counted := func(want int, what string, do func()) {
		t.Helper()
		seen = nil
		do()
		if len(seen) != want {
			t.Errorf("%s is %d round trips, want %d: %.300q", what, len(seen), want, seen)
		}
	}
	single := rec("single")
	single.Executor, single.Rev = "one", 1
	counted(1, "Add", func() { must(t, s.Add(bg, single)) })
	counted(1, "a batch of 100 adds", func() { batch(t, s, adds(100)) })
	var claimed []store.Record
	for _, labels := range [][]string{{"default"}, {"default", "pool", "x"}} {
		counted(1, "a claim of 50", func() {
			var err error
			claimed, err = s.Claim(bg, store.DueQuery{At: noon, Executors: labels, Limit: 50}, noon.Add(time.Hour))
			must(t, err)
		})
	}
	if len(claimed) != 50 {
		t.Fatalf("claimed %d", len(claimed))
	}
	var writes []store.Write
	for i, r := range claimed {
		writes = append(writes, store.Write{Op: []store.Op{store.OpUpdate, store.OpDelete}[i%2], Record: r})
	}
	for i := range 10 {
		writes = append(writes, store.Write{Op: store.OpAdd, Record: rec("new" + id(i))})
	}
	counted(1, "a batch of updates, deletes and adds", func() { batch(t, s, writes) })
	counted(1, "Update", func() { must(t, s.Update(bg, single)) })
	counted(1, "Delete", func() { must(t, s.Delete(bg, "single", 2)) })
	counted(1, "Due", func() {
		_, err := s.Due(bg, store.DueQuery{At: noon, Executors: []string{"a", "b"}, Limit: 5})
		must(t, err)
	})
	counted(1, "NextDue", func() {
		_, err := s.NextDue(bg, []string{"a", "b"})
		must(t, err)
	})
}

func TestEchoLogsStatementsWithoutTheirArguments(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newBase(t).opened(sqlstore.WithEcho(slog.New(slog.NewTextHandler(&log, nil))))
	r := rec("a")
	r.Data = []byte("secret")
	must(t, s.Add(bg, r))
	batch(t, s, []store.Write{{Op: store.OpAdd, Record: store.Record{ID: "b", Data: []byte("secret")}}, {Op: store.OpAdd, Record: store.Record{ID: "c", Data: []byte("secret")}}})
	for _, words := range []string{"CREATE TABLE", "INSERT INTO", "COMMIT"} {
		if !strings.Contains(log.String(), words) {
			t.Errorf("the log has no %q", words)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Error("the log shows the data of a task")
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.url.Host = ""
	s, err := sqlstore.Open(bg, b.with("unix_socket="+url.QueryEscape(newSocket(t))))
	must(t, err)
	must(t, s.Add(bg, rec("a")))
	must(t, s.Close())
}

func newSocket(t *testing.T) string { return newBase(t).socket() }

func TestTimeoutsOfTheConnection(t *testing.T) {
	t.Parallel()
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	b := newBase(t)
	newProxy(t, deaf, "", true)
	b.url.Host = deaf.Addr().String()
	_, err = b.open(sqlstore.WithConnectArg("connect_timeout", "0.2"))
	says(t, err, "connect_timeout", "200ms", deaf.Addr().String())
	if !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("%v is not %v", err, store.ErrUnreachable)
	}

	b = newBase(t)
	s, err := b.open(sqlstore.WithConnectArg("read_timeout", "0.2"), sqlstore.WithConnectArg("write_timeout", "0.2"))
	for errors.Is(err, store.ErrUnreachable) { // a busy server may take longer to answer
		s, err = b.open(sqlstore.WithConnectArg("read_timeout", "0.2"), sqlstore.WithConnectArg("write_timeout", "0.2"))
	}
	must(t, err)
	defer s.Close()
	unblock := b.blocked()
	defer unblock()
	if err := s.Add(bg, rec("a")); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("a read_timeout that ends is %v, want %v", err, store.ErrUnreachable)
	}

	b, p := newBase(t).proxied()
	s = b.opened(sqlstore.WithConnectArg("write_timeout", "0.2"))
	p.pause.Store(true)
	r := rec("large") // more than there is room for on the way
	r.Data = bytes.Repeat([]byte("x"), 12<<20)
	if err := s.Add(bg, r); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("a write_timeout that ends is %v, want %v", err, store.ErrUnreachable)
	}
}

func TestConnectArgsThatMeanNothingAreRefused(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	for query, words := range map[string][]string{
		"charset=latin1":                       {"charset", "latin1", "utf8mb4"},
		"collation=latin1_bin":                 {"collation", "latin1_bin"},
		"connect_timeout=-1":                   {"connect_timeout"},
		"connect_timeout=soon":                 {"connect_timeout", "soon"},
		"multiStatements=false":                {"multiStatements", "known keys are", "connect_timeout"},
		"conect_timeout=1":                     {"conect_timeout", "known keys are", "connect_timeout"},
		"ssl_mode=SOME":                        {"ssl_mode", "SOME", "VERIFY_CA"},
		"ssl_ca=/no/such.pem":                  {"ssl_ca", "/no/such.pem"},
		"ssl_cert=/no/such.pem":                {"ssl_cert", "/no/such.pem"},
		"ssl_mode=REQUIRED":                    {"has no TLS"},
		"ssl=true":                             {"has no TLS"},
		"tls=skip-verify":                      {"has no TLS"},
		"pool_size=-1":                         {"pool_size", "-1"},
		"tablename=asyncz_meta":                {"tablename", "asyncz_meta"},
		"tablename=" + strings.Repeat("x", 59): {"tablename", "58"},
	} {
		_, err := sqlstore.Open(bg, b.with(query))
		says(t, err, words...)
		if !errors.Is(err, store.ErrConfig) {
			t.Errorf("%s: %v is not %v", query, err, store.ErrConfig)
		}
	}
	// these do not ask for TLS of a server that has none
	for _, query := range []string{"ssl_disabled=true", "ssl_mode=DISABLED", "ssl_mode=PREFERRED", "tls=preferred", "compress=true", "program_name=jobs"} {
		s, err := sqlstore.Open(bg, b.with(query))
		must(t, err)
		must(t, s.Close())
	}
}
