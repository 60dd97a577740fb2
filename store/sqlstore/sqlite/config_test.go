package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

func TestConfigurationOpensAStore(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(path string) map[string]any{
		"alias sqlalchemy": func(path string) map[string]any {
			return map[string]any{"type": "sqlalchemy", "database": "sqlite:///" + path, "tablename": "jobs"}
		},
		"alias sql, adapter": func(path string) map[string]any {
			return map[string]any{"type": "sql", "database": "sqlite+pysqlite:///" + path, "tablename": "jobs"}
		},
		"all that create_engine takes": func(path string) map[string]any {
			return map[string]any{
				"type": "sqlite", "database": "sqlite:///" + path, "tablename": "jobs",
				"pool_size": 2, "max_overflow": 0, "pool_timeout": 1.5, "pool_recycle": "3600", "pool_pre_ping": true,
				"echo": false, "isolation_level": "SERIALIZABLE",
				"connect_args": map[string]any{"timeout": 0.5, "check_same_thread": false},
			}
		},
		"parameters in the database's URL": func(path string) map[string]any {
			return map[string]any{"type": "sqlite", "database": "sqlite:///" + path + "?tablename=jobs&pool_size=2&timeout=0.5"}
		},
		"URL": func(path string) map[string]any {
			config, err := store.ConfigFromURL("sqlite:///" + path + "?tablename=jobs&pool_pre_ping=true&check_same_thread=false")
			must(t, err)
			return config
		},
		"URL behind an alias": func(path string) map[string]any {
			config, err := store.ConfigFromURL("sqlalchemy:sqlite:///" + path + "?tablename=jobs")
			must(t, err)
			return config
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.db")
			s, err := store.Open(bg, config(path))
			must(t, err)
			defer s.Close()
			must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
			must(t, byHand(path, `INSERT INTO jobs (id,executor,rev,data) VALUES ('b','',1,x'')`))
			if _, err := s.Get(bg, "b"); err != nil {
				t.Errorf("the store does not use the table jobs of %s: %v", path, err)
			}
		})
	}
}

func TestConfigurationTakesADatabaseThatIsOpen(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	defer db.Close()
	s, err := store.Open(bg, map[string]any{"type": "sqlalchemy", "database": db, "connect_args": map[string]any{"timeout": 1}})
	must(t, err)
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
	must(t, s.Close())
	must(t, db.Ping())

	_, err = store.Open(bg, map[string]any{"type": "sqlalchemy", "database": db, "pool_size": 3})
	says(t, err, "pool_size", "belongs to the program that opened it")
}

func TestRelativePathIsTakenFromTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, url := range []string{"sqlite:///./dot.db", "sqlite:///plain.db", "sqlite:///with space #1%20?timeout=1", "sqlite:///a&b=c.db"} {
		s, err := sqlstore.Open(bg, url)
		must(t, err)
		must(t, s.Add(bg, store.Record{ID: "a"}))
		must(t, s.Close())
	}
	for _, name := range []string{"dot.db", "plain.db", "with space #1%20", "a&b=c.db"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

func TestMemoryIsOfOneStoreOnly(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///:memory:?pool_timeout=5"} {
		one, err := sqlstore.Open(bg, url)
		must(t, err)
		defer one.Close()
		two, err := sqlstore.Open(bg, url)
		must(t, err)
		defer two.Close()
		must(t, one.Add(bg, store.Record{ID: "a"}))
		if _, err := two.Get(bg, "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: a store sees the records of another: %v", url, err)
		}
	}
	for _, key := range []string{"pool_size", "max_overflow", "pool_recycle"} {
		_, err := sqlstore.Open(bg, "sqlite://?"+key+"=3")
		says(t, err, key, "in memory")
	}
}

func TestEchoLogsStatementsWithoutTheirArguments(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := open(filepath.Join(t.TempDir(), "x.db"), sqlstore.WithEcho(slog.New(slog.NewTextHandler(&log, nil))))
	must(t, err)
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon, Data: []byte("secret")}))
	must(t, s.Close())
	for _, words := range []string{"PRAGMA synchronous=FULL", "INSERT INTO", "COMMIT"} {
		if !strings.Contains(log.String(), words) {
			t.Errorf("the log has no %q", words)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Error("the log shows the data of a task")
	}
}

// statements collects what a store says to its database.
type statements struct{ seen map[string]bool }

func (s statements) Enabled(context.Context, slog.Level) bool { return true }
func (s statements) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s statements) WithGroup(string) slog.Handler            { return s }
func (s statements) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { s.seen[a.Value.String()] = true; return true })
	return nil
}

func TestEveryStatementFindsItsRowsByAnIndex(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	log := statements{map[string]bool{}}
	s, err := open(path, sqlstore.WithEcho(slog.New(log)), sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(0))
	must(t, err)
	defer s.Close()
	batch(t, s, adds(10))
	must(t, s.Add(bg, store.Record{ID: "paused", Executor: "other"}))
	clear(log.seen)
	for _, labels := range [][]string{nil, {"default"}, {"a", "b", "default"}} {
		q := store.DueQuery{At: noon, Executors: labels, Limit: 3}
		_, err := s.Due(bg, q)
		must(t, err)
		_, err = s.Claim(bg, q, noon)
		must(t, err)
		_, err = s.NextDue(bg, labels)
		must(t, err)
	}
	for range s.All(bg) {
	}
	r, err := s.Get(bg, id(0))
	must(t, err)
	must(t, s.Update(bg, r))
	if err := s.Update(bg, r); !errors.Is(err, store.ErrConflict) {
		t.Error(err)
	}
	must(t, s.Delete(bg, id(0), r.Rev+1))
	must(t, s.Delete(bg, id(1), 0))

	must(t, s.AppendRuns(bg, []store.RunEntry{{Task: "a", Fire: noon, Ended: noon}, {Task: "b", Fire: noon, Ended: noon.Add(time.Second)}}))
	for _, q := range []store.RunQuery{{}, {Task: "a"}, {Task: "a", Fire: noon}} {
		for _, err := range s.Runs(bg, q) {
			must(t, err)
		}
	}
	_, err = s.TrimRuns(bg, "", noon, 1)
	must(t, err)

	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	plans := 0
	for text := range log.seen {
		if !strings.Contains(text, `"asyncz_store"`) && !strings.Contains(text, `"asyncz_store_runs"`) {
			continue
		}
		plans++
		plan := explain(t, db, text)
		if strings.Contains(plan, "SCAN asyncz_store\n") || strings.Contains(plan, "SCAN asyncz_store_runs") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nis done by\n%s", text, plan)
		}
	}
	if plans < 22 {
		t.Errorf("only %d statements were seen", plans)
	}
}

// explain returns the plan of a statement, all of whose arguments are NULL.
func explain(t *testing.T, db *sql.DB, text string) string {
	t.Helper()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "?"))...)
	must(t, err)
	defer rows.Close()
	plan := ""
	for rows.Next() {
		var id, parent, unused int
		var detail string
		must(t, rows.Scan(&id, &parent, &unused, &detail))
		plan += detail + "\n"
	}
	must(t, rows.Err())
	return plan
}
