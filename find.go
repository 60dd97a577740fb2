package asyncz

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

// find returns the store that has a task: the one that InStore names, or the
// only one of all; and what IfVersion says.
func (s *Scheduler) find(ctx context.Context, id string, opts []TaskOption) (*part, wanted, error) {
	if s.over() {
		return nil, "", ErrStopped
	}
	d := blank()
	d.apply(opts)
	p, err := s.holder(ctx, id, d.store)
	return p, wanted(d.version), err
}

// holder returns the store of this alias, or the one that has the task.
func (s *Scheduler) holder(ctx context.Context, id, alias string) (*part, error) {
	if alias != "" {
		return s.partOf(alias)
	}
	if len(s.aliases) == 1 {
		return s.parts[s.aliases[0]], nil
	}
	var found *part
	for _, alias := range s.aliases {
		p := s.parts[alias]
		_, err := p.store.Get(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil && !errors.Is(err, store.ErrCorrupt):
			return nil, fmt.Errorf("store %q: %w", alias, err)
		case found != nil:
			return nil, fmt.Errorf("task %q: %w: %s and %s", id, ErrAmbiguous, found.alias, alias)
		default:
			found = p
		}
	}
	if found == nil {
		return nil, fmt.Errorf("task %q: %w", id, ErrNotFound)
	}
	return found, nil
}
