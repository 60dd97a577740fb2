package asyncz

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// Add keeps a task and returns it. When Add returns, the task is in its store,
// durably if the store is durable, and is fired by whatever scheduler uses the
// store. An id that is taken is [ErrExists], unless [Replace] is given.
func (s *Scheduler) Add(ctx context.Context, c Call, t trigger.Trigger, opts ...TaskOption) (Task, error) {
	d := drafts.Get().(*draft)
	defer func() { *d = draft{}; drafts.Put(d) }()
	s.fill(d, c, t, opts)
	return s.add(ctx, d)
}

// drafts are used again: each is larger than what is kept of it.
var drafts = sync.Pool{New: func() any { return new(draft) }}

// AddJSON keeps a task that is described in JSON, the form in which tasks are
// kept, shown and configured: see docs/tasks.md. Options are applied after it.
func (s *Scheduler) AddJSON(ctx context.Context, description []byte, opts ...TaskOption) (Task, error) {
	d, err := s.draftFromJSON(description, opts)
	if err != nil {
		return Task{}, err
	}
	return s.add(ctx, d)
}

func (s *Scheduler) newDraft(c Call, t trigger.Trigger, opts []TaskOption) *draft {
	d := new(draft)
	s.fill(d, c, t, opts)
	return d
}

func (s *Scheduler) fill(d *draft, c Call, t trigger.Trigger, opts []TaskOption) {
	d.of(&lifecycle.Definition{Executor: lifecycle.DefaultExecutor, Policy: lifecycle.DefaultPolicy()})
	d.store = DefaultAlias
	d.apply(s.settings.defaults)
	d.calls(c)
	d.def.Trigger = t
	d.apply(opts)
	if d.def.ID == "" {
		d.def.ID = strings.ToLower(rand.Text())
	}
}

// draftFromJSON reads a description. Beside the fields of the definition it may
// say store, paused and replace_existing.
func (s *Scheduler) draftFromJSON(description []byte, opts []TaskOption) (*draft, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(description, &fields); err != nil {
		return nil, fmt.Errorf("%w: not a JSON object: %w", ErrTask, err)
	}
	var fault error
	read := func(d *draft) {
		for key, into := range map[string]any{"store": &d.store, "paused": &d.paused, "replace_existing": &d.replace} {
			if raw, ok := fields[key]; ok {
				delete(fields, key)
				if err := json.Unmarshal(raw, into); err != nil {
					fault = fmt.Errorf("%w: %s: %s does not fit", ErrTask, key, raw)
				}
			}
		}
		rest, _ := json.Marshal(fields)
		if err := d.def.UnmarshalJSON(rest); err != nil {
			fault = fmt.Errorf("%w: %w", ErrTask, err)
		}
	}
	d := s.newDraft(Call{}, nil, append([]TaskOption{read}, opts...))
	return d, fault
}

func (s *Scheduler) add(ctx context.Context, d *draft) (Task, error) {
	p, st, err := s.prepare(d)
	if err != nil {
		return Task{}, err
	}
	if d.replace && d.version != "" { // it is about a task that is there
		return s.replace(ctx, p, d)
	}
	if err = p.engine.Add(ctx, st); errors.Is(err, store.ErrExists) && d.replace {
		return s.replace(ctx, p, d)
	}
	if err != nil {
		return Task{}, fmt.Errorf("task %q: %w", d.def.ID, err)
	}
	s.index.touched(p.alias, d.def.ID)
	s.tell(TaskAdded{s.header(p.alias, d.def.ID)})
	return newTask(p.alias, st), nil
}

// prepare checks a draft and makes the state of the task that it describes.
func (s *Scheduler) prepare(d *draft) (*part, *lifecycle.State, error) {
	if s.over() {
		return nil, nil, ErrStopped
	}
	p, err := s.partOf(d.store)
	if err == nil {
		err = s.validate(p, &d.def)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w %q: %w", ErrTask, d.def.ID, err)
	}
	def := d.settled()
	if !p.keeper.Live() && def.Local == nil {
		if def, err = def.Frozen(); err != nil {
			return nil, nil, fmt.Errorf("%w %q: %w", ErrTask, d.def.ID, err)
		}
	}
	st, err := lifecycle.New(def, p.engine.Now(), mathrand.Uint64(), mathrand.Float64)
	if err != nil {
		return nil, nil, fmt.Errorf("%w %q: trigger: %w: %s", ErrTask, d.def.ID, err, d.def.Trigger)
	}
	if d.paused {
		st = lifecycle.Pause(st)
	}
	return p, st, nil
}

func (s *Scheduler) validate(p *part, def *lifecycle.Definition) error {
	if err := store.CheckID(def.ID); err != nil {
		return err
	}
	if err := def.Validate(); err != nil {
		return err
	}
	if def.Local != nil && !p.keeper.Live() {
		return fmt.Errorf("function: one without a name can't be kept in the store %q; register it", p.alias)
	}
	if err := s.settings.functions.check(def.Func, def.Args); err != nil {
		return fmt.Errorf("kwargs: %w", err)
	}
	return nil
}

// replace gives a task that exists the definition of a draft. When nothing
// differs, nothing is written.
func (s *Scheduler) replace(ctx context.Context, p *part, d *draft) (Task, error) {
	return s.change(ctx, p, d.def.ID, wanted(d.version), TaskUpdated{s.header(p.alias, d.def.ID)}, func(st *lifecycle.State) (*lifecycle.State, error) {
		if st.Def.Equal(&d.def) {
			return st, nil
		}
		return lifecycle.Redefine(st, d.settled(), p.engine.Now(), mathrand.Float64)
	})
}

func (s *Scheduler) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stopped
}

func (s *Scheduler) partOf(alias string) (*part, error) {
	if p, ok := s.parts[alias]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("store: there is no %q; known ones are %s", alias, strings.Join(slices.Sorted(maps.Keys(s.parts)), ", "))
}
