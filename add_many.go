package asyncz

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
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
	byPart := map[*part][]addition{}
	results := make([]error, len(tasks))
	taken := map[string]bool{}
	for i, t := range tasks {
		d := s.newDraft(t.Call, t.Trigger, t.Options)
		p, st, err := s.prepare(d)
		if err != nil {
			return nil, err
		}
		if name := p.alias + "\x00" + d.def.ID; !taken[name] {
			taken[name] = true
			byPart[p] = append(byPart[p], addition{i, d, st})
		} else {
			results[i] = fmt.Errorf("task %q: %w", d.def.ID, ErrExists)
		}
	}
	for p, all := range byPart {
		for chunk := range slices.Chunk(all, addBatch) {
			if err := s.addChunk(ctx, p, chunk, results); err != nil {
				return results, fmt.Errorf("store %q: %w", p.alias, err)
			}
		}
	}
	return results, nil
}

// An addition is the task of this index, ready to be kept.
type addition struct {
	index int
	draft *draft
	state *lifecycle.State
}

func (s *Scheduler) addChunk(ctx context.Context, p *part, chunk []addition, results []error) error {
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
			_, results[a.index] = s.replace(ctx, p, a.draft)
		case err != nil:
			results[a.index] = fmt.Errorf("task %q: %w", id, err)
		default:
			s.tell(TaskAdded{s.header(p.alias, id)})
		}
	}
	return nil
}
