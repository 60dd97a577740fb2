package engine

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/internal/nodeclock"
	"github.com/go-asyncz/asyncz/store"
)

// A disk is a store with its optional parts, each done another way where the
// store lacks it.
type disk struct {
	store.Store
	claimer store.Claimer
	batcher store.Batcher
	clock   *storeClock
	tell    func(Call) // nil: nobody listens
}

func newDisk(s store.Store, tell func(Call)) disk {
	d := disk{Store: s, tell: tell}
	if tell != nil {
		d.Store = observed{s, tell}
	}
	d.claimer, _ = s.(store.Claimer)
	d.batcher, _ = s.(store.Batcher)
	if c, ok := s.(store.Clock); ok {
		d.clock = &storeClock{of: c}
	}
	return d
}

// batch does the writes and returns one result each. An error means that any
// part of them may have been done.
func (d disk) batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if d.batcher != nil {
		began := d.began()
		results, err := d.batcher.Batch(ctx, writes)
		if d.tell != nil {
			d.tellBatch(began, writes, results, err)
		}
		return results, err
	}
	results := make([]error, len(writes))
	for i, w := range writes {
		switch w.Op {
		case store.OpAdd:
			results[i] = d.Add(ctx, w.Record)
		case store.OpUpdate:
			results[i] = d.Update(ctx, w.Record)
		case store.OpDelete:
			results[i] = d.Delete(ctx, w.Record.ID, w.Record.Rev)
		}
		if err := results[i]; err != nil && !decided(err) {
			return nil, err
		}
	}
	return results, nil
}

// decided reports whether the store has said no to a write, rather than failed.
func decided(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) ||
		errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrInvalid) || errors.Is(err, store.ErrCorrupt)
}

// due reads due records, or claims them.
func (d disk) due(ctx context.Context, q store.DueQuery, hold time.Time, claim bool) ([]store.Record, error) {
	if claim {
		do := func() ([]store.Record, error) { return d.claimer.Claim(ctx, q, hold) }
		if d.tell != nil {
			return observed{tell: d.tell}.taken("claim", do)
		}
		return do()
	}
	return d.Due(ctx, q)
}

// now is the time that all nodes on the store share.
func (d disk) now() time.Time {
	if d.clock == nil {
		return nodeclock.Now()
	}
	return d.clock.now()
}

// sure reports whether now can be relied upon.
func (d disk) sure() bool { return d.clock == nil || d.clock.sure() }

// wait returns how long to wait for the time that now tells to go on by this much.
func (d disk) wait(by time.Duration) time.Duration {
	if d.clock == nil {
		return by
	}
	return d.clock.longer(by)
}
