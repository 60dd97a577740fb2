package asyncz

import (
	"context"
	"encoding/json"
	"fmt"
)

// AddConfigured adds the tasks that a configuration declares, or changes those
// that differ; see [Replace]. None is removed.
func (s *Scheduler) AddConfigured(ctx context.Context, c Config) ([]Task, error) {
	var drafts []*draft
	for i, form := range c.Tasks {
		d, err := s.draftFromJSON(form, nil)
		if err == nil && !says(form, "id") {
			err = fmt.Errorf("%w: id: a task in a configuration needs one, to be known at the next start", ErrTask)
		}
		if err != nil {
			return nil, fmt.Errorf("tasks[%d]: %w", i, err)
		}
		d.replace = d.replace || !says(form, "replace_existing")
		drafts = append(drafts, d)
	}
	for i, d := range drafts { // all are checked before the first is written
		if _, _, err := s.prepare(d); err != nil {
			return nil, fmt.Errorf("tasks[%d]: %w", i, err)
		}
	}
	var tasks []Task
	for i, d := range drafts {
		t, err := s.add(ctx, d)
		if err != nil {
			return tasks, fmt.Errorf("tasks[%d]: %w", i, err)
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

func says(form []byte, key string) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(form, &fields) // draftFromJSON has read it
	_, ok := fields[key]
	return ok
}
