package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/internal/nodeclock"
	"github.com/go-asyncz/asyncz/store"
)

// A storeClock is the store's own time as far as this node can be sure of it: a
// lower bound, so that nothing fires early and no lease looks ended that is not.
//
// A look proves that the store's time is at least what it said once the answer
// is there. How much of the round trip was the way back can't be known. Between
// two looks the bound is carried on by the monotonic clock, which no clock step
// moves; it stands still while a machine is suspended, which the next look mends.
type storeClock struct {
	of   store.Clock
	mu   sync.Mutex // held to replace last
	last atomic.Pointer[reading]
}

// A reading is what is known after a look.
type reading struct {
	store time.Time // the store's time was not before this
	local time.Time // when it was so, with a monotonic part
	wall  time.Time // what this node's wall clock showed then
	skew  time.Duration
}

const (
	// A monotonic clock may run faster than the store's by one part in 2^driftBits
	// (122 in a million, more than the quartz of a computer does); so much is taken
	// off what it adds.
	driftBits = 13
	// coarse is how much of its time a store may cut off.
	coarse = 2 * time.Millisecond
	// standstill is how far the wall clock has run ahead of the monotonic one when
	// the machine seems to have been suspended.
	standstill = time.Second
)

// at returns the bound at a moment.
func (r *reading) at(local time.Time) time.Time {
	passed := local.Sub(r.local)
	return r.store.Add(passed - passed>>driftBits)
}

// look asks the store.
func (c *storeClock) look(ctx context.Context) error {
	wallBefore, before := nodeclock.Now(), time.Now()
	at, err := c.of.Now(ctx)
	if err != nil {
		return err
	}
	after, wallAfter := time.Now(), nodeclock.Now()
	at = at.Round(0)
	c.mu.Lock()
	defer c.mu.Unlock()
	r := &reading{store: at, local: after, wall: wallAfter.Round(0), skew: skew(at, wallBefore, wallAfter)}
	r.improve(c.last.Load(), before)
	c.last.Store(r)
	return nil
}

// improve makes a reading, of a look that began at a moment, better by what was
// known before: an earlier look may have had a quicker answer.
func (r *reading) improve(last *reading, began time.Time) {
	if last == nil || last.at(began).Sub(r.store) > coarse {
		return // there was none, or the store's clock was set back
	}
	if carried := last.at(r.local); carried.After(r.store) {
		r.store = carried
	}
}

// skew returns how far a wall clock is certainly from the store's, ahead of it or
// (negative) behind. The store said at while the wall clock went from one reading
// to the other.
func skew(at, before, after time.Time) time.Duration {
	return max(before.Round(0).Sub(at), 0) + min(after.Round(0).Sub(at), 0)
}

func (c *storeClock) now() time.Time {
	r := c.last.Load()
	if r == nil {
		return nodeclock.Now()
	}
	return r.at(time.Now())
}

// sure is false when this machine seems to have been suspended since the last
// look, so that what now tells is too early by nobody knows how much.
func (c *storeClock) sure() bool {
	r := c.last.Load()
	return r == nil || nodeclock.Now().Round(0).Sub(r.wall)-time.Since(r.local) < standstill
}

// longer returns how long this node must wait for the store's clock, as now
// tells it, to go on by d.
func (c *storeClock) longer(d time.Duration) time.Duration { return d + d>>(driftBits-1) }

// Skew returns how far this node's wall clock was ahead of the store's at the
// last look, or (negative) behind it: what is certain of it, so that a slow
// answer never passes for a wrong clock. It returns false while nothing is known:
// the store has no clock, or has not been asked yet.
func (e *Engine) Skew() (time.Duration, bool) {
	if e.disk.clock == nil {
		return 0, false
	}
	r := e.disk.clock.last.Load()
	if r == nil {
		return 0, false
	}
	return r.skew, true
}
