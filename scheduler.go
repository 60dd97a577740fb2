package asyncz

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// DefaultAlias is the alias of the store and of the executor that a task has
// when it names none.
const DefaultAlias = "default"

// Defaults of a scheduler.
const (
	DefaultLease     = 10 * time.Second
	DefaultHeartbeat = 3 * time.Second
	DefaultPoll      = time.Second
)

// A Scheduler keeps tasks in stores and fires them. Make one with [New].
type Scheduler struct {
	settings settings
	node     string
	aliases  []string // of the stores, in the order in which they were given
	parts    map[string]*part
	hub      hub
	index    index
	audit    auditTrail // where no store can keep it

	mu     sync.Mutex
	state  schedulerState
	paused bool
}

// A part is one store and what drives it.
type part struct {
	alias    string
	store    store.Store
	keeper   *record.Keeper
	engine   *engine.Engine
	history  *chronicle // nil: there is none
	keepOpen bool
}

type schedulerState int

const (
	fresh schedulerState = iota
	started
	stopped
)

// New opens the stores and returns a scheduler that keeps and shows tasks; it
// fires them after [Scheduler.Start]. It refuses options that contradict each
// other or the promises, and a store whose records the keys at hand don't open.
func New(ctx context.Context, opts ...Option) (*Scheduler, error) {
	c := settings{
		executors: map[string]executor.Executor{}, functions: &registered, logger: slog.Default(),
		lease: DefaultLease, heartbeat: DefaultHeartbeat, poll: DefaultPoll,
	}
	for _, o := range opts {
		if err := o(&c); err != nil {
			return nil, err
		}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.key == nil {
		ring, err := keysFromEnvironment()
		if err != nil {
			return nil, err
		}
		c.key = &keyring{ring}
	}
	if !slices.ContainsFunc(c.stores, func(s storeSetting) bool { return s.alias == DefaultAlias }) {
		c.stores = append([]storeSetting{{alias: DefaultAlias, store: memstore.New()}}, c.stores...)
	}
	if c.executors[DefaultAlias] == nil {
		c.executors[DefaultAlias] = executor.NewGoroutines(0)
	}
	s := &Scheduler{settings: c, node: newNode(), parts: map[string]*part{}}
	until := c.startupEnds()
	for _, st := range c.stores {
		if err := s.open(ctx, until, st); err != nil {
			return nil, errors.Join(fmt.Errorf("store %q: %w", st.alias, err), s.closeStores())
		}
	}
	return s, nil
}

// open opens one store and looks whether its records can be read.
func (s *Scheduler) open(ctx context.Context, until time.Time, c storeSetting) error {
	st := c.store
	if st == nil {
		err := s.reach(ctx, until, c.alias, func(ctx context.Context) (err error) {
			if slices.Contains(s.settings.mustExist, c.alias) {
				ctx = store.WithoutCreating(ctx)
			}
			st, err = store.Open(ctx, c.config)
			return err
		})
		if err != nil {
			return err
		}
	}
	ring := s.settings.key.ring
	if _, live := st.(store.Live); live {
		ring = nil
	}
	p := &part{alias: c.alias, store: st, keeper: record.NewKeeper(st, c.codec, ring, c.namespace), keepOpen: c.keepOpen}
	s.parts[c.alias] = p
	s.aliases = append(s.aliases, c.alias)
	p.engine = engine.New(engine.Config{
		Alias: c.alias, Store: st, Keeper: p.keeper, Node: s.node + "/" + c.alias, About: s.about(c.alias),
		Executors: s.settings.executors, Functions: s.settings.lookup(c.alias),
		Observer: observer{s, c.alias}, Around: s.settings.around(), Watching: s.settings.watch(c.alias), Logger: s.settings.logger,
		Lease: s.settings.lease, Heartbeat: s.settings.heartbeat, Poll: s.settings.poll,
	})
	p.history = s.chronicle(p)
	if s.settings.unchecked {
		return nil
	}
	return s.reach(ctx, until, c.alias, p.checkKeys)
}

// sampled is how many records are looked at when a store is opened.
const sampled = 32

// checkKeys looks at the first records of a store: it must not be used with a
// wrong key, or with none, or with one when it has been plain.
func (p *part) checkKeys(ctx context.Context) error {
	if p.keeper.Live() {
		return nil
	}
	plain, n := error(nil), 0
	for r, err := range p.store.All(ctx) {
		if errors.Is(err, store.ErrCorrupt) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = p.keeper.Unpack(r)
		switch {
		case errors.Is(err, seal.ErrUnknownKey), errors.Is(err, seal.ErrKeyRequired):
			return err
		case errors.Is(err, seal.ErrNotSealed):
			plain = err
		default:
			return nil // others are dealt with one by one
		}
		if n++; n == sampled {
			break
		}
	}
	return plain
}

// Start begins to fire tasks. When it returns an error, because a store does not tell
// its time, nothing has begun, and it may be called again.
func (s *Scheduler) Start(ctx context.Context) error {
	if err := s.lookAtClocks(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case started:
		return nil
	case stopped:
		return ErrStopped
	}
	for _, alias := range s.aliases { // all or none
		s.parts[alias].history.start()
		s.parts[alias].engine.Start()
	}
	s.state = started
	s.settings.logger.Debug("scheduler started", "node", s.node, "stores", s.aliases, "executors", slices.Sorted(maps.Keys(s.settings.executors)))
	s.tell(SchedulerStarted{s.header("", "")})
	return nil
}

// lookAtClocks asks the stores for their times, which a start needs.
func (s *Scheduler) lookAtClocks(ctx context.Context) error {
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	if state != fresh {
		return nil
	}
	until := s.settings.startupEnds()
	for _, alias := range s.aliases {
		if err := s.reach(ctx, until, alias, s.parts[alias].engine.LookAtClock); err != nil {
			return fmt.Errorf("store %q: %w", alias, err)
		}
	}
	return nil
}

// Run starts the scheduler, waits until ctx ends, and shuts down; runs have 30
// seconds to end.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return s.Shutdown(ending)
}

// Pause stops this scheduler from taking work; runs that have begun go on, and
// other schedulers on the same stores are not concerned.
func (s *Scheduler) Pause() {
	s.pause(true)
	s.tell(SchedulerPaused{s.header("", "")})
}

// Resume lets the scheduler take work again. What came due meanwhile is late.
func (s *Scheduler) Resume() {
	s.pause(false)
	s.tell(SchedulerResumed{s.header("", "")})
}

func (s *Scheduler) pause(on bool) {
	s.mu.Lock()
	s.paused = on
	s.mu.Unlock()
	for _, p := range s.parts {
		p.engine.Pause(on)
	}
}

// State says whether this scheduler fires tasks.
func (s *Scheduler) State() NodeState {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state == fresh:
		return NodeNotStarted
	case s.state == stopped:
		return NodeStopped
	case s.paused:
		return NodePaused
	}
	return NodeRunning
}

// Stores returns the aliases of the stores, in the order in which they were given.
func (s *Scheduler) Stores() []string { return slices.Clone(s.aliases) }

// Executors returns the aliases of the executors.
func (s *Scheduler) Executors() []string {
	return slices.Sorted(maps.Keys(s.settings.executors))
}

// Functions returns the names of the functions that this scheduler can call.
func (s *Scheduler) Functions() []string { return s.settings.functions.Names() }

// Node returns the name of this scheduler, which is in the runs that it carries out.
func (s *Scheduler) Node() string { return s.node }
