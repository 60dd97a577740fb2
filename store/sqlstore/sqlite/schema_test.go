package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// made makes a database by hand and returns its path.
func made(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	for _, text := range statements {
		must(t, byHand(path, text))
	}
	return path
}

// refused opens the file, which must fail with words in its message and leave
// the file as it is.
func refused(t *testing.T, path string, words ...string) {
	t.Helper()
	before, err := os.ReadFile(path)
	must(t, err)
	s, err := open(path, sqlstore.WithLockTimeout(0))
	if err == nil {
		s.Close()
		t.Fatal("the database was accepted")
	}
	for _, w := range append(words, path) {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the message %q does not say %q", err, w)
		}
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestWhatIsNotOursIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	ours := []string{
		`CREATE TABLE asyncz_meta (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, version INTEGER NOT NULL)`,
		`CREATE TABLE asyncz_store (id TEXT NOT NULL PRIMARY KEY, due INTEGER, executor TEXT NOT NULL, rev INTEGER NOT NULL, data BLOB NOT NULL)`,
	}
	for name, c := range map[string]struct{ statements, words []string }{
		"the Python program's table": {
			[]string{`CREATE TABLE asyncz_store (id VARCHAR(191) NOT NULL PRIMARY KEY, next_run_time FLOAT(25), state BLOB NOT NULL)`, `INSERT INTO asyncz_store VALUES ('a', 1.5, x'80')`},
			[]string{"Python", "choose another tablename"},
		},
		"somebody's table": {
			[]string{`CREATE TABLE asyncz_store (id TEXT, colour TEXT)`},
			[]string{"somebody else's", "id, colour", "choose another tablename"},
		},
		"a view": {
			[]string{`CREATE VIEW asyncz_store AS SELECT 1 AS a`},
			[]string{"somebody else's"},
		},
		"a newer version": {
			append(ours, `INSERT INTO asyncz_meta VALUES ('asyncz_store', 2)`),
			[]string{"version 2", "up to 1", "use a newer program"},
		},
		"no version": {
			ours,
			[]string{"no version"},
		},
		"a version that is no number": {
			append(ours, `INSERT INTO asyncz_meta VALUES ('asyncz_store', 'one')`),
			[]string{"no version"},
		},
		"somebody's meta table": {
			[]string{`CREATE TABLE asyncz_meta (a, b, c)`},
			[]string{"asyncz_meta is not ours"},
		},
		"another encoding": {
			[]string{`PRAGMA encoding='UTF-16le'; CREATE TABLE t (a)`},
			[]string{"UTF-16le", "name another database"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, made(t, c.statements...), c.words...)
		})
	}
}

func TestFileThatIsNoDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"text":  strings.Repeat("Dear diary, today I was not a database.\n", 200),
		"short": "hello",
	} {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		refused(t, path, "something else than a database", "name another file")
	}
}

func TestTheTableStandsBesideTheTablesOfAnApplication(t *testing.T) {
	t.Parallel()
	path := made(t, `CREATE TABLE customers (name TEXT)`, `INSERT INTO customers VALUES ('Ada')`)
	s, err := open(path)
	must(t, err)
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
	must(t, s.Clear(bg))
	must(t, s.Close())
	must(t, byHand(path, `INSERT INTO customers SELECT name FROM customers`))
}

func TestTablesOfOneDatabaseAreApart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	for _, table := range []string{"one", `two "quoted"; DROP TABLE one`, "drei ü"} {
		s, err := open(path, sqlstore.WithTable(table))
		must(t, err)
		defer s.Close()
		must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
		if got := s.Namespace(); got != "sql/"+table {
			t.Errorf("the namespace is %q, want %q", got, "sql/"+table)
		}
	}
}

func TestNamespaceIsSpelledAsInTheDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	first, err := open(path, sqlstore.WithTable("Tasks"))
	must(t, err)
	defer first.Close()
	must(t, first.Add(bg, store.Record{ID: "a", Due: noon}))
	second, err := open(path, sqlstore.WithTable("TASKS")) // the same table to SQLite
	must(t, err)
	defer second.Close()
	if _, err := second.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	if got := second.Namespace(); got != "sql/Tasks" {
		t.Errorf("the namespace is %q, want sql/Tasks", got)
	}
}

func TestOnlyTheOwnerCanReadANewDatabase(t *testing.T) {
	t.Parallel()
	if os.PathSeparator == '\\' {
		t.Skip("Windows has other permissions")
	}
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := open(path)
	must(t, err)
	defer s.Close()
	must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		must(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has the mode %v, want -rw-------", info.Name(), mode)
		}
	}
}

// damages are rows that are no records, and what the error must say of them.
var damages = map[string]string{
	`INSERT INTO asyncz_store VALUES (x'00ff', 1, 'e', 1, x'')`:     "id is a blob",
	`INSERT INTO asyncz_store VALUES ('bad', 'soon', 'e', 1, x'')`:  "due is text",
	`INSERT INTO asyncz_store VALUES ('bad', 1.5, 'e', 1, x'')`:     "due is a real number",
	`INSERT INTO asyncz_store VALUES ('bad', x'01', 'e', 1, x'')`:   "due is a blob",
	`INSERT INTO asyncz_store VALUES ('bad', 1, x'65', 1, x'')`:     "executor is a blob",
	`INSERT INTO asyncz_store VALUES ('bad', 1, 'e', 0, x'')`:       "rev is 0",
	`INSERT INTO asyncz_store VALUES ('bad', 1, 'e', -1, x'')`:      "rev is -1",
	`INSERT INTO asyncz_store VALUES ('bad', 1, 'e', 'one', x'')`:   "rev is text",
	`INSERT INTO asyncz_store VALUES ('bad', 1, 'e', 1e300, x'')`:   "rev is a real number",
	`INSERT INTO asyncz_store VALUES ('bad', 1, 'e', 1, 'plain')`:   "data is text",
	`INSERT INTO asyncz_store VALUES ('bad', NULL, 'e', 1, 12)`:     "data is an integer",
	`INSERT INTO asyncz_store VALUES ('bad', 'x', x'', 'y', 'z')`:   "due is text, not an integer or NULL; executor is a blob",
	`INSERT INTO asyncz_store VALUES ('bad', -1e30, 'e', 1, x'00')`: "due is a real number",
}

func TestRowThatIsNoRecordIsToldAndNeverInTheWay(t *testing.T) {
	t.Parallel()
	for damage, words := range damages {
		t.Run(damage, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.db")
			s, err := open(path)
			must(t, err)
			defer s.Close()
			must(t, s.Add(bg, store.Record{ID: "good", Due: noon, Executor: "e"}))
			must(t, s.Add(bg, store.Record{ID: "paused", Executor: "e"}))
			must(t, byHand(path, damage))

			var ids []string
			told := ""
			for r, err := range s.All(bg) {
				if errors.Is(err, store.ErrCorrupt) {
					told += err.Error()
				} else {
					must(t, err)
					ids = append(ids, r.ID)
				}
			}
			if got := strings.Join(ids, " "); got != "good paused" {
				t.Errorf("the walk gave %q, want the good and the paused record", got)
			}
			if !strings.Contains(told, words) {
				t.Errorf("the walk said %q, want it to say %q", told, words)
			}
			next, err := s.NextDue(bg, nil)
			must(t, err)
			if !next.Equal(noon) {
				t.Errorf("NextDue is %v, want %v", next, noon)
			}
			for _, labels := range [][]string{nil, {"e"}} {
				claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: labels, Limit: 1}, noon)
				must(t, err)
				if len(claimed) != 1 || claimed[0].ID != "good" {
					t.Errorf("Claim of one record gave %v, want the good one", claimed)
				}
			}
		})
	}
}

func TestTheSchemaIsWhatOldProgramsWillFind(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := open(path)
	must(t, err)
	must(t, s.Add(bg, store.Record{ID: "ä b", Due: noon, Executor: "pool", Data: []byte("x")}))
	must(t, s.Close())
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	var got string
	must(t, db.QueryRow(`SELECT id||'|'||due||'|'||executor||'|'||rev||'|'||hex(data)||'|'||version FROM asyncz_store, asyncz_meta WHERE name='asyncz_store'`).Scan(&got))
	if want := "ä b|1930478400000000|pool|1|78|1"; got != want {
		t.Errorf("the row is %q, want %q", got, want)
	}
}

func TestTablesBesideAreMadeForAStoreOfAnEarlierProgram(t *testing.T) {
	t.Parallel()
	path := made(t,
		`CREATE TABLE asyncz_meta (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, version INTEGER NOT NULL)`,
		`CREATE TABLE asyncz_store (id TEXT NOT NULL PRIMARY KEY, due INTEGER, executor TEXT NOT NULL, rev INTEGER NOT NULL, data BLOB NOT NULL)`,
		`INSERT INTO asyncz_meta VALUES ('asyncz_store', 1)`,
		`INSERT INTO asyncz_store VALUES ('a', 0, '', 7, x'00')`)
	for range 2 {
		s, err := open(path)
		must(t, err)
		r, err := s.Get(bg, "a")
		must(t, err)
		if r.Rev != 7 {
			t.Errorf("the record has revision %d, want 7", r.Rev)
		}
		must(t, s.AppendRuns(bg, []store.RunEntry{{Task: "a", Fire: noon, Ended: noon}}))
		must(t, s.Beat(bg, store.Member{Node: "n"}))
		must(t, s.Close())
	}
}

func TestTableBesideThatIsSomebodysIsRefused(t *testing.T) {
	t.Parallel()
	refused(t, made(t, `CREATE TABLE asyncz_store_runs (id TEXT, colour TEXT)`), "asyncz_store_runs", "somebody else's", "id, colour")
}
