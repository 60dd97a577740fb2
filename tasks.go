package asyncz

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

// A Filter says which tasks [Scheduler.Tasks] and [Scheduler.TaskPage] return, and
// in which order. Empty fields don't restrict.
type Filter struct {
	State    ScheduleState
	Store    string // an alias
	Executor string // an alias
	Trigger  string // a type, such as "cron"
	Text     string // in the id, the name, the function, the arguments or the trigger, in any case
	Sort     string // one of SortKeys; the default is next_run_time
	Reverse  bool
	Offset   int    // leaves out so many
	Limit    int    // 0: all
	After    string // Next of the page before; in place of Offset
}

// check fills in what the filter leaves to its defaults, and returns the task that
// it goes on after; nil: from the first.
func (f *Filter) check(s *Scheduler) (*listed, error) {
	f.Text = strings.ToLower(f.Text)
	if f.Sort == "" {
		f.Sort = "next_run_time"
	}
	if sortKeys[f.Sort] == nil {
		return nil, fmt.Errorf("sort: unknown key %q; known ones are %s", f.Sort, strings.Join(SortKeys(), ", "))
	}
	if f.Offset < 0 || f.Limit < 0 {
		return nil, fmt.Errorf("offset %d and limit %d must not be negative", f.Offset, f.Limit)
	}
	if f.Store != "" {
		if _, err := s.partOf(f.Store); err != nil {
			return nil, err
		}
	}
	if f.After == "" {
		return nil, nil
	}
	if f.Offset > 0 {
		return nil, fmt.Errorf("after and offset don't go together")
	}
	last := &listed{}
	text, err := base64.RawURLEncoding.DecodeString(f.After)
	if err != nil || json.Unmarshal(text, last) != nil {
		return nil, fmt.Errorf("after: %q is not the next of a page", f.After)
	}
	return last, nil
}

// Tasks returns the tasks that a filter lets through. Those that can't be read
// are among them, with the state [StateUnreadable] and the reason in Err. It reads
// all tasks; see [Scheduler.TaskPage] for many.
func (s *Scheduler) Tasks(ctx context.Context, f Filter) ([]Task, error) {
	last, err := f.check(s)
	if err != nil {
		return nil, err
	}
	aliases := s.aliases
	if f.Store != "" {
		aliases = []string{f.Store}
	}
	type entry struct {
		listed
		task Task
	}
	var found []entry
	order := f.order()
	for _, alias := range aliases {
		for t, err := range s.parts[alias].tasks(ctx) {
			if err != nil {
				return nil, fmt.Errorf("store %q: %w", alias, err)
			}
			e := entry{t.listed(), t}
			if (f.State == "" || t.State == f.State) && f.lets(&e.listed) && (last == nil || order(&e.listed, last) > 0) {
				found = append(found, e)
			}
		}
	}
	slices.SortFunc(found, func(a, b entry) int { return order(&a.listed, &b.listed) })
	found = found[min(f.Offset, len(found)):]
	if f.Limit > 0 {
		found = found[:min(f.Limit, len(found))]
	}
	tasks := make([]Task, len(found))
	for i := range found {
		tasks[i] = found[i].task
	}
	return tasks, nil
}

// tasks walks over all tasks of a store, each at most once.
func (p *part) tasks(ctx context.Context) func(yield func(Task, error) bool) {
	return func(yield func(Task, error) bool) {
		seen := map[string]bool{}
		for r, err := range p.store.All(ctx) {
			if err != nil && !errors.Is(err, store.ErrCorrupt) {
				yield(Task{}, err)
				return
			}
			if r.ID != "" && seen[r.ID] {
				continue // its due time changed during the walk
			}
			seen[r.ID] = true
			if !yield(p.task(ctx, r, err), nil) {
				return
			}
		}
	}
}

func (p *part) task(ctx context.Context, r store.Record, err error) Task {
	if err == nil {
		st, fault := p.keeper.Unpack(r)
		if errors.Is(fault, record.ErrRolledBack) { // perhaps it was only written during the walk
			st, _, fault = p.engine.Get(ctx, r.ID)
		}
		if fault == nil {
			return newTask(p.alias, st)
		}
		err = fault
	}
	return p.unreadable(r, err)
}

func (p *part) unreadable(r store.Record, err error) Task {
	return Task{ID: r.ID, Store: p.alias, State: StateUnreadable, Executor: r.Executor, Err: err}
}
