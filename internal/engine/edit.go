package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

// mostTries is how often an edit is planned anew after losing against another
// write of the same task.
const mostTries = 64

// Now is the time by which the engine goes: the store's, if it has one.
func (e *Engine) Now() time.Time { return e.disk.now() }

// LookAtClock asks a store that has a clock for its time, by which Now goes from
// then on.
func (e *Engine) LookAtClock(ctx context.Context) error {
	if e.disk.clock == nil {
		return nil
	}
	return e.disk.clock.look(ctx)
}

// Add keeps a new task.
func (e *Engine) Add(ctx context.Context, s *lifecycle.State) error {
	r, err := e.Keeper.Pack(s, 0)
	if err != nil {
		return err
	}
	if err := e.disk.Add(ctx, r); err != nil {
		return err
	}
	e.added(r, s)
	return nil
}

// AddAll keeps many new tasks and returns one result each.
func (e *Engine) AddAll(ctx context.Context, states []*lifecycle.State) ([]error, error) {
	writes, errs := make([]store.Write, len(states)), make([]error, len(states))
	e.each(len(states), func(i int) {
		writes[i].Op = store.OpAdd
		writes[i].Record, errs[i] = e.Keeper.Pack(states[i], 0)
	})
	if err := firstOf(errs); err != nil {
		return nil, err
	}
	results, err := e.disk.batch(ctx, writes)
	for i := range results {
		if results[i] == nil {
			e.added(writes[i].Record, states[i])
		}
	}
	return results, err
}

// Write does conditional writes that were packed elsewhere and returns one result
// each. An error means that any part of them may have been done.
func (e *Engine) Write(ctx context.Context, writes []store.Write) ([]error, error) {
	results, err := e.disk.batch(ctx, writes)
	for i := range results {
		if results[i] == nil {
			e.soon(writes[i].Record.Due)
		}
	}
	return results, err
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) added(r store.Record, s *lifecycle.State) {
	e.Keeper.Wrote(r, s)
	e.soon(r.Due)
}

// Get returns a task and its revision.
func (e *Engine) Get(ctx context.Context, id string) (*lifecycle.State, uint64, error) {
	r, err := e.disk.Get(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	s, err := e.unpack(ctx, &r)
	return s, r.Rev, err
}

// Edit changes a task by a transition, which is applied again when somebody else
// changed the task meanwhile. A state that is Done is removed. It returns what
// stands in the store afterwards.
func (e *Engine) Edit(ctx context.Context, id string, f func(*lifecycle.State) (*lifecycle.State, error)) (*lifecycle.State, error) {
	var before *lifecycle.State
	s, _, err := e.edit(ctx, id, func(s *lifecycle.State) (*lifecycle.State, error) {
		before = s
		return f(s)
	})
	if err == nil {
		e.soon(s.Due())
		e.dropped(before, s)
	}
	return s, err
}

// dropped reports the fires that an edit has set aside.
func (e *Engine) dropped(before, after *lifecycle.State) {
	for _, x := range lifecycle.Dropped(before, after, e.Now()) {
		e.Observer.RunEnded(before.Def, x, Left{})
	}
}

func (e *Engine) edit(ctx context.Context, id string, f func(*lifecycle.State) (*lifecycle.State, error)) (*lifecycle.State, uint64, error) {
	for try := range mostTries {
		if try > 2 { // many at once: come back apart
			if err := pause(ctx, rand.N(time.Duration(try)*time.Millisecond)); err != nil {
				return nil, 0, err
			}
		}
		s, rev, err := e.Get(ctx, id)
		if err != nil {
			return nil, 0, err
		}
		next, err := f(s)
		if err != nil || next == s {
			return s, rev, err
		}
		err = e.replace(ctx, next, rev)
		if err == nil {
			return next, rev + 1, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return nil, 0, err
		}
	}
	return nil, 0, fmt.Errorf("task %q: %w, %d times in a row", id, store.ErrConflict, mostTries)
}

// replace writes a state in place of a revision.
func (e *Engine) replace(ctx context.Context, s *lifecycle.State, rev uint64) error {
	if s.Done() {
		err := e.disk.Delete(ctx, s.Def.ID, rev)
		if err == nil {
			e.Keeper.Removed(s.Def.ID)
		}
		return err
	}
	r, err := e.Keeper.Pack(s, rev)
	if err != nil {
		return err
	}
	if err := e.disk.Update(ctx, r); err != nil {
		return err
	}
	e.Keeper.Wrote(r, s)
	return nil
}

// Remove removes a task, also one that can't be read; runs in flight may end. may is
// asked before, with nil for one that can't be read.
func (e *Engine) Remove(ctx context.Context, id string, may func(*lifecycle.State) error) error {
	for range mostTries {
		before, rev, err := e.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) || ctx.Err() != nil {
			return err
		}
		if err != nil { // nothing is known of its fires
			before, rev = nil, 0
		}
		if err := may(before); err != nil {
			return err
		}
		err = e.disk.Delete(ctx, id, rev)
		if errors.Is(err, store.ErrConflict) {
			continue // it has changed: what is reported must be what is removed
		}
		if err == nil {
			e.Keeper.Removed(id)
			if before != nil {
				e.dropped(before, nil)
			}
		}
		return err
	}
	return fmt.Errorf("task %q: %w, %d times in a row", id, store.ErrConflict, mostTries)
}

// Clear removes all tasks.
func (e *Engine) Clear(ctx context.Context) error { return e.disk.Clear(ctx) }

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
