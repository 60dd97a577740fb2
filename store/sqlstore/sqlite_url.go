package sqlstore

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// sqliteForms are the forms of SQLite's URLs, for messages.
const sqliteForms = "sqlite:///relative.db, sqlite:////absolute/path.db or sqlite:// (in memory)"

// sqliteSplit cuts at the first question mark, as SQLAlchemy does.
func sqliteSplit(text string) (base, query string) {
	base, query, _ = strings.Cut(text, "?")
	return base, query
}

// sqlitePath is the path of a URL's file, absolute, or "" for a database in
// memory: what follows the third slash, as it is, without unescaping.
func sqlitePath(base string) (string, error) {
	_, rest, _ := strings.Cut(base, "://")
	host, path, _ := strings.Cut(rest, "/")
	if host != "" {
		return "", fmt.Errorf("%w: %s: a SQLite URL names no host; write three slashes before a relative path, four before an absolute one", store.ErrConfig, redacted(base))
	}
	if path == "" || path == ":memory:" {
		return "", nil
	}
	if strings.HasPrefix(path, "file:") || strings.ContainsRune(path, 0) {
		return "", fmt.Errorf("%w: %s: the path is a plain file name, without file: before it", store.ErrConfig, redacted(base))
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", store.ErrConfig, redacted(base), err)
	}
	return abs, nil
}

// sqliteConnectArgs are the arguments of Python's sqlite3.connect that mean something here.
type sqliteConnectArgs struct {
	Timeout         store.Seconds `config:"timeout"`
	CheckSameThread bool          `config:"check_same_thread"`
}

// sqliteConnectOptions are the options for connect_args.
func sqliteConnectOptions(given map[string]any) ([]Option, error) {
	var args sqliteConnectArgs
	if err := store.Decode(given, &args); err != nil {
		return nil, fmt.Errorf("connect_args: %w", err)
	}
	if args.CheckSameThread {
		return nil, fmt.Errorf("%w: connect_args: check_same_thread: goroutines have no thread of their own; only false can be honoured", store.ErrConfig)
	}
	if _, ok := given["timeout"]; !ok {
		return nil, nil
	}
	return []Option{WithLockTimeout(args.Timeout.Duration())}, nil
}
