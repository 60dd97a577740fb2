package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

const (
	// longestSleep makes a suspended machine and a stepped clock be noticed.
	longestSleep = time.Minute
	// batchSize is how many due tasks of one executor are taken at a time: enough
	// to share a round trip, few enough to start the first of them soon.
	batchSize = 1000
	// longestHold is how long a claim keeps others away, at most, before its plan is
	// written.
	longestHold = 5 * time.Second
	// longestRetry is the longest wait between two tries of a store that fails.
	longestRetry = 5 * time.Second
	// companyFor is how long after a lost race due tasks are claimed before they
	// are planned.
	companyFor = time.Minute
)

// A loop is what the engine's one goroutine knows.
type loop struct {
	e       *Engine
	held    map[string]*holding // tasks with runs in this node's hands
	changes []*change           // of this cycle
	pool    []*change           // memory for them
	used    int                 // how much of it is in use
	losers  []*handle           // attempts that have ended too late
	ahead   flight              // what is written while the rest is planned
	rest    flight
	// memory for what is read at a time, and for the changes that go ahead
	unpacked []unpacked
	first    []*change
	full     map[string]*atomic.Bool // executors that had too little room, by alias
	skipped  map[string]bool         // due tasks that are left to others for now
	open     []string                // executors that had room for more than was due
	more     bool                    // there may be more due than was taken
	next     time.Time               // the earliest that is due in the store, as far as known
	polled   time.Time               // when the store was last asked
	beat     time.Time               // when leases were last renewed
	strange  time.Time               // when a task was last met that can't be run here, and may be elsewhere
	leaving  bool                    // the scheduler stops
	outage   outage
	doubt    doubt
	notices  notices
	leave    farewell
}

func (l *loop) init(e *Engine) {
	l.e, l.held, l.notices, l.skipped = e, map[string]*holding{}, notices{}, map[string]bool{}
	l.open = []string{} // nil would ask a store for all
}

// alive reports whether a run is in this node's hands.
func (l *loop) alive(id string, r lifecycle.Run) bool {
	t := l.held[id]
	if t == nil {
		return false
	}
	for _, h := range t.handles {
		if h.run.Attempt == r.Attempt && h.run.Fire.Equal(r.Fire) {
			return true
		}
	}
	return false
}

// run is the loop: one cycle after the other, asleep in between.
func (e *Engine) run() {
	defer close(e.stopped)
	e.onFree()
	timer := time.NewTimer(0)
	defer timer.Stop()
	ctx := context.Background()
	for last := 0; ; {
		again := e.cycle(ctx)
		ending := e.ending
		if e.told() { // looked at once a turn: what comes after this look wakes the loop
			ending = nil
			if last++; e.noted() || last > lastTries {
				return
			}
		}
		if again {
			continue
		}
		timer.Reset(e.disk.wait(e.sleep(e.disk.now())))
		wake := e.wake
		if e.loop.outage.on() {
			wake = nil // a store that fails isn't asked more often for being busy
		}
		select {
		case <-timer.C:
		case <-wake:
		case <-ending:
		}
	}
}

// lastTries is how often a loop that has been told to end tries to write the
// last results while its store fails.
const lastTries = 5

// sleep returns how long nothing needs doing.
func (e *Engine) sleep(now time.Time) time.Duration {
	l := &e.loop
	wait := longestSleep
	until := func(at time.Time) {
		if !at.IsZero() {
			wait = min(wait, max(at.Sub(now), 0))
		}
	}
	e.mu.Lock()
	idle := e.paused || e.draining
	hint := e.hint
	e.mu.Unlock()
	if l.outage.on() {
		return min(wait, l.outage.wait)
	}
	if !idle {
		until(l.next)
		until(hint)
		if !e.Keeper.Live() {
			until(l.polled.Add(e.Poll))
		}
	}
	if len(l.held) > 0 && e.lease() > 0 {
		until(l.beat.Add(e.Heartbeat))
	}
	return wait
}

// told reports whether the loop has been told to end.
func (e *Engine) told() bool {
	select {
	case <-e.ending:
		return true
	default:
		return false
	}
}

// noted reports whether no ended attempt waits to be written.
func (e *Engine) noted() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.completed) == 0 && !e.loop.doubt.on()
}

// An outage is a time in which the store fails.
type outage struct {
	since time.Time
	wait  time.Duration // until the next try
}

func (o *outage) on() bool { return !o.since.IsZero() }

// failed notes that the store failed, and lengthens the wait for the next try.
func (e *Engine) failed(err error) {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	o := &e.loop.outage
	if !o.on() {
		o.since, o.wait = time.Now(), 50*time.Millisecond
		e.Logger.Error("the store fails", "store", e.Alias, "error", err)
		e.Observer.StoreFailed(err)
		return
	}
	o.wait = e.withinLease(min(2*o.wait, longestRetry))
}

// recovered notes that the store works.
func (e *Engine) recovered() {
	if o := &e.loop.outage; o.on() {
		e.Logger.Info("the store works again", "store", e.Alias, "outage", time.Since(o.since).Round(time.Millisecond))
		*o = outage{}
		e.Observer.StoreRecovered()
		e.Look()
	}
}

// onFree wakes the loop when an executor that was full has room again. A place
// that this loop itself gives back because nothing was due for it is no news:
// see executor.Executor.
func (e *Engine) onFree() {
	e.loop.full = map[string]*atomic.Bool{}
	for alias, x := range e.Executors {
		full := new(atomic.Bool)
		e.loop.full[alias] = full
		remove := x.OnFree(func() {
			if full.Load() {
				e.Look()
			}
		})
		go func() { <-e.stopped; remove() }()
	}
}
