package sqlstore

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// urlForms are the forms of a URL, for messages.
const urlForms = "sqlite:///relative.db, sqlite:////absolute/path.db or sqlite:// (in memory)"

// elsewhere are databases that SQLAlchemy knows and this version does not.
var elsewhere = map[string]string{
	"postgresql": "PostgreSQL", "postgres": "PostgreSQL", "cockroachdb": "CockroachDB",
	"mysql": "MySQL", "mariadb": "MariaDB", "oracle": "Oracle", "mssql": "SQL Server",
}

// configFromURL turns a URL into configuration: the database without the
// query, and the query's parameters as keys of their own.
func configFromURL(text string) (map[string]any, error) {
	for _, alias := range []string{"sql:", "sqlalchemy:"} {
		text = strings.TrimPrefix(text, alias)
	}
	base, query, _ := strings.Cut(text, "?")
	if _, err := parseURL(base); err != nil {
		return nil, err
	}
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("%w: the query of the URL %s can't be read; write ?key=value&key=value", store.ErrConfig, base)
	}
	config := map[string]any{"database": base}
	args := map[string]any{}
	for key, values := range parameters {
		if len(values) > 1 {
			return nil, fmt.Errorf("%w: %s is set %d times in the URL %s", store.ErrConfig, key, len(values), base)
		}
		switch key {
		case "timeout", "check_same_thread":
			args[key] = values[0]
		case "database", "connect_args":
			return nil, fmt.Errorf("%w: %s can't be a parameter of the URL %s", store.ErrConfig, key, base)
		default:
			config[key] = values[0]
		}
	}
	if len(args) > 0 {
		config["connect_args"] = args
	}
	return config, nil
}

// A location is what a URL without a query says: the dialect, and for SQLite
// the path of the file, absolute, or "" for a database in memory.
type location struct {
	dialect *dialect
	path    string
}

// parseURL reads a URL as SQLAlchemy does: the path is what follows the third
// slash, as it is, without unescaping.
func parseURL(text string) (location, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return location{}, fmt.Errorf("%w: database is not a URL; write %s", store.ErrConfig, urlForms)
	}
	name, adapter, _ := strings.Cut(strings.ToLower(scheme), "+")
	if other := elsewhere[name]; other != "" {
		return location{}, fmt.Errorf("%w: %s: this version has no support for %s yet, only for SQLite", store.ErrConfig, redacted(text), other)
	}
	if name != "sqlite" {
		return location{}, fmt.Errorf("%w: %s: unknown database %q; this version supports SQLite: %s", store.ErrConfig, redacted(text), name, urlForms)
	}
	switch adapter {
	case "", "pysqlite", "aiosqlite":
	default:
		return location{}, fmt.Errorf("%w: %s: %q is not a known way to SQLite; write %s", store.ErrConfig, redacted(text), adapter, urlForms)
	}
	host, path, _ := strings.Cut(rest, "/")
	if host != "" {
		return location{}, fmt.Errorf("%w: %s: a SQLite URL names no host; write three slashes before a relative path, four before an absolute one", store.ErrConfig, redacted(text))
	}
	if path == "" || path == ":memory:" {
		return location{dialect: &sqlite}, nil
	}
	if strings.HasPrefix(path, "file:") || strings.ContainsRune(path, 0) {
		return location{}, fmt.Errorf("%w: %s: the path is a plain file name, without file: before it", store.ErrConfig, redacted(text))
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, fmt.Errorf("%w: %s: %w", store.ErrConfig, redacted(text), err)
	}
	return location{dialect: &sqlite, path: abs}, nil
}

// redacted is the URL without its password and its query. Where it is not sure
// where a password ends, it shows the scheme alone.
func redacted(text string) string {
	base, _, _ := strings.Cut(text, "?")
	u, err := url.Parse(base)
	if at := strings.Count(text, "@"); err == nil && (at == 0 || at == 1 && u.User != nil) {
		return u.Redacted()
	}
	scheme, _, _ := strings.Cut(base, "://")
	return scheme + "://…"
}
