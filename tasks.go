package asyncz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
)

// A Filter says which tasks [Scheduler.Tasks] returns, and in which order. Empty
// fields don't restrict.
type Filter struct {
	State    ScheduleState
	Store    string // an alias
	Executor string // an alias
	Trigger  string // a type, such as "cron"
	Text     string // in the id, the name, the function, the arguments or the trigger, in any case
	Sort     string // one of SortKeys; the default is next_run_time
	Reverse  bool
	Offset   int
	Limit    int // 0: all
}

// sortKeys are the orders in which tasks can be shown. Those that are equal
// stand by id.
var sortKeys = map[string]func(a, b Task) int{
	"id":             func(a, b Task) int { return 0 },
	"name":           func(a, b Task) int { return cmp.Compare(a.title(), b.title()) },
	"next_run_time":  func(a, b Task) int { return compareTimes(a.NextRunTime, b.NextRunTime) },
	"schedule_state": func(a, b Task) int { return cmp.Compare(a.State, b.State) },
	"executor":       func(a, b Task) int { return cmp.Compare(a.Executor, b.Executor) },
	"store":          func(a, b Task) int { return cmp.Compare(a.Store, b.Store) },
	"trigger":        func(a, b Task) int { return cmp.Compare(a.triggerType(), b.triggerType()) },
}

// SortKeys returns the names by which a Filter can sort.
func SortKeys() []string { return slices.Sorted(maps.Keys(sortKeys)) }

// Tasks returns the tasks that a filter lets through. Those that can't be read
// are among them, with the state [StateUnreadable] and the reason in Err.
func (s *Scheduler) Tasks(ctx context.Context, f Filter) ([]Task, error) {
	if f.Sort == "" {
		f.Sort = "next_run_time"
	}
	order, ok := sortKeys[f.Sort]
	if !ok {
		return nil, fmt.Errorf("sort: unknown key %q; known ones are %s", f.Sort, strings.Join(SortKeys(), ", "))
	}
	if f.Offset < 0 || f.Limit < 0 {
		return nil, fmt.Errorf("offset %d and limit %d must not be negative", f.Offset, f.Limit)
	}
	aliases := s.aliases
	if f.Store != "" {
		if _, err := s.partOf(f.Store); err != nil {
			return nil, err
		}
		aliases = []string{f.Store}
	}
	var tasks []Task
	for _, alias := range aliases {
		for t, err := range s.parts[alias].tasks(ctx) {
			if err != nil {
				return nil, fmt.Errorf("store %q: %w", alias, err)
			}
			if f.lets(t) {
				tasks = append(tasks, t)
			}
		}
	}
	slices.SortFunc(tasks, func(a, b Task) int {
		c := cmp.Or(order(a, b), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Store, b.Store))
		if f.Reverse {
			return -c
		}
		return c
	})
	tasks = tasks[min(f.Offset, len(tasks)):]
	if f.Limit > 0 {
		tasks = tasks[:min(f.Limit, len(tasks))]
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
	return Task{ID: r.ID, Store: p.alias, State: StateUnreadable, Executor: r.Executor, Err: err}
}

func (f Filter) lets(t Task) bool {
	return (f.State == "" || t.State == f.State) &&
		(f.Executor == "" || t.Executor == f.Executor) &&
		(f.Trigger == "" || t.triggerType() == f.Trigger) &&
		(f.Text == "" || t.mentions(strings.ToLower(f.Text)))
}

func (t Task) mentions(text string) bool {
	for _, s := range []string{t.ID, t.Name, t.Function, string(t.Kwargs)} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return t.Trigger != nil && strings.Contains(strings.ToLower(t.Trigger.String()), text)
}

func (t Task) title() string { return cmp.Or(t.Name, t.Function, t.ID) }

func (t Task) triggerType() string {
	if t.Trigger == nil {
		return ""
	}
	return t.Trigger.Type()
}

// compareTimes puts no time last.
func compareTimes(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
