package sqlstore

import (
	"reflect"
	"testing"
)

// The expected values are SQLAlchemy's, from its make_url.
func TestServerURLIsReadAsSQLAlchemyDoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]serverURL{
		"postgresql://joe:secret@db.example:6432/tasks?sslmode=require": {"joe", "secret", []string{"db.example:6432"}, "tasks", "sslmode=require"},
		"postgresql+psycopg2://joe@db/tasks":                            {"joe", "", []string{"db:5432"}, "tasks", ""},
		"postgresql://db":                                               {"", "", []string{"db:5432"}, "", ""},
		"postgresql:///tasks?host=/run/postgresql":                      {"", "", nil, "tasks", "host=/run/postgresql"},
		"postgresql://joe:p%40ss%2Fw%25@db/tasks":                       {"joe", "p@ss/w%", []string{"db:5432"}, "tasks", ""},
		"postgresql://joe:a/b?c#d:e@db/tasks":                           {"joe", "a/b?c#d:e", []string{"db:5432"}, "tasks", ""},
		"postgresql://j%C3%BCrg:x@db/tasks":                             {"jürg", "x", []string{"db:5432"}, "tasks", ""},
		"postgresql://[2001:db8::1]:6432/tasks":                         {"", "", []string{"[2001:db8::1]:6432"}, "tasks", ""},
		"postgresql://[::1]/tasks":                                      {"", "", []string{"[::1]:5432"}, "tasks", ""},
		"postgresql://a:1,b,c:3/tasks":                                  {"", "", []string{"a:1", "b:5432", "c:3"}, "tasks", ""},
		"postgresql://db/my tasks%20":                                   {"", "", []string{"db:5432"}, "my tasks%20", ""},
	} {
		got, err := parseServerURL(text, "5432")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestPostgresDSNSaysTheSameInLibpqsForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postgresql+psycopg2://joe:a/b?c#d%40:e@db/my tasks%": "postgres://joe:a%2Fb%3Fc%23d%40%3Ae@db:5432/my%20tasks%25?connect_timeout=10",
		"postgresql://a:1,[::1]/x":                            "postgres://a:1,[::1]:5432/x?connect_timeout=10",
		"postgresql:///x":                                     "postgres:///x?connect_timeout=10",
	} {
		u, err := parseServerURL(text, "5432")
		if err != nil {
			t.Fatal(err)
		}
		got, err := postgresDSN(u, settings{})
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	got, err := postgresDSN(serverURL{}, settings{isolation: "repeatable read", args: map[string]string{"connect_timeout": "3", "options": "-c a=1+2"}})
	if want := "postgres:///?connect_timeout=3&default_transaction_isolation=repeatable%20read&options=-c%20a%3D1%2B2"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
