package asyncz_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestAddManyAddsEachTaskOnItsOwnTerms(t *testing.T) {
	t.Parallel()
	for name, st := range map[string]store.Store{"one by one": newBytes(), "in batches": newClaiming()} {
		s := open(t, onBytes(st))
		task := func(id string, opts ...asyncz.TaskOption) asyncz.NewTask {
			return asyncz.NewTask{Call: call("f"), Trigger: trigger.MustEvery(time.Hour), Options: append(opts, asyncz.ID(id))}
		}
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("taken"))
		must(t, err)
		_, err = s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("old"))
		must(t, err)
		tasks := []asyncz.NewTask{task("taken"), task("old", asyncz.Replace(), asyncz.Timeout(time.Minute)), task("twice"), task("twice")}
		for i := range 2500 {
			tasks = append(tasks, task(fmt.Sprint(i)))
		}
		errs, err := s.AddMany(t.Context(), tasks)
		must(t, err)
		for i, err := range errs {
			if want := i == 0 || i == 3; want != errors.Is(err, asyncz.ErrExists) || !want && err != nil {
				t.Errorf("%s: task %d: %v", name, i, err)
			}
		}
		if n, _ := s.CountTasks(t.Context(), "default"); n != 2503 {
			t.Errorf("%s: %d tasks", name, n)
		}
		if got, _ := s.Task(t.Context(), "old"); got.Timeout != time.Minute {
			t.Errorf("%s: %+v was not replaced", name, got)
		}
	}
}

func TestAddManyWritesNothingWhenOneIsInvalid(t *testing.T) {
	t.Parallel()
	s := open(t)
	good := asyncz.NewTask{Call: call("f"), Trigger: trigger.MustEvery(time.Hour)}
	bad := asyncz.NewTask{Call: call("f"), Trigger: trigger.MustEvery(time.Hour), Options: []asyncz.TaskOption{asyncz.MaxInstances(0)}}
	if _, err := s.AddMany(t.Context(), []asyncz.NewTask{good, bad}); !errors.Is(err, asyncz.ErrTask) {
		t.Errorf("got %v", err)
	}
	if n, _ := s.CountTasks(t.Context(), "default"); n != 0 {
		t.Errorf("%d tasks were written", n)
	}
}
