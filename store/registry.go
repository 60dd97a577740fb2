package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Driver opens stores of one kind.
type Driver struct {
	// Open opens a store from its configuration, whose keys other than "type" it
	// must all know: see [Decode].
	Open func(ctx context.Context, config map[string]any) (Store, error)
	// FromURL turns a URL into the same configuration, without "type".
	// Its errors must not show the URL's password.
	FromURL func(url string) (map[string]any, error)
}

var registry = struct {
	sync.RWMutex
	drivers map[string]Driver
}{drivers: map[string]Driver{}}

// known are the aliases of the project's own drivers, and what to import for
// each: an unknown alias is most often a forgotten import.
var known = map[string]string{
	"file": "store/filestore", "memory": "store/memstore",
	"sqlite": "store/sqlstore/sqlite", "sqlalchemy": "store/sqlstore", "sql": "store/sqlstore",
	"postgres": "store/sqlstore/postgres", "postgresql": "store/sqlstore/postgres",
	"mysql": "store/sqlstore/mysql", "mariadb": "store/sqlstore/mysql",
	"redis": "store/redisstore", "rediss": "store/redisstore",
	"mongo": "store/mongostore", "mongodb": "store/mongostore",
}

// Register makes a driver known under its aliases; a driver's package calls it
// in init. It panics when an alias is taken or empty, and when the driver lacks
// a function.
func Register(d Driver, aliases ...string) {
	if d.Open == nil || d.FromURL == nil || slices.Contains(aliases, "") {
		panic("store: a driver needs Open, FromURL and aliases that are not empty")
	}
	registry.Lock()
	defer registry.Unlock()
	for _, a := range aliases {
		if _, taken := registry.drivers[a]; taken {
			panic("store: the alias " + a + " is registered twice")
		}
		registry.drivers[a] = d
	}
}

// Aliases returns the registered aliases in order.
func Aliases() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.drivers))
}

// Open opens a store from configuration; its key "type" is the alias of a driver.
func Open(ctx context.Context, config map[string]any) (Store, error) {
	given, ok := config["type"]
	if !ok {
		return nil, fmt.Errorf(`%w: the key "type" is missing; known types are %s`, ErrConfig, strings.Join(Aliases(), ", "))
	}
	alias, ok := given.(string)
	if !ok {
		return nil, fmt.Errorf(`%w: key "type": it takes text, not a value of type %T`, ErrConfig, given)
	}
	d, err := lookup(alias)
	if err != nil {
		return nil, err
	}
	rest := maps.Clone(config)
	delete(rest, "type")
	return d.Open(ctx, rest)
}

// ConfigFromURL turns a URL into configuration for [Open]. The scheme up to a
// "+" is the alias: "sqlite:///tasks.db", "sqlite+pysqlite:///tasks.db".
func ConfigFromURL(url string) (map[string]any, error) {
	scheme, _, ok := strings.Cut(url, ":")
	if !ok {
		return nil, fmt.Errorf("%w: not a URL; write type:…, where type is one of %s", ErrConfig, strings.Join(Aliases(), ", "))
	}
	alias, _, _ := strings.Cut(scheme, "+")
	d, err := lookup(alias)
	if err != nil {
		return nil, err
	}
	fromURL, err := d.FromURL(url)
	if err != nil {
		return nil, err
	}
	config := map[string]any{"type": alias}
	maps.Copy(config, fromURL)
	return config, nil
}

func lookup(alias string) (Driver, error) {
	registry.RLock()
	d, ok := registry.drivers[alias]
	registry.RUnlock()
	if ok {
		return d, nil
	}
	hint := ""
	if pkg, ours := known[alias]; ours {
		hint = fmt.Sprintf(`; import _ "github.com/go-asyncz/asyncz/%s"`, pkg)
	}
	return Driver{}, fmt.Errorf("%w: unknown type %q%s; known types are %s", ErrConfig, alias, hint, strings.Join(Aliases(), ", "))
}
