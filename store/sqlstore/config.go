package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// config is the configuration as a map holds it: the parameters of SQLAlchemy's
// create_engine under their own names.
type config struct {
	Database       any            `config:"database"`
	TableName      string         `config:"tablename"`
	PoolSize       int            `config:"pool_size"`
	MaxOverflow    int            `config:"max_overflow"`
	PoolTimeout    seconds        `config:"pool_timeout"`
	PoolRecycle    seconds        `config:"pool_recycle"`
	PoolPrePing    bool           `config:"pool_pre_ping"`
	Echo           bool           `config:"echo"`
	IsolationLevel string         `config:"isolation_level"`
	ConnectArgs    map[string]any `config:"connect_args"`
}

// connectArgs are the arguments of Python's sqlite3.connect that mean something here.
type connectArgs struct {
	Timeout         seconds `config:"timeout"`
	CheckSameThread bool    `config:"check_same_thread"`
}

// seconds is a time span written as a number of seconds, as Python has it, or
// as Go has it: 1.5, "1.5", "1500ms".
type seconds float64

// UnmarshalText reads a number of seconds or a span with a unit.
func (s *seconds) UnmarshalText(text []byte) error {
	if f, err := strconv.ParseFloat(string(text), 64); err == nil {
		*s = seconds(f)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is neither a number of seconds nor a span such as 30s", text)
	}
	*s = seconds(d.Seconds())
	return nil
}

func (s seconds) duration(key string) (time.Duration, error) {
	ns := float64(s) * float64(time.Second)
	if math.IsNaN(ns) || math.Abs(ns) >= math.MaxInt64 {
		return 0, fmt.Errorf("%w: %s is %v; that is no span of time", store.ErrConfig, key, float64(s))
	}
	return time.Duration(ns), nil
}

// openConfig opens a store from a configuration map.
func openConfig(ctx context.Context, from map[string]any) (store.Store, error) {
	values := maps.Clone(from)
	if url, ok := values["database"].(string); ok {
		inURL, err := configFromURL(url)
		if err != nil {
			return nil, err
		}
		for key, value := range inURL {
			if _, twice := from[key]; twice && key != "database" {
				return nil, fmt.Errorf("%w: %s is set twice, in the URL and beside it", store.ErrConfig, key)
			}
			values[key] = value
		}
	}
	var c config
	if err := store.Decode(values, &c); err != nil {
		return nil, err
	}
	options, err := c.options(values)
	if err != nil {
		return nil, err
	}
	switch db := c.Database.(type) {
	case *sql.DB:
		d, err := dialectOf(db)
		if err != nil {
			return nil, err
		}
		return result(newStore(ctx, db, d, options))
	case string:
		return result(Open(ctx, db, options...))
	case nil:
		return nil, fmt.Errorf("%w: the key database is missing; it is a URL such as %s", store.ErrConfig, urlForms)
	default:
		return nil, fmt.Errorf("%w: database is of the type %T; it must be a URL or a *sql.DB", store.ErrConfig, db)
	}
}

// result keeps a nil *Store from becoming a store.Store that is not nil.
func result(s *Store, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// options returns the options for the keys that are in values.
func (c *config) options(values map[string]any) ([]Option, error) {
	timeout, err := c.PoolTimeout.duration("pool_timeout")
	if err != nil {
		return nil, err
	}
	recycle, err := c.PoolRecycle.duration("pool_recycle")
	if err != nil {
		return nil, err
	}
	byKey := map[string]Option{
		"tablename":       WithTable(c.TableName),
		"pool_size":       WithPoolSize(c.PoolSize),
		"max_overflow":    WithMaxOverflow(c.MaxOverflow),
		"pool_timeout":    WithPoolTimeout(timeout),
		"pool_recycle":    WithPoolRecycle(recycle),
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
	more, err := c.connectOptions()
	return append(options, more...), err
}

func (c *config) connectOptions() ([]Option, error) {
	var args connectArgs
	if err := store.Decode(c.ConnectArgs, &args); err != nil {
		return nil, fmt.Errorf("connect_args: %w", err)
	}
	if args.CheckSameThread {
		return nil, fmt.Errorf("%w: connect_args: check_same_thread: goroutines have no thread of their own; only false can be honoured", store.ErrConfig)
	}
	if _, ok := c.ConnectArgs["timeout"]; !ok {
		return nil, nil
	}
	d, err := args.Timeout.duration("timeout")
	return []Option{WithLockTimeout(d)}, err
}
