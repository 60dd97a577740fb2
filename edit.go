package asyncz

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/trigger"
)

// UpdateTask changes the definition of a task; what no option speaks of stays as
// it is. With a new trigger the next run time is computed anew.
func (s *Scheduler) UpdateTask(ctx context.Context, id string, opts ...TaskOption) (Task, error) {
	p, want, err := s.find(ctx, id, opts)
	if err != nil {
		return Task{}, err
	}
	return s.change(ctx, p, id, want, TaskUpdated{s.header(p.alias, id)}, s.redefinition(p, id, opts))
}

// redefinition is the transition that applies options to the definition of a task.
func (s *Scheduler) redefinition(p *part, id string, opts []TaskOption) transition {
	return func(st *lifecycle.State) (*lifecycle.State, error) {
		d := new(draft).of(st.Def)
		d.store = p.alias
		d.apply(opts)
		d.def.ID = id
		if err := s.validate(p, &d.def); err != nil {
			return nil, fmt.Errorf("%w %q: %w", ErrTask, id, err)
		}
		if st.Def.Equal(&d.def) {
			return st, nil
		}
		return lifecycle.Redefine(st, d.settled(), p.engine.Now(), mathrand.Float64)
	}
}

// UpdateTaskJSON is UpdateTask with the changes as JSON: the fields of the form
// of AddJSON that are to change.
func (s *Scheduler) UpdateTaskJSON(ctx context.Context, id string, changes []byte, opts ...TaskOption) (Task, error) {
	read, err := readChanges(id, changes)
	if err != nil {
		return Task{}, err
	}
	return s.UpdateTask(ctx, id, append(opts, read)...)
}

func readChanges(id string, changes []byte) (TaskOption, error) {
	if err := (&lifecycle.Definition{Policy: lifecycle.DefaultPolicy()}).UnmarshalJSON(changes); err != nil {
		return nil, fmt.Errorf("%w %q: %w", ErrTask, id, err)
	}
	return func(d *draft) { _ = d.def.UnmarshalJSON(changes) }, nil // checked above
}

// Reschedule gives a task another trigger.
func (s *Scheduler) Reschedule(ctx context.Context, id string, t trigger.Trigger, opts ...TaskOption) (Task, error) {
	return s.UpdateTask(ctx, id, append(opts, When(t))...)
}

// PauseTask holds a task back until ResumeTask, through all restarts. Runs that
// have begun go on; one that has failed is tried again after the resume.
func (s *Scheduler) PauseTask(ctx context.Context, id string, opts ...TaskOption) (Task, error) {
	p, want, err := s.find(ctx, id, opts)
	if err != nil {
		return Task{}, err
	}
	return s.change(ctx, p, id, want, TaskPaused{s.header(p.alias, id)}, func(st *lifecycle.State) (*lifecycle.State, error) {
		if st.Paused {
			return st, nil
		}
		return lifecycle.Pause(st), nil
	})
}

// ResumeTask lets a paused task go on, from the next fire that is to come: those
// in between were paused, not missed. A one-shot task whose time has passed
// meanwhile fires now. A task that has nothing left to come is removed.
func (s *Scheduler) ResumeTask(ctx context.Context, id string, opts ...TaskOption) (Task, error) {
	p, want, err := s.find(ctx, id, opts)
	if err != nil {
		return Task{}, err
	}
	return s.change(ctx, p, id, want, TaskResumed{s.header(p.alias, id)}, func(st *lifecycle.State) (*lifecycle.State, error) {
		if !st.Paused {
			return st, nil
		}
		return lifecycle.Resume(st, p.engine.Now(), mathrand.Float64), nil
	})
}

// RunTask asks for a run now, beside the schedule and also of a paused task. Any
// scheduler on the store may carry it out. It returns the run, by whose ID its
// events and logs can be known.
func (s *Scheduler) RunTask(ctx context.Context, id string, opts ...TaskOption) (Run, error) {
	p, want, err := s.find(ctx, id, opts)
	if err != nil {
		return Run{}, err
	}
	var run lifecycle.Run
	_, err = p.engine.Edit(ctx, id, func(st *lifecycle.State) (next *lifecycle.State, err error) {
		if err := want.met(st); err != nil {
			return nil, err
		}
		next, run, err = lifecycle.RunNow(st, p.engine.Now())
		return next, err
	})
	if err != nil {
		return Run{}, fmt.Errorf("task %q: %w", id, err)
	}
	s.index.touched(p.alias, id)
	return newRun(p.alias, id, &run), nil
}

// RemoveTask removes a task, also one that can't be read. A run that has begun
// may end.
func (s *Scheduler) RemoveTask(ctx context.Context, id string, opts ...TaskOption) error {
	p, want, err := s.find(ctx, id, opts)
	if err != nil {
		return err
	}
	if err := p.engine.Remove(ctx, id, want.met); err != nil {
		return fmt.Errorf("task %q: %w", id, err)
	}
	s.index.touched(p.alias, id)
	s.tell(TaskRemoved{s.header(p.alias, id), false})
	return nil
}

// RemoveAllTasks removes all tasks of one store, also those that can't be read.
func (s *Scheduler) RemoveAllTasks(ctx context.Context, alias string) error {
	p, err := s.partOf(alias)
	if err != nil {
		return err
	}
	if err := p.engine.Clear(ctx); err != nil {
		return fmt.Errorf("store %q: %w", alias, err)
	}
	s.index.touched(alias, "")
	s.tell(TaskRemoved{s.header(alias, ""), false})
	return nil
}

// A transition makes the next state of a task.
type transition = func(*lifecycle.State) (*lifecycle.State, error)

// A wanted is the version that a task must have to be changed; "" is any.
type wanted string

// met returns an error if the task has another version. st is nil for a task that
// can't be read.
func (w wanted) met(st *lifecycle.State) error {
	switch {
	case w == "":
		return nil
	case st == nil:
		return fmt.Errorf("%w: it can't be read, so that its version is not known", ErrConflict)
	case st.Version() != string(w):
		return fmt.Errorf("%w: it has the version %s by now, not %s; look at it again", ErrConflict, st.Version(), string(w))
	}
	return nil
}

// change edits a task, tells of it when something was written, and returns the
// task as it stands then.
func (s *Scheduler) change(ctx context.Context, p *part, id string, want wanted, e Event, f transition) (Task, error) {
	var before *lifecycle.State
	st, err := p.engine.Edit(ctx, id, func(st *lifecycle.State) (*lifecycle.State, error) {
		before = st
		if err := want.met(st); err != nil {
			return nil, err
		}
		return f(st)
	})
	switch {
	case errors.Is(err, ErrTask):
		return Task{}, err
	case err != nil:
		return Task{}, fmt.Errorf("task %q: %w", id, err)
	case st != before:
		s.index.touched(p.alias, id)
		s.tell(e)
		if st.Done() {
			s.tell(TaskRemoved{s.header(p.alias, id), true})
		}
	}
	return newTask(p.alias, st), nil
}
