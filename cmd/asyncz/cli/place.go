package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// A place is where a store keeps its records, as far as that can be known
// without opening it.
type place struct {
	alias string
	kind  string // the type in the configuration
	path  string // of the file or the directory; empty when it is none
	at    string // of a server: host, port and database; empty when it is none, or not said
	name  string // of the table, the key or the collection, when it is said: tablename=…
	live  bool   // it ends with the process
	text  string // for people, without secrets
}

// placeOf reads the configuration of a store: a URL or a mapping.
func placeOf(alias string, config any) (place, error) {
	if url, ok := config.(string); ok {
		parsed, err := store.ConfigFromURL(url)
		if err != nil {
			return place{}, fmt.Errorf("store %q: %w", alias, err)
		}
		config = parsed
	}
	values, ok := config.(map[string]any)
	if !ok {
		return place{}, usagef("stores.%s: it is a %T; write a URL, or a mapping with the key type", alias, config)
	}
	p := place{alias: alias, live: values["type"] == "memory"}
	p.kind, _ = values["type"].(string)
	p.path, _ = values["directory"].(string)
	if url, _ := values["database"].(string); isSQLite(url) {
		p.path, p.live = sqlitePath(url)
	} else if p.path == "" {
		p.at = serverOf(values)
	}
	p.name = nameOf(values)
	p.text = p.kind
	for _, part := range []string{p.path, p.at, p.name} {
		if part != "" {
			p.text += " " + part
		}
	}
	return p, nil
}

// isSQLite reports whether a URL is one of SQLite.
func isSQLite(url string) bool {
	scheme, _, _ := strings.Cut(withoutAlias(url), "://")
	dialect, _, _ := strings.Cut(scheme, "+")
	return dialect == "sqlite"
}

// sqlitePath returns the file of a SQLite URL; live says that it has none.
func sqlitePath(url string) (path string, live bool) {
	base, _, _ := strings.Cut(withoutAlias(url), "?")
	_, rest, _ := strings.Cut(base, "://")
	path = strings.TrimPrefix(rest, "/")
	return path, path == "" || path == ":memory:"
}

// withoutAlias takes the alias from before a URL: sql:sqlite:///x.db.
func withoutAlias(url string) string {
	for _, alias := range []string{"sql:", "sqlalchemy:"} {
		url = strings.TrimPrefix(url, alias)
	}
	return url
}

// missing reports whether there is nothing yet where the store would be. Of a
// server that isn't known.
func (p place) missing() bool {
	if p.path == "" || p.live {
		return false
	}
	_, err := os.Stat(p.path)
	return errors.Is(err, fs.ErrNotExist)
}

// same reports whether two places are one, as far as their configuration shows.
func (p place) same(q place) bool {
	if p.live || q.live {
		return false
	}
	if p.name != q.name {
		return false
	}
	if p.path == "" || q.path == "" {
		return p.path == q.path && p.at == q.at && (p.at != "" || p.kind == q.kind)
	}
	a, erra := os.Stat(p.path)
	b, errb := os.Stat(q.path)
	if erra == nil && errb == nil {
		return os.SameFile(a, b)
	}
	return filepath.Clean(p.path) == filepath.Clean(q.path)
}

// exposed says in a sentence why others than this user may be able to write to
// the store; the empty string: they can't.
func (p place) exposed() string {
	switch {
	case p.live:
		return ""
	case p.path == "":
		return cmp.Or(p.text, "it") + " is not a local file of this user"
	}
	path, err := filepath.Abs(p.path)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return err.Error()
	}
	return exposedPath(path)
}
