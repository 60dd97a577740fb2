package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
)

func TestURLBecomesConfiguration(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]map[string]any{
		"sqlite:///./x.db":                 {"type": "sqlite", "database": "sqlite:///./x.db"},
		"sqlite:////var/lib/x.db":          {"type": "sqlite", "database": "sqlite:////var/lib/x.db"},
		"sqlite+pysqlite:///x.db":          {"type": "sqlite", "database": "sqlite+pysqlite:///x.db"},
		"sqlite://":                        {"type": "sqlite", "database": "sqlite://"},
		"sqlite:///C:/x.db?pool_size=3":    {"type": "sqlite", "database": "sqlite:///C:/x.db", "pool_size": "3"},
		"sql:sqlite:///x.db?tablename=t":   {"type": "sql", "database": "sqlite:///x.db", "tablename": "t"},
		"sqlalchemy:sqlite:///x.db?a=b%20": {"type": "sqlalchemy", "database": "sqlite:///x.db", "a": "b "},
	} {
		got, err := store.ConfigFromURL(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", url, got, want)
		}
	}
}

func TestBadConfigurationIsExplained(t *testing.T) {
	t.Parallel()
	file := "sqlite:///" + filepath.Join(t.TempDir(), "x.db")
	for name, c := range map[string]struct {
		config map[string]any
		words  []string
	}{
		"no database":          {map[string]any{}, []string{"database", "sqlite:///relative.db"}},
		"database of a type":   {map[string]any{"database": 5}, []string{"type int", "*sql.DB"}},
		"nil database":         {map[string]any{"database": (*sql.DB)(nil)}, []string{"database is missing"}},
		"a path":               {map[string]any{"database": "x.db"}, []string{"not a URL", "sqlite:///relative.db"}},
		"two slashes":          {map[string]any{"database": "sqlite://x.db"}, []string{"three slashes"}},
		"file URI":             {map[string]any{"database": "sqlite:///file:x.db"}, []string{"without file:"}},
		"unknown adapter":      {map[string]any{"database": "sqlite+pysqlcipher:///x.db"}, []string{"pysqlcipher"}},
		"unknown database":     {map[string]any{"database": "db2://h/x"}, []string{`"db2"`, "SQLite, PostgreSQL"}},
		"PostgreSQL":           {map[string]any{"database": "postgresql+psycopg2://joe:hunter2@h/db"}, []string{"no driver for PostgreSQL", `import _ "github.com/go-asyncz/asyncz/store/sqlstore/postgres"`}},
		"PostgreSQL's adapter": {map[string]any{"database": "postgresql+oracle://joe:hunter2@h/db"}, []string{`"oracle"`, "PostgreSQL"}},
		"port":                 {map[string]any{"database": "postgresql://joe:hunter2@h:http/db"}, []string{`host "h"`, "65535"}},
		"odd password":         {map[string]any{"database": "postgresql://joe:hunter2?/#%@h/db"}, []string{"postgresql://…", "%25"}},
		"two @":                {map[string]any{"database": "postgresql://joe:12@hunter2@h/db"}, []string{"postgresql://…", "%40"}},
		"long server's table":  {map[string]any{"database": "postgresql://h/db", "tablename": strings.Repeat("x", 58)}, []string{"57"}},
		"empty schema":         {map[string]any{"database": "postgresql://h/db", "tablename": ".x"}, []string{"schema before the dot is empty"}},
		"server's isolation":   {map[string]any{"database": "postgresql://h/db", "isolation_level": "READ UNCOMMITTED"}, []string{"READ UNCOMMITTED", "REPEATABLE READ"}},
		"server's argument":    {map[string]any{"database": "postgresql://h/db", "connect_args": map[string]any{"x": []int{1}}}, []string{"connect_args", "[]int"}},
		"argument twice":       {map[string]any{"database": "postgresql://h/db?sslmode=disable", "connect_args": map[string]any{"sslmode": "require"}}, []string{"sslmode", "twice"}},
		"unknown key":          {map[string]any{"database": file, "poolsize": 3}, []string{`"poolsize"`, "pool_size"}},
		"unknown parameter":    {map[string]any{"database": file + "?cache=shared"}, []string{`"cache"`, "tablename"}},
		"parameter twice":      {map[string]any{"database": file + "?tablename=a&tablename=b"}, []string{"tablename", "2 times"}},
		"key twice":            {map[string]any{"database": file + "?tablename=a", "tablename": "b"}, []string{"tablename", "twice"}},
		"bad query":            {map[string]any{"database": file + "?tablename=%zz"}, []string{"key=value"}},
		"database in query":    {map[string]any{"database": file + "?database=x"}, []string{"database"}},
		"unknown connect_args": {map[string]any{"database": file, "connect_args": map[string]any{"factory": 1}}, []string{"connect_args", `"factory"`, "timeout"}},
		"check_same_thread":    {map[string]any{"database": file, "connect_args": map[string]any{"check_same_thread": true}}, []string{"check_same_thread", "only false"}},
		"timeout":              {map[string]any{"database": file, "connect_args": map[string]any{"timeout": -1}}, []string{"timeout", "-1s"}},
		"timeout of text":      {map[string]any{"database": file, "connect_args": map[string]any{"timeout": "soon"}}, []string{`"soon"`, "30s"}},
		"timeout too long":     {map[string]any{"database": file, "connect_args": map[string]any{"timeout": 1e300}}, []string{"timeout", "no span"}},
		"pool_size":            {map[string]any{"database": file, "pool_size": -1}, []string{"pool_size is -1"}},
		"pool_size of text":    {map[string]any{"database": file, "pool_size": "many"}, []string{"pool_size", "many"}},
		"max_overflow":         {map[string]any{"database": file, "max_overflow": -2}, []string{"max_overflow is -2"}},
		"pool_timeout":         {map[string]any{"database": file, "pool_timeout": 0}, []string{"pool_timeout"}},
		"pool_recycle":         {map[string]any{"database": file, "pool_recycle": 0}, []string{"pool_recycle"}},
		"echo":                 {map[string]any{"database": file, "echo": "debug"}, []string{"echo", "debug"}},
		"AUTOCOMMIT":           {map[string]any{"database": file, "isolation_level": "AUTOCOMMIT"}, []string{"AUTOCOMMIT", "READ UNCOMMITTED"}},
		"isolation":            {map[string]any{"database": file, "isolation_level": "REPEATABLE READ"}, []string{"REPEATABLE READ", "SERIALIZABLE"}},
		"no table":             {map[string]any{"database": file, "tablename": ""}, []string{"tablename", "empty"}},
		"long table":           {map[string]any{"database": file, "tablename": strings.Repeat("x", 64)}, []string{"63"}},
		"SQLite's table":       {map[string]any{"database": file, "tablename": "SQLite_x"}, []string{"SQLite_x", "belong to SQLite"}},
		"meta table":           {map[string]any{"database": file, "tablename": "Asyncz_Meta"}, []string{"Asyncz_Meta"}},
		"table with NUL":       {map[string]any{"database": file, "tablename": "a\x00"}, []string{"plain text"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.config["type"] = "sqlalchemy"
			_, err := store.Open(context.Background(), c.config)
			if err == nil {
				t.Fatal("no error")
			}
			if !errors.Is(err, store.ErrConfig) {
				t.Errorf("%v does not wrap ErrConfig", err)
			}
			for _, w := range c.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the message %q does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the message %q shows the password", err)
			}
		})
	}
}

// This test's program has no driver.
func TestMissingDriverNamesTheImport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	_, err := sqlstore.Open(context.Background(), "sqlite:///"+path)
	if want := `import _ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error that says %s", err, want)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file was created")
	}
}

func TestUnknownDialectIsAnError(t *testing.T) {
	t.Parallel()
	for dialect, words := range map[string]string{"oracle": `"oracle"`, "dbase": "sqlite, postgres"} {
		_, err := sqlstore.New(context.Background(), nil, dialect)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: got %v, want an error that says %q", dialect, err, words)
		}
	}
}

// No error ever shows the password, wherever in the URL it stands.
func FuzzURLErrorsHideThePassword(f *testing.F) {
	f.Add("postgresql", "joe", "", "h/db")
	f.Add("mysql+pymysql", "a@b", "/?#@:", "h:1/db?x=@")
	f.Add("sqlite", "", "?", "")
	f.Fuzz(func(t *testing.T, scheme, user, around, rest string) {
		const secret = "S3CRET"
		if strings.Contains(scheme, "://") || strings.ContainsAny(around+user+rest, "%") {
			return // then another part than the password holds it
		}
		url := scheme + "://" + user + ":" + around + secret + around + "@" + rest
		_, err := sqlstore.Open(context.Background(), url)
		if err == nil {
			t.Skip()
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error for %q is %q", url, err)
		}
	})
}
