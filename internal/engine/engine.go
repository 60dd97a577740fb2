// Package engine drives the tasks of one store: it claims what is due, plans,
// writes, hands runs to executors, and notes how they ended. All rules are in
// package lifecycle; this package decides only when and in which batches they
// are applied.
//
// One goroutine, the loop, makes all of the engine's own writes. Each is
// conditional on the revision that it was planned from, so that it loses, and
// plans again, against whoever else writes the same task: another process, or
// an edit through this one.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

// A Function carries out the runs of a task.
type Function interface {
	// Call runs the function. An error that has a method Permanent() bool which
	// returns true is not tried again.
	Call(ctx context.Context, args lifecycle.Args) (any, error)
}

// Config is what an engine works with. Nothing in it is optional but Around and Watching.
type Config struct {
	Alias     string
	Store     store.Store
	Keeper    *record.Keeper
	Node      string
	About     About
	Executors map[string]executor.Executor
	Functions func(name string) (Function, bool)
	Observer  Observer
	Around    func(ctx context.Context) (any, error) // carries an attempt out; Invoke when nil
	Watching  func(Call)                             // is told of each call on the store; may be nil
	Logger    *slog.Logger

	Lease     time.Duration // how long a run is a node's without renewal
	Heartbeat time.Duration // how often leases are renewed
	Poll      time.Duration // how often the store is asked for what others did
}

// An Engine drives the tasks of one store.
type Engine struct {
	Config
	disk disk

	runs       context.Context // of all runs; ends when they must
	cancelRuns context.CancelCauseFunc
	stopped    chan struct{} // closed when the loop has ended
	ending     chan struct{} // closed to end the loop
	wake       chan struct{} // holds one wake-up
	left       chan struct{} // closed when the node has left the list of nodes
	news       chan struct{} // holds one word to tell the other nodes now
	started    time.Time
	made       time.Time // by this node's monotonic clock
	roster     atomic.Pointer[roster]

	company atomic.Bool  // others use the store, as the engine was told
	raced   atomic.Int64 // when a race was last lost, in nanoseconds since 1970
	renewed atomic.Int64 // when all leases in hand were last renewed
	hands   sync.Mutex   // held to change which attempts are in hand, and to read that outside the loop

	mu        sync.Mutex // guards what follows
	completed []*handle
	paused    bool
	draining  bool
	hint      time.Time     // something is due at this time that the loop may not know of
	look      bool          // the store must be asked again
	idle      chan struct{} // closed when nothing is in hand; made by drain

	loop loop // the loop's own
}

// New returns an engine that does nothing until Start.
func New(c Config) *Engine {
	if c.Around == nil {
		c.Around = Invoke
	}
	e := &Engine{
		Config: c, disk: newDisk(c.Store, c.Watching), stopped: make(chan struct{}), ending: make(chan struct{}),
		wake: make(chan struct{}, 1), left: make(chan struct{}),
		news: make(chan struct{}, 1), look: true, made: time.Now(),
	}
	e.runs, e.cancelRuns = context.WithCancelCause(context.Background())
	e.loop.init(e)
	return e
}

// Start begins to drive the tasks. LookAtClock must have succeeded before.
func (e *Engine) Start() {
	go e.run()
	e.watch()
	e.beats()
}

// Pause stops the engine from taking work; runs go on.
func (e *Engine) Pause(on bool) {
	e.mu.Lock()
	e.paused, e.look = on, true
	e.mu.Unlock()
	e.signal()
	select {
	case e.news <- struct{}{}:
	default:
	}
}

// Look makes the engine ask its store again: something may have changed.
func (e *Engine) Look() {
	e.mu.Lock()
	e.look = true
	e.mu.Unlock()
	e.signal()
}

// soon tells the loop that something is due at this time.
func (e *Engine) soon(due time.Time) {
	if due.IsZero() {
		return
	}
	e.mu.Lock()
	earlier := e.hint.IsZero() || due.Before(e.hint)
	if earlier {
		e.hint = due
	}
	e.mu.Unlock()
	if earlier {
		e.signal()
	}
}

func (e *Engine) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// moment is the world as the transitions may see it.
func (e *Engine) moment(now time.Time, room func() bool) *lifecycle.Moment {
	return &lifecycle.Moment{
		Now: now, Node: e.Node, Lease: e.lease(), Alive: e.loop.alive, Room: room, Random: rand.Float64,
	}
}

// brief bounds one of the engine's own calls of the store, so that a connection
// over which no answer comes any more doesn't hold up the loop. What takes as
// long as this has outlived the leases that the loop must renew.
func (e *Engine) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.lease() == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, e.Lease-e.Heartbeat)
}

// withinLease cuts a wait to half a lease: whatever it keeps from being done must be
// done within a lease after the last fault is over.
func (e *Engine) withinLease(d time.Duration) time.Duration {
	if e.lease() == 0 {
		return d
	}
	return min(d, e.lease()/2)
}

var errNoAnswer = errors.New("the store did not answer in time")

// lease is how long a run is ours; 0 where nothing can outlive this process.
func (e *Engine) lease() time.Duration {
	if e.Keeper.Live() {
		return 0
	}
	return e.Lease
}
