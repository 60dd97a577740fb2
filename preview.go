package asyncz

import (
	"context"
	"fmt"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// PreviewJSON returns the task that AddJSON would keep, with the same errors, and
// keeps nothing. Whether its id is taken is not looked at.
func (s *Scheduler) PreviewJSON(ctx context.Context, description []byte, opts ...TaskOption) (Task, error) {
	d, err := s.draftFromJSON(description, opts)
	if err != nil {
		return Task{}, err
	}
	p, st, err := s.prepare(d)
	if err != nil {
		return Task{}, err
	}
	return newTask(p.alias, st), nil
}

// PreviewUpdateJSON returns a task as it is and as UpdateTaskJSON would make it,
// with the same errors, and changes nothing.
func (s *Scheduler) PreviewUpdateJSON(ctx context.Context, id string, changes []byte, opts ...TaskOption) (before, after Task, err error) {
	read, err := readChanges(id, changes)
	if err != nil {
		return before, after, err
	}
	opts = append(opts, read)
	p, want, err := s.find(ctx, id, opts)
	if err != nil {
		return before, after, err
	}
	var st, next *lifecycle.State
	if st, _, err = p.engine.Get(ctx, id); err == nil {
		err = want.met(st)
	}
	if err != nil {
		return before, after, fmt.Errorf("task %q: %w", id, err)
	}
	if next, err = s.redefinition(p, id, opts)(st); err != nil {
		return before, after, err
	}
	return newTask(p.alias, st), newTask(p.alias, next), nil
}
