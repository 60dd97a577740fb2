package asyncz

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// A Config is the configuration of a scheduler as data, such as a YAML file holds.
type Config struct {
	// Stores by alias, as for WithStoreConfig; or a URL in place of the map.
	Stores map[string]any `json:"stores"`
	// Executors by alias: {"type": "threadpool", "max_workers": 10}.
	Executors map[string]map[string]any `json:"executors"`
	// TaskDefaults are fields of a task's form that hold for tasks which don't say
	// otherwise: coalesce, max_instances, mistrigger_grace_time, ….
	TaskDefaults json.RawMessage `json:"task_defaults"`
	// Tasks are added when [Scheduler.AddConfigured] is called. Each is the form of
	// AddJSON; one that exists is replaced unless it says replace_existing: false.
	Tasks []json.RawMessage `json:"tasks"`
	// Lease, Heartbeat and Poll are those of WithLease and WithPoll.
	Lease     lifecycle.Seconds `json:"lease"`
	Heartbeat lifecycle.Seconds `json:"heartbeat"`
	Poll      lifecycle.Seconds `json:"poll"`
	// Wait is that of WithStartupWait.
	Wait lifecycle.Seconds `json:"wait"`
	// History is that of WithHistory; nil leaves the defaults.
	History *HistoryConfig `json:"history"`
}

// A HistoryConfig says how long the history of runs is kept, and how many rows of it
// a store: {"age": "720h", "rows": 0}, where 0 means no limit. What is left out has
// its default. With off there is none.
type HistoryConfig struct {
	Age  *lifecycle.Seconds `json:"age"`
	Rows *int               `json:"rows"`
	Off  bool               `json:"off"`
}

func (h HistoryConfig) option() Option {
	if h.Off {
		return WithoutHistory()
	}
	age, rows := DefaultHistoryAge, DefaultHistoryRows
	if h.Age != nil {
		age = time.Duration(*h.Age)
	}
	if h.Rows != nil {
		rows = *h.Rows
	}
	return WithHistory(age, rows)
}

// Options returns the options that the configuration stands for, tasks aside.
func (c Config) Options() ([]Option, error) {
	var opts []Option
	for _, alias := range slices.Sorted(maps.Keys(c.Stores)) {
		switch v := c.Stores[alias].(type) {
		case string:
			opts = append(opts, WithStoreURL(alias, v))
		case map[string]any:
			opts = append(opts, WithStoreConfig(alias, v))
		default:
			return nil, fmt.Errorf("%w: stores.%s: a %T is neither a URL nor a mapping", ErrOption, alias, v)
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(c.Executors)) {
		x, err := executor.New(c.Executors[alias])
		if err != nil {
			return nil, fmt.Errorf("executors.%s: %w", alias, err)
		}
		opts = append(opts, WithExecutor(alias, x))
	}
	if c.TaskDefaults != nil {
		set := func(d *draft) error { return d.def.UnmarshalJSON(c.TaskDefaults) }
		if err := set(blank()); err != nil {
			return nil, fmt.Errorf("%w: task_defaults: %w", ErrOption, err)
		}
		opts = append(opts, WithTaskDefaults(func(d *draft) { _ = set(d) })) // checked above
	}
	if c.Lease != 0 || c.Heartbeat != 0 {
		opts = append(opts, WithLease(or(c.Lease, DefaultLease), or(c.Heartbeat, DefaultHeartbeat)))
	}
	if c.Poll != 0 {
		opts = append(opts, WithPoll(time.Duration(c.Poll)))
	}
	if c.Wait != 0 {
		opts = append(opts, WithStartupWait(time.Duration(c.Wait)))
	}
	if c.History != nil {
		opts = append(opts, c.History.option())
	}
	return opts, nil
}

func or(s lifecycle.Seconds, other time.Duration) time.Duration {
	if s != 0 {
		return time.Duration(s)
	}
	return other
}

// storeOptions takes the keys that are the scheduler's out of a store's
// configuration.
func storeOptions(config map[string]any) (rest map[string]any, opts []StoreOption, err error) {
	rest = maps.Clone(config)
	text := func(key string) (string, bool, error) {
		v, given := rest[key]
		delete(rest, key)
		s, ok := v.(string)
		if given && !ok {
			return "", false, fmt.Errorf("%w: %s: %v is not a text", store.ErrConfig, key, v)
		}
		return s, given, nil
	}
	if namespace, given, err := text("namespace"); err != nil {
		return nil, nil, err
	} else if given {
		opts = append(opts, Namespace(namespace))
	}
	protocol, given := rest["pickle_protocol"]
	delete(rest, "pickle_protocol")
	name, named, err := text("codec")
	switch {
	case err != nil:
		return nil, nil, err
	case given && named && name != "pickle":
		return nil, nil, fmt.Errorf("%w: pickle_protocol goes with codec: pickle, not %s", store.ErrConfig, name)
	case given:
		n, err := wholeNumber(protocol)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: pickle_protocol: %w", store.ErrConfig, err)
		}
		opts = append(opts, PickleProtocol(n))
	case named:
		opts = append(opts, Codec(name))
	}
	return rest, opts, nil
}

// urlOptions takes the parameters that are the scheduler's out of a store's URL,
// as storeOptions does with configuration.
func urlOptions(text string) (rest string, opts []StoreOption, err error) {
	cut := strings.LastIndexByte(text, '?')
	if cut < 0 {
		return text, nil, nil
	}
	ours := map[string]any{}
	var others []string
	for part := range strings.SplitSeq(text[cut+1:], "&") {
		key, value, _ := strings.Cut(part, "=")
		if !slices.Contains([]string{"codec", "pickle_protocol", "namespace"}, key) {
			others = append(others, part)
			continue
		}
		if _, twice := ours[key]; twice {
			return "", nil, fmt.Errorf("%w: %s is set twice in the URL", store.ErrConfig, key)
		}
		if ours[key], err = url.QueryUnescape(value); err != nil {
			return "", nil, fmt.Errorf("%w: %s=%s in the URL: %w", store.ErrConfig, key, value, err)
		}
	}
	if rest = text[:cut]; len(others) > 0 {
		rest += "?" + strings.Join(others, "&")
	}
	_, opts, err = storeOptions(ours)
	return rest, opts, err
}

// wholeNumber reads a number as configuration gives it: in any of Go's types, or
// as text from a URL.
func wholeNumber(v any) (n int, err error) {
	if _, err := fmt.Sscanf(strings.TrimSpace(fmt.Sprint(v)), "%d", &n); err != nil || fmt.Sprint(n) != strings.TrimSpace(fmt.Sprint(v)) {
		return 0, fmt.Errorf("%v is not a whole number", v)
	}
	return n, nil
}
