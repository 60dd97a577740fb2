package asyncz

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/parallel"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// A NewTask describes a task for [Scheduler.AddMany].
type NewTask struct {
	Call    Call
	Trigger trigger.Trigger
	Options []TaskOption
}

// addBatch is how many tasks are added in one round trip.
const addBatch = 1000

// AddMany keeps many tasks in few round trips, which is much faster than one by
// one. Nothing is written when one of them is invalid. An id that is taken, in
// the store or by an earlier one of the tasks, is [ErrExists] for that task
// alone, unless it has [Replace]. The errors are in the order of the tasks, nil
// where the task was added.
func (s *Scheduler) AddMany(ctx context.Context, tasks []NewTask) ([]error, error) {
	byPart := map[*part][]*addition{}
	results := make([]error, len(tasks))
	taken := map[string]bool{}
	all := make([]addition, len(tasks))
	parallel.Each(len(tasks), func(i int) {
		a, t := &all[i], &tasks[i]
		a.draft = s.newDraft(t.Call, t.Trigger, t.Options)
		a.part, a.state, results[i] = s.prepare(a.draft)
	})
	for i := range all {
		if results[i] != nil {
			return nil, results[i]
		}
	}
	for i := range all {
		a := &all[i]
		a.result = &results[i]
		if name := a.part.alias + "\x00" + a.draft.def.ID; !taken[name] {
			taken[name] = true
			byPart[a.part] = append(byPart[a.part], a)
		} else {
			results[i] = fmt.Errorf("task %q: %w", a.draft.def.ID, ErrExists)
		}
	}
	for p, all := range byPart {
		for chunk := range slices.Chunk(all, addBatch) {
			if err := s.addChunk(ctx, p, chunk); err != nil {
				return results, fmt.Errorf("store %q: %w", p.alias, err)
			}
		}
	}
	return results, nil
}

// An addition is a task that is ready to be kept.
type addition struct {
	part   *part
	draft  *draft
	state  *lifecycle.State
	result *error // where to say how it went
}

func (s *Scheduler) addChunk(ctx context.Context, p *part, chunk []*addition) error {
	states := make([]*lifecycle.State, len(chunk))
	for k, a := range chunk {
		states[k] = a.state
	}
	errs, err := p.engine.AddAll(ctx, states)
	if err != nil {
		return err
	}
	for k, a := range chunk {
		id := a.draft.def.ID
		switch err := errs[k]; {
		case errors.Is(err, store.ErrExists) && a.draft.replace:
			_, *a.result = s.replace(ctx, p, a.draft)
		case err != nil:
			*a.result = fmt.Errorf("task %q: %w", id, err)
		default:
			s.index.touched(p.alias, id)
			s.tell(TaskAdded{s.header(p.alias, id)})
		}
	}
	return nil
}
