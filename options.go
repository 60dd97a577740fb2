package asyncz

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/codec"
	"github.com/go-asyncz/asyncz/store"
)

// An Option is a setting of a [Scheduler].
type Option func(*settings) error

type settings struct {
	stores     []storeSetting
	executors  map[string]executor.Executor
	functions  *Functions
	may        func(store, function string) bool // nil: all may be called
	logger     *slog.Logger
	defaults   []TaskOption
	key        *keyring
	unchecked  bool
	mustExist  []string // aliases of stores
	version    string   // of the program
	middleware []Middleware
	history    *retention      // nil: the defaults
	watching   func(StoreCall) // nil: nobody

	lease, heartbeat, poll time.Duration
	startupWait            time.Duration
}

type storeSetting struct {
	alias     string
	store     store.Store
	config    map[string]any // when store is nil
	codec     codec.Codec
	namespace string
	keepOpen  bool
}

// WithStore gives the scheduler a store under an alias. Tasks that name no store
// go to "default", which is a memory store if nothing else is given. The
// scheduler closes the store when it shuts down.
func WithStore(alias string, s store.Store, opts ...StoreOption) Option {
	return func(c *settings) error { return c.addStore(storeSetting{alias: alias, store: s}, opts) }
}

// WithStoreURL opens a store by its URL, whose scheme names the driver:
// "sqlite:///tasks.db", "file:///var/lib/tasks", "memory:". The driver's package
// must be imported. Beside the parameters of the driver the URL may have codec,
// pickle_protocol and namespace: "file:tasks?codec=cbor".
func WithStoreURL(alias, url string, opts ...StoreOption) Option {
	return func(c *settings) error {
		rest, inURL, err := urlOptions(url)
		var config map[string]any
		if err == nil {
			config, err = store.ConfigFromURL(rest)
		}
		if err != nil {
			return fmt.Errorf("store %q: %w", alias, err)
		}
		return c.addStore(storeSetting{alias: alias, config: config}, append(inURL, opts...))
	}
}

// WithStoreConfig opens a store by configuration, such as
// {"type": "file", "directory": "/var/lib/tasks"}. Beside the keys of the driver
// it may have codec, pickle_protocol and namespace.
func WithStoreConfig(alias string, config map[string]any) Option {
	return func(c *settings) error {
		rest, opts, err := storeOptions(config)
		if err != nil {
			return fmt.Errorf("store %q: %w", alias, err)
		}
		return c.addStore(storeSetting{alias: alias, config: rest}, opts)
	}
}

func (c *settings) addStore(s storeSetting, opts []StoreOption) error {
	if s.alias == "" {
		return fmt.Errorf("%w: a store needs an alias", ErrOption)
	}
	for _, have := range c.stores {
		if have.alias == s.alias {
			return fmt.Errorf("%w: two stores have the alias %q", ErrOption, s.alias)
		}
	}
	for _, o := range opts {
		if err := o(&s); err != nil {
			return fmt.Errorf("store %q: %w", s.alias, err)
		}
	}
	c.stores = append(c.stores, s)
	return nil
}

// A StoreOption is a setting of one store.
type StoreOption func(*storeSetting) error

// Codec says how tasks are written: "json" (the default), "cbor" or "pickle".
// All of them can be read whatever this says.
func Codec(name string) StoreOption {
	return func(s *storeSetting) (err error) {
		s.codec, err = codec.New(name, nil)
		return err
	}
}

// PickleProtocol writes tasks as Python's pickle of plain values in this
// protocol, 0 to 5.
func PickleProtocol(protocol int) StoreOption {
	return func(s *storeSetting) (err error) {
		s.codec, err = codec.New("pickle", &protocol)
		return err
	}
}

// Namespace replaces the store's own name for the place of its records, to
// which they are sealed.
func Namespace(name string) StoreOption {
	return func(s *storeSetting) error { s.namespace = name; return nil }
}

// KeepOpen leaves the store open when the scheduler shuts down.
func KeepOpen() StoreOption {
	return func(s *storeSetting) error { s.keepOpen = true; return nil }
}

// WithExecutor gives the scheduler an executor under an alias. Tasks that name
// none go to "default", which runs up to 1,000 goroutines if nothing else is
// given. The scheduler shuts the executor down when it shuts down.
func WithExecutor(alias string, x executor.Executor) Option {
	return func(c *settings) error {
		if alias == "" || alias[0] == '@' {
			return fmt.Errorf("%w: %q can't be the alias of an executor", ErrOption, alias)
		}
		if _, taken := c.executors[alias]; taken {
			return fmt.Errorf("%w: two executors have the alias %q", ErrOption, alias)
		}
		c.executors[alias] = x
		return nil
	}
}

// WithFunctions gives the scheduler its own functions in place of those of
// [Register].
func WithFunctions(fs *Functions) Option {
	return func(c *settings) error { c.functions = fs; return nil }
}

// AllowFunctions asks which functions the tasks of a store may call. A task that
// may not call its function is left as it is, as one is whose function this
// program does not have. The function is called from several goroutines, and
// must be quick. Of several such options all must agree.
func AllowFunctions(may func(store, function string) bool) Option {
	return func(c *settings) error {
		before := c.may
		c.may = func(store, function string) bool {
			return (before == nil || before(store, function)) && may(store, function)
		}
		return nil
	}
}

// WithLogger gives the scheduler a logger; the default is [slog.Default].
func WithLogger(l *slog.Logger) Option {
	return func(c *settings) error { c.logger = l; return nil }
}

// WithTaskDefaults are applied to each task before its own options.
func WithTaskDefaults(opts ...TaskOption) Option {
	return func(c *settings) error { c.defaults = append(c.defaults, opts...); return nil }
}

// WithLease says how long a run belongs to its node without renewal; when the
// node has died, the run is started again after that. The default is 10 s. The
// heartbeat, at most a third of it, is how often leases are renewed; the default
// is 3 s.
func WithLease(lease, heartbeat time.Duration) Option {
	return func(c *settings) error { c.lease, c.heartbeat = lease, heartbeat; return nil }
}

// WithPoll says how often a durable store is asked for what other processes have
// added. The default is 1 s. What this process adds is known without asking.
func WithPoll(every time.Duration) Option {
	return func(c *settings) error { c.poll = every; return nil }
}

// MustExist makes [New] refuse those of these stores that are not there yet, with
// [store.ErrAbsent], in place of making their files or tables: for tools that only
// look.
func MustExist(aliases ...string) Option {
	return func(c *settings) error { c.mustExist = append(c.mustExist, aliases...); return nil }
}

// Unchecked opens stores without looking whether their records can be read with
// the keys at hand: for tools that are to repair them.
func Unchecked() Option {
	return func(c *settings) error { c.unchecked = true; return nil }
}

// check refuses settings with which the promises can't be kept.
func (c *settings) check() error {
	switch {
	case c.lease <= 0 || c.heartbeat <= 0 || c.poll <= 0:
		return fmt.Errorf("%w: lease %v, heartbeat %v and poll %v must be above zero", ErrOption, c.lease, c.heartbeat, c.poll)
	case c.heartbeat > c.lease/3:
		return fmt.Errorf("%w: the heartbeat %v is more than a third of the lease %v: one late renewal would lose runs", ErrOption, c.heartbeat, c.lease)
	case c.poll > c.lease:
		return fmt.Errorf("%w: the poll %v is longer than the lease %v: runs of a dead node would wait too long", ErrOption, c.poll, c.lease)
	}
	return nil
}
