package mysql_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

const (
	ourMeta  = "CREATE TABLE asyncz_meta (name VARBINARY(255) NOT NULL PRIMARY KEY, version BIGINT NOT NULL)"
	ourTable = "CREATE TABLE asyncz_store (id VARBINARY(255) NOT NULL PRIMARY KEY, due BIGINT, executor VARBINARY(255) NOT NULL, rev BIGINT NOT NULL, data LONGBLOB NOT NULL)"
)

// checksum tells whether anything in the tables has changed.
func (b base) checksum() string {
	b.tb.Helper()
	db := b.db("")
	rows, err := db.Query(`SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA=? AND TABLE_TYPE='BASE TABLE' ORDER BY 1`, b.name)
	must(b.tb, err)
	defer rows.Close()
	sum := ""
	for rows.Next() {
		var name, sameName, definition string
		var n int64
		must(b.tb, rows.Scan(&name))
		must(b.tb, db.QueryRow("SHOW CREATE TABLE "+name).Scan(&sameName, &definition))
		must(b.tb, db.QueryRow("CHECKSUM TABLE "+name).Scan(&sameName, &n))
		sum += fmt.Sprintln(definition, n)
	}
	must(b.tb, rows.Err())
	return sum
}

func TestWhatIsNotOursIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ statements, words []string }{
		"the Python program's table": {
			[]string{"CREATE TABLE asyncz_store (id VARCHAR(191) NOT NULL PRIMARY KEY, next_run_time FLOAT(25), state BLOB NOT NULL)", "INSERT INTO asyncz_store VALUES ('a', 1.5, x'80')"},
			[]string{"Python", "choose another tablename"},
		},
		"somebody's table": {
			[]string{"CREATE TABLE asyncz_store (id TEXT, colour TEXT)"},
			[]string{"somebody else's", "id, colour", "choose another tablename"},
		},
		"a view":                    {[]string{"CREATE VIEW asyncz_store AS SELECT 1 AS a"}, []string{"somebody else's"}},
		"a newer version":           {[]string{ourMeta, ourTable, "INSERT INTO asyncz_meta VALUES ('asyncz_store', 2)"}, []string{"version 2", "up to 1", "use a newer program"}},
		"no version":                {[]string{ourMeta, ourTable}, []string{"no version"}},
		"somebody's meta table":     {[]string{"CREATE TABLE asyncz_meta (a INT)"}, []string{"asyncz_meta is not ours"}},
		"a table without a journal": {[]string{ourMeta, ourTable + " ENGINE=MyISAM", "INSERT INTO asyncz_meta VALUES ('asyncz_store', 1)"}, []string{"MyISAM", "InnoDB"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBase(t)
			for _, text := range c.statements {
				b.exec(text)
			}
			before := b.checksum()
			_, err := b.open()
			says(t, err, append(c.words, b.name)...)
			if !errors.Is(err, store.ErrConfig) {
				t.Errorf("%v is not %v", err, store.ErrConfig)
			}
			if after := b.checksum(); after != before {
				t.Errorf("the database was changed from\n%s\nto\n%s", before, after)
			}
		})
	}
}

func TestTheTableStandsBesideTheTablesOfAnApplication(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	b.exec("CREATE TABLE customers (name TEXT)")
	b.exec("INSERT INTO customers VALUES ('Ada')")
	s := b.opened()
	must(t, s.Add(bg, rec("a")))
	must(t, s.Clear(bg))
	b.exec("INSERT INTO customers SELECT name FROM customers")
}

func TestTablesOfOneDatabaseAreApart(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	for _, table := range []string{"one", "two `quoted`; drop table one", "drei ü 'x'"} {
		s := b.opened(sqlstore.WithTable(table))
		must(t, s.Add(bg, rec("a")))
		if got := s.Namespace(); got != "sql/"+table {
			t.Errorf("the namespace is %q, want %q", got, "sql/"+table)
		}
		claimed, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 2}, noon)
		must(t, err)
		if len(claimed) != 1 {
			t.Errorf("%d records were claimed of the one in %s", len(claimed), table)
		}
		_, err = s.(store.Checker).Check(bg)
		must(t, err)
	}
}

// Servers differ in whether they keep the case of names.
func TestNamespaceIsTheSameForAllWhoOpenTheTable(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	first := b.opened(sqlstore.WithTable("Jobs"))
	must(t, first.Add(bg, rec("a")))
	second := b.opened(sqlstore.WithTable("Jobs"))
	if _, err := second.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	if first.Namespace() != second.Namespace() {
		t.Errorf("the namespace is %q and then %q", first.Namespace(), second.Namespace())
	}
	_, err := second.(store.Checker).Check(bg)
	must(t, err)
}

func TestTableNameMayCarryADatabase(t *testing.T) {
	t.Parallel()
	b, other := newBase(t), newBase(t)
	s := b.opened(sqlstore.WithTable(other.name + ".jobs"))
	must(t, s.Add(bg, rec("a")))
	if got := s.Namespace(); got != "sql/jobs" {
		t.Errorf("the namespace is %q, want sql/jobs", got)
	}
	same := other.opened(sqlstore.WithTable("jobs"))
	if _, err := same.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	b.url.Path = ""
	none := b.opened(sqlstore.WithTable(other.name + ".jobs"))
	if _, err := none.Get(bg, "a"); err != nil {
		t.Error(err)
	}
	b.url.Path = "/" + b.name
	_, err := b.open(sqlstore.WithTable("asyncz_missing.jobs"))
	says(t, err, "asyncz_missing")
}

func TestManyProcessesMayMakeTheTablesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s, err := b.open(sqlstore.WithPoolSize(1))
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Add(bg, rec(fmt.Sprint("a", i))); err != nil {
				t.Error(err)
			}
			s.Close()
		})
	}
	wg.Wait()
	due, err := b.opened().Due(bg, store.DueQuery{At: noon, Limit: 20})
	must(t, err)
	if len(due) != 8 {
		t.Errorf("%d records are there, want 8", len(due))
	}
}

// A program that ended between two CREATEs has left some tables, but not that of
// the tasks, which comes last.
func TestHalfMadeTablesAreCompleted(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	must(t, b.opened().Add(bg, rec("a")))
	b.exec(`DROP TABLE asyncz_store`)
	must(t, b.opened().Add(bg, rec("a")))
	b.exec(`DROP TABLE asyncz_store_runs`)
	s := b.opened()
	must(t, s.(store.RunLog).AppendRuns(bg, []store.RunEntry{{Task: "a", Fire: noon, Ended: noon}}))
}

func TestTheSchemaIsWhatOldProgramsWillFind(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	must(t, s.Add(bg, store.Record{ID: "ä b ", Due: noon, Executor: "pool", Data: []byte("x")}))
	var got string
	must(t, b.db("").QueryRow(`SELECT CONCAT(CONVERT(id USING utf8mb4),'|',due,'|',executor,'|',rev,'|',HEX(data),'|',version) FROM asyncz_store, asyncz_meta WHERE name='asyncz_store'`).Scan(&got))
	if want := "ä b |1930478400000000|pool|1|78|1"; got != want {
		t.Errorf("the row is %q, want %q", got, want)
	}
	for _, words := range []string{"ENGINE=InnoDB", "PRIMARY KEY (`id`)", "KEY `due` (`executor`,`due`,`id`)"} {
		if !strings.Contains(b.checksum(), words) {
			t.Errorf("the tables are not %q:\n%s", words, b.checksum())
		}
	}
}

// check returns what the store says of the server.
func check(t *testing.T, s store.Store) string {
	t.Helper()
	found, err := s.(store.Checker).Check(bg)
	must(t, err)
	return strings.Join(found, "\n")
}

func TestCheckTellsWhatPutsTasksAtRisk(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	var flush string
	must(t, b.db("").QueryRow(`SELECT @@innodb_flush_log_at_trx_commit`).Scan(&flush))
	if said := strings.Contains(check(t, s), "innodb_flush_log_at_trx_commit is "+flush); said == (flush == "1") {
		t.Errorf("innodb_flush_log_at_trx_commit is %s, and the store says %q", flush, check(t, s))
	}
	if strings.Contains(check(t, s), "engine") {
		t.Errorf("the store says %q of tables that are in order", check(t, s))
	}
	b.exec(`ALTER TABLE asyncz_store_runs ENGINE=MyISAM`)
	if got := check(t, s); !strings.Contains(got, "asyncz_store_runs is MyISAM") {
		t.Errorf("the store says %q of a table with another engine", got)
	}
}
