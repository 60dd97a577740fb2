package mysql_test

import (
	"database/sql"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// rowsRead is how many rows the session's statements have looked at.
func rowsRead(t *testing.T, db *sql.DB) (sum int) {
	t.Helper()
	rows, err := db.Query(`SHOW SESSION STATUS LIKE 'Handler_read%'`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		must(t, rows.Scan(&name, &n))
		sum += n
	}
	must(t, rows.Err())
	return sum
}

// pile adds records with two labels, a tenth of them paused, the due times scattered.
func pile(tb testing.TB, s store.Batcher, n int) {
	for from := 0; from < n; from += 1000 {
		writes := make([]store.Write, 1000)
		for i := range writes {
			k := from + i
			writes[i] = store.Write{Op: store.OpAdd, Record: store.Record{ID: id(k), Executor: []string{"default", "pool"}[k%2], Data: payload}}
			if k%10 > 0 {
				writes[i].Record.Due = noon.Add(time.Duration(k*7919%1000003) * time.Second)
			}
		}
		batch(tb, s, writes)
	}
}

var far = noon.Add(100 * 24 * time.Hour)

// No statement looks at many more rows than it returns, however many there are
// and whatever labels it asks for.
func TestStatementsLookAtTheRowsThatTheyReturn(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var seen []string
	s := b.opened(sqlstore.WithEcho(slog.New(statements{&seen})), sqlstore.WithPoolSize(1), sqlstore.WithMaxOverflow(0))
	pile(t, s, 20_000)
	b.exec(`ANALYZE TABLE asyncz_store`)
	// the same statements on a connection whose rows are counted
	db := b.db("interpolateParams=true&multiStatements=true")
	db.SetMaxOpenConns(1)
	counting, err := sqlstore.New(bg, db, "mysql")
	must(t, err)
	defer counting.Close()
	for name, c := range map[string]struct {
		most int
		do   func(s sqlstore.Store) error
	}{
		"NextDue of one label": {10, func(s sqlstore.Store) error { _, err := s.NextDue(bg, []string{"default"}); return err }},
		"NextDue of several": {40, func(s sqlstore.Store) error {
			_, err := s.NextDue(bg, []string{"default", "pool", "x", "y"})
			return err
		}},
		"NextDue of all":     {40, func(s sqlstore.Store) error { _, err := s.NextDue(bg, nil); return err }},
		"Due of one label":   {100, func(s sqlstore.Store) error { _, err := s.Due(bg, due(10, "default")); return err }},
		"Due of several":     {150, func(s sqlstore.Store) error { _, err := s.Due(bg, due(10, "default", "pool", "x")); return err }},
		"Due of all":         {150, func(s sqlstore.Store) error { _, err := s.Due(bg, store.DueQuery{At: far, Limit: 10}); return err }},
		"Claim of one label": {200, func(s sqlstore.Store) error { _, err := s.Claim(bg, due(10, "default"), far); return err }},
		"Claim of several":   {250, func(s sqlstore.Store) error { _, err := s.Claim(bg, due(10, "default", "pool", "x"), far); return err }},
		"Get":                {5, func(s sqlstore.Store) error { _, err := s.Get(bg, "task-00000001"); return err }},
		"Batch": {60, func(s sqlstore.Store) error {
			_, err := s.Batch(bg, []store.Write{
				{Op: store.OpUpdate, Record: store.Record{ID: "task-00000010", Rev: 1}}, {Op: store.OpDelete, Record: store.Record{ID: "task-00000020", Rev: 1}},
				{Op: store.OpDelete, Record: store.Record{ID: "task-00000030", Rev: 9}}, {Op: store.OpAdd, Record: store.Record{ID: "new"}},
			})
			return err
		}},
		"first record of a walk": {5000, func(s sqlstore.Store) error {
			for _, err := range s.All(bg) {
				return err
			}
			return nil
		}},
	} {
		first := rowsRead(t, db)
		before := rowsRead(t, db)
		must(t, c.do(counting))
		// less what the counting costs
		if n := rowsRead(t, db) - before - (before - first); n > c.most {
			t.Errorf("%s looks at %d rows, want %d at most", name, n, c.most)
		}
	}
	// and by what the server says of them
	seen = nil
	_, err = s.Due(bg, due(10, "default", "pool"))
	must(t, err)
	_, err = s.NextDue(bg, []string{"default", "pool"})
	must(t, err)
	for _, text := range seen {
		plan := explain(t, b, text)
		if strings.Contains(plan, "|asyncz_store|ALL|") || strings.Contains(plan, "|asyncz_store|index|") {
			t.Errorf("%s\nis done by\n%s", text, plan)
		}
	}
}

func due(limit int, labels ...string) store.DueQuery {
	return store.DueQuery{At: far, Executors: labels, Limit: limit}
}

// explain returns the plan of a statement with numbers and labels for its arguments.
func explain(t *testing.T, b base, text string) string {
	t.Helper()
	text = strings.ReplaceAll(text, "executor=?", "executor=_binary'pool'")
	text = regexp.MustCompile(`due<=\?`).ReplaceAllString(text, "due<=9000000000000000")
	text = strings.ReplaceAll(text, "?", "10")
	rows, err := b.db("").Query("EXPLAIN " + text)
	must(t, err)
	defer rows.Close()
	plan := ""
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		c := make([]any, len(columns))
		for i := range c {
			c[i] = new([]byte)
		}
		must(t, rows.Scan(c...))
		for _, v := range c {
			plan += "|" + string(*v.(*[]byte))
		}
		plan += "\n"
	}
	must(t, rows.Err())
	return plan
}

// No statement of the history looks at many more rows than it returns or removes.
func TestTheHistoryLooksAtTheRowsThatItReturns(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	s := b.opened()
	for i := range 20 {
		rows := make([]store.RunEntry, 1000)
		for n := range rows {
			at := noon.Add(time.Duration(1000*i+n) * time.Second)
			rows[n] = store.RunEntry{Task: []string{"a", "b"}[n%2], Fire: at, Ended: at}
		}
		must(t, s.(store.RunLog).AppendRuns(bg, rows))
	}
	db := b.db("interpolateParams=true&multiStatements=true")
	db.SetMaxOpenConns(1)
	counting, err := sqlstore.New(bg, db, "mysql")
	must(t, err)
	defer counting.Close()
	mid := noon.Add(10_000 * time.Second)
	for name, c := range map[string]struct {
		most int
		do   func() error
	}{
		"Runs of all":    {20, func() error { return readAll(counting, store.RunQuery{Until: mid, Limit: 10}) }},
		"Runs of a task": {20, func() error { return readAll(counting, store.RunQuery{Task: "a", Until: mid, Limit: 10}) }},
		"Runs of a fire": {5, func() error { return readAll(counting, store.RunQuery{Task: "a", Fire: mid}) }},
		"TrimRuns by age": {200, func() error {
			_, err := counting.TrimRuns(bg, "", noon.Add(20*time.Second), 0)
			return err
		}},
	} {
		first := rowsRead(t, db)
		before := rowsRead(t, db)
		must(t, c.do())
		if n := rowsRead(t, db) - before - (before - first); n > c.most {
			t.Errorf("%s looks at %d rows, want %d at most", name, n, c.most)
		}
	}
}

func readAll(s store.RunLog, q store.RunQuery) error {
	for _, err := range s.Runs(bg, q) {
		if err != nil {
			return err
		}
	}
	return nil
}
