package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
	"github.com/go-asyncz/asyncz/trigger"
)

// A task of the load fires at start, start + every, … until the end, so that
// which fires are to be expected is known without asking a trigger.
type task struct {
	id       string
	function string
	work     setup.Work
	start    time.Time
	every    time.Duration
	opts     []asyncz.TaskOption
	cron     string // in place of the interval that it comes to
}

// load returns the tasks that fire from one time on; pace makes them slower.
func load(c Config, from time.Time) (tasks []task) {
	add := func(n int, kind string, t task) {
		for i := range n {
			each := t
			each.id = fmt.Sprintf("%s-%d", kind, i)
			each.start = from.Add(time.Duration(i) * 37 * time.Millisecond)
			if each.function == "" {
				each.function = setup.Common
			}
			each.every = time.Duration(c.Pace) * t.every
			tasks = append(tasks, each)
		}
	}
	ms := time.Millisecond
	// each fire is run, however late
	add(c.Tasks, "tick", task{every: 500 * ms, opts: []asyncz.TaskOption{asyncz.Coalesce(false), asyncz.CatchUp(1000), asyncz.MaxInstances(1000)}})
	// what is late becomes one run
	add(c.Tasks, "merge", task{every: 400 * ms, work: setup.Work{For: 5 * ms}})
	// far more than a hundred come due while nobody is there
	add(1, "swarm", task{every: 20 * ms, work: setup.Work{For: 50 * ms}})
	// runs that outlive a lease and the patience of their schedule
	add(2, "long", task{every: 3 * c.Lease / 2, work: setup.Work{For: 2 * c.Lease}})
	// at most once
	add(2, "frail", task{every: 700 * ms, work: setup.Work{For: 200 * ms}, opts: []asyncz.TaskOption{asyncz.OnLost(asyncz.Skip)}})
	// two at a time over all nodes
	add(1, "pair", task{every: 150 * ms, work: setup.Work{For: 400 * ms}, opts: []asyncz.TaskOption{asyncz.MaxInstances(2)}})
	// the second attempt succeeds
	add(2, "retry", task{every: 900 * ms, work: setup.Work{Fails: 1}, opts: []asyncz.TaskOption{asyncz.Retry(5, asyncz.Constant(100*ms))}})
	// that not all nodes know
	add(1, "rare", task{every: 1000 * ms, function: setup.Rare})
	// that is too late to be of use
	add(1, "prompt", task{every: 600 * ms, opts: []asyncz.TaskOption{asyncz.GraceTime(c.Lease / 2), asyncz.Coalesce(false)}})
	add(1, "cron", task{every: time.Second, cron: "* * * * * *"})
	for i := range tasks {
		if t := &tasks[i]; t.cron != "" {
			t.every, t.start = time.Second, from.Truncate(time.Second).Add(time.Second)
		}
	}
	return tasks
}

func (t task) trigger(until time.Time) trigger.Trigger {
	if t.cron != "" {
		return trigger.MustCron(t.cron, trigger.StartAt(t.start), trigger.EndAt(until))
	}
	return trigger.MustEvery(t.every, trigger.StartAt(t.start), trigger.EndAt(until))
}

// declare adds the tasks, and writes down what is to be expected of them.
func declare(ctx context.Context, s *asyncz.Scheduler, file *evidence.File, tasks []task, until time.Time) error {
	var all []asyncz.NewTask
	for _, t := range tasks {
		opts := append([]asyncz.TaskOption{asyncz.ID(t.id)}, t.opts...)
		all = append(all, asyncz.NewTask{Call: asyncz.Named(t.function, t.work), Trigger: t.trigger(until), Options: opts})
	}
	errs, err := s.AddMany(ctx, all)
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	if late := time.Since(tasks[0].start); late > 0 {
		return fmt.Errorf("the store took the tasks %v after the first of them was due; is the machine at work on something else?", late)
	}
	for _, t := range tasks {
		file.Put(evidence.Line{Kind: evidence.Declared, Task: t.id, First: t.start, Until: until, Every: t.every, Op: t.function, Span: t.work.For})
	}
	return nil
}
