package executor

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// ErrConfig: an executor can't be made with this configuration.
var ErrConfig = errors.New("executor configuration")

// A Maker makes an executor from its configuration, whose keys other than "type"
// it must all know: see [Decode].
type Maker func(config map[string]any) (Executor, error)

var registry = struct {
	sync.RWMutex
	makers map[string]Maker
}{makers: map[string]Maker{}}

func init() {
	Register(makeGoroutines, "asyncio", "goroutine")
	Register(makePool, "pool", "threadpool")
	Register(makeInline, "debug")
}

// Register makes a kind of executor known under its aliases; its package calls
// it in init. It panics when an alias is taken.
func Register(m Maker, aliases ...string) {
	registry.Lock()
	defer registry.Unlock()
	for _, a := range aliases {
		if _, taken := registry.makers[a]; taken {
			panic("executor: the alias " + a + " is registered twice")
		}
		registry.makers[a] = m
	}
}

// Aliases returns the registered aliases in order.
func Aliases() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.makers))
}

// New makes an executor from configuration. Its key "type" is an alias; the
// others depend on it:
//
//	asyncio, goroutine   limit (1000)
//	pool, threadpool     max_workers (10), queue (0)
//	debug                none
//
// Errors wrap [ErrConfig].
func New(config map[string]any) (Executor, error) {
	alias, err := aliasOf(config)
	if err != nil {
		return nil, err
	}
	registry.RLock()
	m, ok := registry.makers[alias]
	registry.RUnlock()
	if !ok {
		return nil, fmt.Errorf("%w: unknown type %q; known types are %s", ErrConfig, alias, strings.Join(Aliases(), ", "))
	}
	rest := maps.Clone(config)
	delete(rest, "type")
	e, err := m(rest)
	if err != nil {
		return nil, fmt.Errorf("type %q: %w", alias, err)
	}
	return e, nil
}

func aliasOf(config map[string]any) (string, error) {
	alias, given := config["type"]
	s, ok := alias.(string)
	switch {
	case given && !ok:
		return "", fmt.Errorf(`%w: the key "type" is %v; it must be one of %s`, ErrConfig, alias, strings.Join(Aliases(), ", "))
	case s == "":
		return "", fmt.Errorf(`%w: the key "type" is missing; known types are %s`, ErrConfig, strings.Join(Aliases(), ", "))
	}
	return s, nil
}

func makeGoroutines(config map[string]any) (Executor, error) {
	c := struct {
		Limit int `config:"limit"`
	}{DefaultLimit}
	if err := Decode(config, &c); err != nil {
		return nil, err
	}
	if err := atLeast(1, "limit", c.Limit); err != nil {
		return nil, err
	}
	return NewGoroutines(c.Limit), nil
}

func makePool(config map[string]any) (Executor, error) {
	c := struct {
		Workers int `config:"max_workers"`
		Queue   int `config:"queue"`
	}{Workers: DefaultWorkers}
	if err := Decode(config, &c); err != nil {
		return nil, err
	}
	if err := errors.Join(atLeast(1, "max_workers", c.Workers), atLeast(0, "queue", c.Queue)); err != nil {
		return nil, err
	}
	return NewPool(c.Workers, c.Queue), nil
}

func makeInline(config map[string]any) (Executor, error) {
	if err := Decode(config, &struct{}{}); err != nil {
		return nil, err
	}
	return NewInline(), nil
}

func atLeast(least int, key string, value int) error {
	if value < least {
		return fmt.Errorf("%w: %s is %d; it must be %d or more", ErrConfig, key, value, least)
	}
	return nil
}
