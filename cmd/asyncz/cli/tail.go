package cli

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz"
)

// eventOf is what a row of the history tells as an event.
func eventOf(r asyncz.PastRun) asyncz.Event {
	h := asyncz.Header{Time: r.Ended, Store: r.Store, Task: r.Task}
	var err error
	if r.Error != "" {
		err = errors.New(r.Error)
	}
	switch r.Outcome {
	case asyncz.Retrying:
		return asyncz.RunRetrying{Header: h, Run: r.Run, NotBefore: r.NotBefore, Err: err}
	case asyncz.Lost:
		return asyncz.RunLost{Header: h, Run: r.Run}
	case asyncz.LostLease:
		return asyncz.LeaseLost{Header: h, Run: r.Run, Outcome: r.Outcome, Err: err}
	}
	e := asyncz.RunEnded{Header: h, Run: r.Run, Outcome: r.Outcome, Count: r.Count, First: r.First, Into: r.Into, Ended: r.Ended, Err: err}
	if len(r.Result) > 0 {
		e.Value = r.Result
	}
	return e
}

const (
	tailEvery = time.Second
	// tailBack is how far back the history is looked at each time: rows of other
	// nodes come late, and their clocks are not quite ours.
	tailBack = time.Minute
	// A look at all tasks takes one part in so many of the time.
	tailShare = 10
)

// A tail tells what happens on stores from what they show.
type tail struct {
	s     *session
	f     eventFilter
	runs  map[rowKey]time.Time // rows that were seen, with when they ended
	tasks map[declared]asyncz.Task
}

// A rowKey tells rows of the history apart.
type rowKey struct {
	store, id string
	attempt   int
	ended     int64
	outcome   asyncz.Outcome
}

// events yields them until ctx ends.
func (t *tail) events(ctx context.Context) iter.Seq2[asyncz.Event, error] {
	return func(yield func(asyncz.Event, error) bool) {
		t.runs, t.tasks = map[rowKey]time.Time{}, nil
		for {
			began := time.Now()
			all, err := t.look(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range all {
				if !yield(e, nil) {
					return
				}
			}
			select {
			case <-time.After(max(tailEvery, tailShare*time.Since(began))):
			case <-ctx.Done():
				return
			}
		}
	}
}

// look returns what has happened since the last look: what became of tasks, then
// of their runs, then which tasks are gone.
func (t *tail) look(ctx context.Context) ([]asyncz.Event, error) {
	first := t.tasks == nil
	all, removed, err := t.taskEvents(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := t.runEvents(ctx)
	if err != nil || first { // what was before is not told
		return nil, err
	}
	return slices.Concat(all, ended, removed), nil
}

func (t *tail) runEvents(ctx context.Context) (all []asyncz.Event, err error) {
	since := time.Now().Add(-tailBack)
	rows, _, err := t.s.history(ctx, asyncz.RunFilter{Task: t.f.task, Store: t.f.store, Since: since}, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(rows) {
		key := rowKey{r.Store, r.ID(), r.Attempt, r.Ended.UnixNano(), r.Outcome}
		if _, seen := t.runs[key]; !seen {
			t.runs[key] = r.Ended
			all = append(all, eventOf(r))
		}
	}
	for key, ended := range t.runs {
		if ended.Before(since.Add(-tailBack)) {
			delete(t.runs, key)
		}
	}
	return all, nil
}

// taskEvents compares the tasks with what they were at the last look.
func (t *tail) taskEvents(ctx context.Context) (all, removed []asyncz.Event, err error) {
	tasks, err := t.s.Tasks(ctx, asyncz.Filter{Store: t.f.store, Sort: "id"})
	if err != nil {
		return nil, nil, err
	}
	now, before := time.Now(), t.tasks
	t.tasks = map[declared]asyncz.Task{}
	for _, task := range tasks {
		key := declared{task.Store, task.ID}
		t.tasks[key] = task
		if before == nil {
			continue
		}
		was, known := before[key]
		all = append(all, difference(was, known, task, now)...)
	}
	for key := range before {
		if _, stays := t.tasks[key]; !stays {
			removed = append(removed, asyncz.TaskRemoved{Header: asyncz.Header{Time: now, Store: key.store, Task: key.id}})
		}
	}
	return all, removed, nil
}

// difference tells what has become of a task.
func difference(was asyncz.Task, known bool, is asyncz.Task, now time.Time) (all []asyncz.Event) {
	h := asyncz.Header{Time: now, Store: is.Store, Task: is.ID}
	pause := func(t asyncz.Task) bool { return t.State == asyncz.StatePaused }
	switch {
	case !known:
		all = append(all, asyncz.TaskAdded{Header: h})
	case is.State == asyncz.StateUnreadable && was.State != asyncz.StateUnreadable:
		return append(all, asyncz.TaskUnreadable{Header: h, Err: is.Err})
	case pause(is) && !pause(was):
		all = append(all, asyncz.TaskPaused{Header: h})
	case pause(was) && !pause(is):
		all = append(all, asyncz.TaskResumed{Header: h})
	case is.Version() != was.Version():
		all = append(all, asyncz.TaskUpdated{Header: h})
	}
	for _, r := range is.Runs {
		same := func(o asyncz.Run) bool {
			return o.Scheduled.Equal(r.Scheduled) && o.Attempt == r.Attempt && o.Node == r.Node
		}
		if r.Node != "" && !slices.ContainsFunc(was.Runs, same) {
			h.Time = r.Started
			all = append(all, asyncz.RunStarted{Header: h, Run: r})
		}
	}
	return all
}
