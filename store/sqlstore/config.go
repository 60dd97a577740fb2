package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"

	"github.com/go-asyncz/asyncz/store"
)

// config is the configuration as a map holds it: the parameters of SQLAlchemy's
// create_engine under their own names.
type config struct {
	Database       any            `config:"database"`
	TableName      string         `config:"tablename"`
	PoolSize       int            `config:"pool_size"`
	MaxOverflow    int            `config:"max_overflow"`
	PoolTimeout    store.Seconds  `config:"pool_timeout"`
	PoolRecycle    store.Seconds  `config:"pool_recycle"`
	PoolPrePing    bool           `config:"pool_pre_ping"`
	Echo           bool           `config:"echo"`
	IsolationLevel string         `config:"isolation_level"`
	ConnectArgs    map[string]any `config:"connect_args"`
}

// openConfig opens a store from a configuration map.
func openConfig(ctx context.Context, from map[string]any) (store.Store, error) {
	values, err := withURL(from)
	if err != nil {
		return nil, err
	}
	return result(openValues(ctx, values, nil))
}

// withURL adds what the URL of a configuration says in its query.
func withURL(from map[string]any) (map[string]any, error) {
	url, ok := from["database"].(string)
	if !ok {
		return from, nil
	}
	inURL, err := configFromURL(url)
	if err != nil {
		return nil, err
	}
	values := maps.Clone(from)
	for key, value := range inURL {
		beside, twice := from[key]
		args, isMap := beside.(map[string]any)
		switch {
		case key == "database" || !twice:
			values[key] = value
		case key == "connect_args" && isMap:
			both := maps.Clone(args)
			for name, value := range value.(map[string]any) {
				if _, twice := args[name]; twice {
					return nil, fmt.Errorf("%w: %s is set twice, in the URL and in connect_args", store.ErrConfig, name)
				}
				both[name] = value
			}
			values[key] = both
		default:
			return nil, fmt.Errorf("%w: %s is set twice, in the URL and beside it", store.ErrConfig, key)
		}
	}
	return values, nil
}

// openValues opens a store from a configuration whose URL has no query; more
// are the options that come after it.
func openValues(ctx context.Context, values map[string]any, more []Option) (Store, error) {
	var c config
	if err := store.Decode(values, &c); err != nil {
		return nil, err
	}
	switch db := c.Database.(type) {
	case *sql.DB:
		d, err := databaseOf(db)
		if err != nil {
			return nil, err
		}
		options, err := c.options(values, d)
		if err != nil {
			return nil, err
		}
		return useDB(ctx, db, d, append(options, more...))
	case string:
		d, err := databaseByURL(db)
		if err != nil {
			return nil, err
		}
		options, err := c.options(values, d)
		if err != nil {
			return nil, err
		}
		s := newSettings(append(options, more...))
		s.database = d
		if err := s.check(); err != nil {
			return nil, err
		}
		return d.open(ctx, db, s)
	case nil:
		return nil, fmt.Errorf("%w: the key database is missing; it is a URL such as %s", store.ErrConfig, allForms())
	default:
		return nil, fmt.Errorf("%w: database is of the type %T; it must be a URL or a *sql.DB", store.ErrConfig, db)
	}
}

// result keeps a nil Store from becoming a store.Store that is not nil.
func result(s Store, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// options returns the options for the keys that are in values.
func (c *config) options(values map[string]any, d *database) ([]Option, error) {
	byKey := map[string]Option{
		"tablename":       WithTable(c.TableName),
		"pool_size":       WithPoolSize(c.PoolSize),
		"max_overflow":    WithMaxOverflow(c.MaxOverflow),
		"pool_timeout":    WithPoolTimeout(c.PoolTimeout.Duration()),
		"pool_recycle":    WithPoolRecycle(c.PoolRecycle.Duration()),
		"isolation_level": WithIsolation(c.IsolationLevel),
	}
	if c.PoolPrePing {
		byKey["pool_pre_ping"] = WithPrePing()
	}
	if c.Echo {
		byKey["echo"] = WithEcho(slog.Default())
	}
	var options []Option
	for key := range values {
		if o := byKey[key]; o != nil {
			options = append(options, o)
		}
	}
	more, err := d.connectOptions(c.ConnectArgs)
	return append(options, more...), err
}
