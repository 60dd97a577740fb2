// Package place knows where durable systems keep their tasks: how to make such a
// place empty, what it is, and what its server costs.
package place

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Kinds of places. A Redis that syncs its log after each write is a kind of its
// own, because its figures can't be compared with those of one that does not.
const (
	Memory      = "memory"
	SQLite      = "sqlite"
	Postgres    = "postgres"
	MariaDB     = "mariadb"
	Redis       = "redis"
	RedisAlways = "redis-always"
)

// Durable are the kinds in which tasks outlive their process.
var Durable = []string{SQLite, Postgres, MariaDB, Redis, RedisAlways}

// Name is the schema, database or prefix of keys that belongs to the benchmarks.
// Whatever is in it is thrown away before each measurement.
const Name = "asyncz_bench"

// ErrUnknown: the place can't tell.
var ErrUnknown = errors.New("the server does not run on this machine, or can't be looked at")

// A Place is memory, a file, or a server.
type Place struct {
	Kind string `json:"kind"`
	URL  string `json:"url"` // of a file SQLite's own: sqlite:///path
}

// Facts name what a place is: its version and the settings that figures depend on.
type Facts map[string]string

// A Server is an open place.
type Server interface {
	// Facts tells the version and the settings.
	Facts(ctx context.Context) (Facts, error)
	// Wipe leaves the place empty, and lets the server finish what the last
	// measurement has left it to do.
	Wipe(ctx context.Context) error
	// Settle lets the server finish what it does by itself after many tasks were
	// added, where it can be asked to or tells when it has.
	Settle(ctx context.Context) error
	// CPU is the processor time that the server has used up to now, or ErrUnknown.
	CPU(ctx context.Context) (time.Duration, error)
	Close()
}

// Open connects to a place.
func Open(ctx context.Context, p Place) (Server, error) {
	switch p.Kind {
	case Memory:
		return memory{}, nil
	case SQLite:
		return openSQLite(p.URL)
	case Postgres:
		return openPostgres(ctx, p.URL)
	case MariaDB:
		return openMariaDB(ctx, p.URL)
	case Redis, RedisAlways:
		return openRedis(ctx, p.URL)
	default:
		return nil, fmt.Errorf("there is no place of the kind %q", p.Kind)
	}
}

type memory struct{}

func (memory) Facts(context.Context) (Facts, error)       { return Facts{}, nil }
func (memory) Wipe(context.Context) error                 { return nil }
func (memory) Settle(context.Context) error               { return nil }
func (memory) CPU(context.Context) (time.Duration, error) { return 0, ErrUnknown }
func (memory) Close()                                     {}
