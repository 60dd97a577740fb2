package cli

import (
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
	p := place{alias: alias}
	p.kind, _ = values["type"].(string)
	p.text = p.kind
	switch p.kind {
	case "memory":
		p.live = true
	case "file":
		p.path, _ = values["directory"].(string)
	case "sqlite", "sql", "sqlalchemy":
		url, _ := values["database"].(string)
		p.path, p.live = sqlitePath(url)
	}
	if p.path != "" {
		p.text += " " + p.path
	}
	return p, nil
}

// sqlitePath returns the file of a SQLite URL; live says that it has none.
func sqlitePath(url string) (path string, live bool) {
	base, _, _ := strings.Cut(url, "?")
	for _, alias := range []string{"sql:", "sqlalchemy:"} {
		base = strings.TrimPrefix(base, alias)
	}
	scheme, rest, _ := strings.Cut(base, "://")
	if name, _, _ := strings.Cut(scheme, "+"); name != "sqlite" {
		return "", false
	}
	path = strings.TrimPrefix(rest, "/")
	return path, path == "" || path == ":memory:"
}

// missing reports whether there is nothing yet where the store would be.
func (p place) missing() bool {
	if p.path == "" || p.live {
		return false
	}
	_, err := os.Stat(p.path)
	return errors.Is(err, fs.ErrNotExist)
}

// exposed says in a sentence why others than this user may be able to write to
// the store; the empty string: they can't.
func (p place) exposed() string {
	switch {
	case p.live:
		return ""
	case p.path == "":
		return "it is not a local file of this user"
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
