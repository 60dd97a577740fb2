package asyncz

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// A TaskPage is a page of the tasks.
type TaskPage struct {
	Tasks  []Task                `json:"tasks"`            // as they are now
	Total  int                   `json:"total"`            // how many the filter lets through
	States map[ScheduleState]int `json:"schedule_states"`  // how many it would let through in each state
	Next   string                `json:"next,omitempty"`   // for After; empty: no page follows
	Taken  time.Time             `json:"taken"`            // when it was last looked at all tasks
	Faults []string              `json:"faults,omitempty"` // of stores that can't be read now: their tasks are shown as they were, or not at all
}

// DefaultTaskPage is the limit of a page whose filter has none; 1,000 is the most.
const (
	DefaultTaskPage = 50
	MostTaskPage    = 1000
)

// TaskPage returns a page of the tasks that a filter lets through. It is made for
// many tasks: which ones stand on the page, and their number, is decided by what is
// in memory of all tasks. That is some seconds old when others change them (see
// Taken); a change through this scheduler is seen at once. It takes about half a
// KiB a task, and is forgotten when nobody has asked for a few minutes.
func (s *Scheduler) TaskPage(ctx context.Context, f Filter) (TaskPage, error) {
	page := TaskPage{Tasks: []Task{}, States: map[ScheduleState]int{}}
	switch {
	case f.Limit > MostTaskPage:
		return page, fmt.Errorf("limit %d is more than %d", f.Limit, MostTaskPage)
	case f.Limit == 0:
		f.Limit = DefaultTaskPage
	}
	last, err := f.check(s)
	if err != nil {
		return page, err
	}
	snap, err := s.index.look(ctx, s)
	if err != nil {
		return page, err
	}
	on := page.choose(snap, f, last)
	if len(on) > f.Limit {
		on = on[:f.Limit]
		text, _ := json.Marshal(on[len(on)-1])
		page.Next = base64.RawURLEncoding.EncodeToString(text)
	}
	for _, l := range on {
		t, err := s.fresh(ctx, &l)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case ctx.Err() != nil:
			return page, ctx.Err()
		case err != nil: // what is known of it is better than nothing
			t = Task{ID: l.ID, Name: l.Title, Store: l.Store, State: l.State, NextRunTime: l.Next, Executor: l.Executor, Err: err}
		}
		page.Tasks = append(page.Tasks, t)
	}
	return page, nil
}

// choose counts the tasks of a snapshot, and returns those of the page and one more.
func (page *TaskPage) choose(snap *snapshot, f Filter, last *listed) []listed {
	snap.mu.RLock()
	defer snap.mu.RUnlock()
	page.Taken, page.Faults = snap.taken, snap.faults
	best := &bounded{order: f.order(), most: f.Offset + f.Limit + 1}
	for i := range snap.rows {
		l := &snap.rows[i].listed
		if snap.rows[i].gone || !f.lets(l) {
			continue
		}
		page.States[l.State]++
		if f.State != "" && l.State != f.State {
			continue
		}
		page.Total++
		if last == nil || best.order(l, last) > 0 {
			best.put(l)
		}
	}
	slices.SortFunc(best.of, best.order)
	on := make([]listed, 0, f.Limit+1)
	for _, l := range best.of[min(f.Offset, len(best.of)):] {
		on = append(on, *l)
	}
	return on
}

// fresh reads a task that is listed.
func (s *Scheduler) fresh(ctx context.Context, l *listed) (Task, error) {
	p := s.parts[l.Store]
	r, err := p.store.Get(ctx, l.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Task{}, err
	case err != nil && !errors.Is(err, store.ErrCorrupt):
		return Task{}, fmt.Errorf("store %q: task %q: %w", l.Store, l.ID, err)
	}
	r.ID = cmp.Or(r.ID, l.ID)
	return p.task(ctx, r, err), nil
}

// A bounded heap keeps the first tasks by an order; the last of them is on top.
type bounded struct {
	order func(a, b *listed) int
	most  int
	of    []*listed
}

func (b *bounded) Len() int           { return len(b.of) }
func (b *bounded) Less(i, j int) bool { return b.order(b.of[i], b.of[j]) > 0 }
func (b *bounded) Swap(i, j int)      { b.of[i], b.of[j] = b.of[j], b.of[i] }
func (b *bounded) Push(x any)         { b.of = append(b.of, x.(*listed)) }
func (b *bounded) Pop() any           { panic("never asked for") }

func (b *bounded) put(l *listed) {
	switch {
	case len(b.of) < b.most:
		heap.Push(b, l)
	case b.order(l, b.of[0]) < 0:
		b.of[0] = l
		heap.Fix(b, 0)
	}
}
