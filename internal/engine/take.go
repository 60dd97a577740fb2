package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

// takeDue reads what is due, for each executor no more than it has room for,
// and plans it. It reports whether there may be more at once.
func (e *Engine) takeDue(ctx context.Context, now time.Time) (more bool, err error) {
	l := &e.loop
	e.mu.Lock()
	e.look, e.hint = false, time.Time{}
	e.mu.Unlock()
	l.polled, l.next, l.open = now, time.Time{}, l.open[:0]
	passed := len(l.skipped)
	clear(l.skipped)
	for alias, x := range e.Executors {
		full := l.full[alias]
		full.Store(true) // before the look, so that no wake-up falls in between
		free := x.Reserve(batchSize)
		if free == 0 {
			continue
		}
		// What was left to others the last time may still be there, and takes no place.
		k := &take{x: x, free: free, claim: e.claims(now)}
		q := store.DueQuery{At: now, Executors: []string{alias}, Limit: free + passed}
		n, err := e.takeFor(ctx, k, q)
		if n < q.Limit && !k.short {
			full.Store(false)
		}
		x.Release(k.free)
		switch {
		case err != nil:
			return false, err
		case n == q.Limit && (k.planned > 0 || len(l.skipped) > passed):
			more = true
		case !k.short:
			l.open = append(l.open, alias)
		}
	}
	return more, nil
}

// A take is a look at what is due for one executor.
type take struct {
	x       executor.Executor
	free    int  // places that are reserved and not used yet
	claim   bool // what it finds is kept from others for a while
	planned int
	short   bool // there were not places enough
}

// room takes a place for a run.
func (k *take) room() bool {
	ok := reserver(k.x, &k.free)()
	k.short = k.short || !ok
	return ok
}

// claims reports whether due tasks are claimed before they are planned: in
// company, so that nodes which look at the same moment don't plan the same tasks.
// A node that has met tasks lately which it can't run leaves that to the others,
// because it would keep such tasks from those who can.
func (e *Engine) claims(now time.Time) bool {
	return e.disk.claimer != nil && e.inCompany(now) && now.Sub(e.loop.strange).Abs() >= companyFor
}

// takeFor plans what is due for one executor, and returns how much was.
func (e *Engine) takeFor(ctx context.Context, k *take, q store.DueQuery) (int, error) {
	brief, cancel := e.brief(ctx)
	records, err := e.disk.due(brief, q, q.At.Add(e.withinLease(longestHold)), k.claim)
	cancel()
	states := e.unpackAll(ctx, records)
	m := e.moment(q.At, k.room)
	working := e.isWorking() // it may have been told to pause or stop meanwhile
	for i := range records {
		if working {
			e.plan(&records[i], states[i], k, m)
		} else if k.claim {
			e.unclaim(&records[i], states[i], q.At)
		}
	}
	return len(records), err
}

func (e *Engine) isWorking() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.paused && !e.draining
}

// nextDue finds out when the next task is due, those aside that are left to
// others for now.
func (e *Engine) nextDue(ctx context.Context, now time.Time) (time.Time, error) {
	l := &e.loop
	ctx, cancel := e.brief(ctx)
	defer cancel()
	if len(l.skipped) == 0 {
		return e.disk.NextDue(ctx, l.open)
	}
	q := store.DueQuery{At: now.Add(headStart), Executors: l.open, Limit: len(l.skipped) + 1}
	soon, err := e.disk.Due(ctx, q)
	for _, r := range soon {
		if !l.skipped[r.ID] {
			return r.Due, err
		}
	}
	return q.At, err
}

// unpacked is the state in a record, or why it can't be read.
type unpacked struct {
	state *lifecycle.State
	err   error
}

// unpackAll reads the states in records.
func (e *Engine) unpackAll(ctx context.Context, records []store.Record) []unpacked {
	l := &e.loop
	l.unpacked = slices.Grow(l.unpacked[:0], len(records))[:len(records)]
	e.each(len(records), func(i int) {
		u := &l.unpacked[i]
		u.state, u.err = e.unpack(ctx, &records[i])
	})
	return l.unpacked
}

// unpack reads the state in a record. One that looks put back may only have been
// read before this process wrote the next one, so it is read again.
func (e *Engine) unpack(ctx context.Context, r *store.Record) (*lifecycle.State, error) {
	s, err := e.Keeper.Unpack(*r)
	if !errors.Is(err, record.ErrRolledBack) {
		return s, err
	}
	ctx, cancel := e.brief(ctx)
	defer cancel()
	again, geterr := e.disk.Get(ctx, r.ID)
	if geterr != nil {
		return nil, err
	}
	*r = again
	return e.Keeper.Unpack(again)
}
