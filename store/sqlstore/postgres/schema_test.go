package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

// picture is what is in a schema, table by table.
func picture(t *testing.T, at, schema string) (all string) {
	t.Helper()
	ask(t, at, `SELECT coalesce(query_to_xml('SELECT c.relname,c.relkind,c.oid,(xpath(''/row/n/text()'',query_to_xml(format(''SELECT string_agg(x::text,chr(10)) AS n FROM %I.%I x'',n.nspname,c.relname),false,true,'''')))[1]::text
		FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace WHERE n.nspname=''`+schema+`'' AND c.relkind IN (''r'',''v'') ORDER BY 1',false,true,'')::text,'')`, &all)
	return all
}

func TestWhatIsNotOursIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	ours := `CREATE TABLE asyncz_meta (name text COLLATE "C" PRIMARY KEY, version bigint NOT NULL);
		CREATE TABLE asyncz_store (id text COLLATE "C" PRIMARY KEY, due bigint, executor text COLLATE "C" NOT NULL, rev bigint NOT NULL, data bytea NOT NULL);`
	for name, c := range map[string]struct {
		text  string
		words []string
	}{
		"the Python program's table": {
			`CREATE TABLE asyncz_store (id varchar(191) NOT NULL PRIMARY KEY, next_run_time double precision, state bytea NOT NULL); INSERT INTO asyncz_store VALUES ('a', 1.5, '\x80')`,
			[]string{"Python", "choose another tablename"}},
		"somebody's table":      {`CREATE TABLE asyncz_store (id text, colour text); INSERT INTO asyncz_store VALUES ('a','red')`, []string{"somebody else's", "id, colour"}},
		"a view":                {`CREATE VIEW asyncz_store AS SELECT 1 AS a`, []string{"somebody else's"}},
		"somebody's history":    {`CREATE TABLE asyncz_store_runs (id text, colour text)`, []string{"asyncz_store_runs", "somebody else's"}},
		"a newer version":       {ours + `INSERT INTO asyncz_meta VALUES ('asyncz_store', 2)`, []string{"version 2", "up to 1", "use a newer program"}},
		"no version":            {ours, []string{"no version"}},
		"somebody's meta table": {`CREATE TABLE asyncz_meta (a text)`, []string{"asyncz_meta is not ours"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, schema := place(t)
			byHand(t, at, c.text)
			before := picture(t, at, schema)
			_, err := sqlstore.Open(bg, at)
			says(t, err, append(c.words, "left as it is")[:len(c.words)]...)
			if after := picture(t, at, schema); after != before {
				t.Errorf("the schema was %s and is %s", before, after)
			}
		})
	}
}

func TestDatabaseOfAnotherEncodingIsRefused(t *testing.T) {
	t.Parallel()
	at, schema := place(t)
	byHand(t, at, `CREATE DATABASE `+schema+` ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
	t.Cleanup(func() { byHand(t, at, `DROP DATABASE `+schema+` WITH (FORCE)`) })
	i := strings.LastIndex(strings.Split(at, "?")[0], "/")
	_, err := sqlstore.Open(bg, at[:i+1]+schema+"?sslmode=disable")
	says(t, err, "its encoding is LATIN1", "UTF8", "name another database")
}

func TestManyThatStartAtOnceMakeOneTable(t *testing.T) {
	t.Parallel()
	for range 3 {
		at, _ := place(t)
		ended := make(chan error)
		for i := range 12 {
			go func() {
				s, err := sqlstore.Open(bg, at)
				if err == nil {
					err = s.Add(bg, store.Record{ID: fmt.Sprint(i)})
					s.Close()
				}
				ended <- err
			}()
		}
		for range 12 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		var n int
		ask(t, at, `SELECT count(*) FROM asyncz_store`, &n)
		if n != 12 {
			t.Errorf("%d records, want 12", n)
		}
	}
}

func TestTablesOfOneSchemaAreApart(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	long := strings.Repeat("ü", 28)
	odd := `quo"te 'n $1`
	for _, name := range []string{"one", "two", "ONE", long, odd} {
		s := open(t, at, sqlstore.WithTable(name))
		must(t, s.Add(bg, store.Record{ID: "a", Due: noon}))
		must(t, s.AppendRuns(bg, []store.RunEntry{{Task: name, Fire: noon, Ended: noon}}))
		if want := "sql/" + name; s.Namespace() != want {
			t.Errorf("the namespace is %q, want %q", s.Namespace(), want)
		}
	}
	for _, name := range []string{"one", odd} {
		for e, err := range open(t, at, sqlstore.WithTable(name)).Runs(bg, store.RunQuery{}) {
			must(t, err)
			if e.Task != name {
				t.Errorf("the history of %q has a row of %q", name, e.Task)
			}
		}
	}
}
