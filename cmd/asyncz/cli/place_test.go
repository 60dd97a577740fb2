package cli

import (
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
)

func TestAPlaceIsShownWithHostAndNameAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config map[string]any
		want   string
	}{
		{map[string]any{"type": "postgres", "database": "postgresql+psycopg2://me:hush@db:5432/app", "tablename": "jobs", "connect_args": map[string]any{"sslkey": "hush"}}, "postgres db:5432/app tablename=jobs"},
		{map[string]any{"type": "mysql", "database": "mysql://db/app?password=hush"}, "mysql db/app"},
		{map[string]any{"type": "sql", "database": "postgres://me:hu@sh@db/app"}, "sql"},
		{map[string]any{"type": "sql", "database": "postgres://me:hu?sh@db/app"}, "sql"},
		{map[string]any{"type": "sql", "database": "postgres://me:hu/sh@db/app"}, "sql db/app"},
		{map[string]any{"type": "redis", "host": "cache", "port": 6380, "database": 2, "password": "hush", "tasks_key": "{a}.tasks"}, "redis cache:6380/2 tasks_key={a}.tasks"},
		{map[string]any{"type": "redis", "cluster": []any{"a:1", "b:2"}, "password": "hush"}, "redis a:1,b:2"},
		{map[string]any{"type": "redis", "cluster": "a:1,b:2", "password": "hush"}, "redis a:1,b:2"},
		{map[string]any{"type": "redis", "url": "redis://:hush@cache:6380/0"}, "redis cache:6380/0"},
		{map[string]any{"type": "redis"}, "redis"},
		{map[string]any{"type": "mongo", "uri": "mongodb://me:hush@a:1,b:2/app?authSource=admin", "database": "app", "collection": "jobs"}, "mongo a:1,b:2/app collection=jobs"},
		{map[string]any{"type": "mongo", "uri": "mongodb://a:1/", "database": "app"}, "mongo a:1/app"},
		{map[string]any{"type": "sqlite", "database": "sqlite:///x.db"}, "sqlite x.db"},
		{map[string]any{"type": "file", "directory": "jobs"}, "file jobs"},
		{map[string]any{"type": "theirs", "key": "hush"}, "theirs"},
	} {
		p, err := placeOf("default", c.config)
		if err != nil || p.text != c.want || strings.Contains(p.text, "hu") {
			t.Errorf("%v is shown as %q, want %q (%v)", c.config, p.text, c.want, err)
		}
	}
}

func TestPlacesThatAreOneAreKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"file:x", "file:./x", true},
		{"file:" + dir, "file://" + dir + "/.", true},
		{"file:x", "file:y", false},
		{"sqlite:///x.db", "sqlite:///./x.db", true},
		{"sqlite:///x.db", "sqlite:///x.db?tablename=y", false},
		{"sqlite:///x.db", "file:x.db", true},
		{"memory:", "memory:", false},
	} {
		var places [2]place
		for i, url := range []string{c.a, c.b} {
			config, err := store.ConfigFromURL(url)
			if err != nil {
				t.Fatal(err)
			}
			if places[i], err = placeOf("x", config); err != nil {
				t.Fatal(err)
			}
		}
		if got := places[0].same(places[1]); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
