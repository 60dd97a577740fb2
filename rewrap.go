package asyncz

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// Progress is how far a long piece of work is.
type Progress struct {
	Seen    int // records looked at
	Written int // records written anew
	Failed  int // records that could not be read and stayed as they are
}

// Rewrap writes all records of a store anew that are not sealed with the key
// that seals now, so that older keys can be given up. plain also takes in
// records that are not sealed at all; without it they are refused, because
// whoever could write to the store could have put them there.
//
// It can be broken off and begun again, and schedulers may work meanwhile.
// report, which may be nil, is called after each record.
func (s *Scheduler) Rewrap(ctx context.Context, alias string, plain bool, report func(Progress)) (done Progress, err error) {
	p, err := s.partOf(alias)
	if err != nil {
		return done, err
	}
	if !p.keeper.Sealed() {
		return done, fmt.Errorf("store %q: %w: set %s or %s", alias, seal.ErrKeyRequired, EnvKey, EnvKeyFile)
	}
	var failures []error
	for r, err := range p.store.All(ctx) {
		switch {
		case errors.Is(err, store.ErrCorrupt):
		case err != nil:
			return done, fmt.Errorf("store %q: %w", alias, err)
		case p.keeper.Current(r):
		default:
			err = p.rewrap(ctx, r, plain)
			if err == nil {
				done.Written++
			}
		}
		done.Seen++
		if err != nil {
			done.Failed++
			if len(failures) < 10 {
				failures = append(failures, fmt.Errorf("task %q: %w", r.ID, err))
			}
		}
		if report != nil {
			report(done)
		}
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
	}
	return done, errors.Join(failures...)
}

// rewrap writes one record anew. If somebody else writes it meanwhile, it is
// read again: they may have done it, or may use an older key.
func (p *part) rewrap(ctx context.Context, r store.Record, plain bool) error {
	for range 10 {
		next, st, err := p.keeper.Rewrap(r, plain)
		if err != nil {
			return err
		}
		err = p.store.Update(ctx, next)
		switch {
		case err == nil:
			p.keeper.Wrote(next, st)
			return nil
		case errors.Is(err, store.ErrNotFound):
			return nil
		case !errors.Is(err, store.ErrConflict):
			return err
		}
		if r, err = p.store.Get(ctx, r.ID); errors.Is(err, store.ErrNotFound) || err == nil && p.keeper.Current(r) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return store.ErrConflict
}
