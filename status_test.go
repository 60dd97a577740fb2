package asyncz_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// says returns the kinds of the findings.
func says(list []asyncz.Finding) string {
	var kinds []string
	for _, f := range list {
		kinds = append(kinds, f.Problem)
	}
	return fmt.Sprint(kinds)
}

func status(t *testing.T, s *asyncz.Scheduler) asyncz.Status {
	t.Helper()
	synctest.Wait()
	st, err := s.Status(t.Context())
	must(t, err)
	return st
}

func TestStatusSaysWhatKeepsTasksFromBeingRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		looker := open(t, onBytes(st))
		expect := func(when, problems, warnings string) asyncz.StoreStatus {
			t.Helper()
			got := status(t, looker)
			if says(got.Problems) != problems || says(got.Warnings) != warnings {
				t.Errorf("%s: problems %v, warnings %v; want %s and %s", when, got.Problems, got.Warnings, problems, warnings)
			}
			return got.Stores[0]
		}
		expect("empty", "[]", "[]")
		_, err := looker.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
		must(t, err)
		_, err = looker.Add(t.Context(), call("f"), trigger.Shutdown(), asyncz.ID("last"))
		must(t, err)
		_, err = looker.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.ID("held"), asyncz.Paused())
		must(t, err)
		got := expect("nobody is there", "[no_node]", "[]")
		if got.Tasks != 3 || fmt.Sprint(got.States) != "map[paused:1 pending:1 scheduled:1]" || got.Due != 0 || got.NextTask != "a" ||
			!got.Next.Equal(time.Now().Add(time.Hour)) || got.Alive != 0 || !got.ListsNodes {
			t.Errorf("the store is %+v", got)
		}

		d := newDiary()
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		if got := expect("somebody is there", "[]", "[]"); got.Alive != 1 {
			t.Errorf("%d nodes are alive", got.Alive)
		}
		s.Pause()
		expect("and is paused", "[no_node]", "[]")
		time.Sleep(time.Hour + 30*time.Second)
		if got := expect("and a task came due", "[no_node]", "[]"); got.Due != 1 || got.Late != 0 {
			t.Errorf("due %d, late %d; want one that is due", got.Due, got.Late)
		}
		time.Sleep(time.Minute)
		if got := expect("and is late", "[no_node overdue]", "[]"); got.Due != 1 || got.Late != 1 {
			t.Errorf("due %d, late %d; want one of both", got.Due, got.Late)
		}
		s.Resume()
		expect("and goes on", "[]", "[]")

		must(t, st.Add(t.Context(), store.Record{ID: "junk", Data: []byte("junk")}))
		st.ahead.Store(int64(5 * time.Second))
		must(t, st.Beat(t.Context(), store.Member{Node: "x", Data: []byte("junk")}))
		time.Sleep(7 * time.Second)
		expect("with rubbish and a wrong clock", "[unreadable]", "[clock unreadable_node]")
		time.Sleep(time.Minute)
		if got := expect("when one of them is stale", "[unreadable]", "[clock stale_node]"); got.Alive != 1 || got.Stale != 1 {
			t.Errorf("%d are alive and %d stale, want one of each", got.Alive, got.Stale)
		}
	})
}

func TestStatusCountsRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		end := make(chan struct{})
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "f", func(context.Context, struct{}) (struct{}, error) {
			<-end
			return struct{}{}, nil
		})
		s := running(t, onBytes(st), asyncz.WithFunctions(fs))
		_, err := s.Add(t.Context(), call("f"), trigger.At(time.Now()))
		must(t, err)
		time.Sleep(asyncz.DefaultHeartbeat)
		if n := nodes(t, s)[0]; n.Running != 1 || n.Stores[0].Running != 1 {
			t.Errorf("the node has %d runs in hand, want one", n.Running)
		}
		if got := status(t, s).Stores[0]; got.Running != 1 || got.Waiting != 0 || got.Due != 0 {
			t.Errorf("got %+v, want one run", got)
		}
		close(end)
		if got := status(t, s).Stores[0]; got.Running != 0 || got.Tasks != 0 {
			t.Errorf("got %+v, want none", got)
		}
		time.Sleep(asyncz.DefaultHeartbeat)
		if n := nodes(t, s)[0]; n.Running != 0 {
			t.Errorf("the node has %d runs in hand, want none", n.Running)
		}
	})
}

func TestStatusOfAStoreThatDoesNotKnowItsNodes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		looker := open(t, onBytes(newBytes()))
		_, err := looker.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour))
		must(t, err)
		if got := status(t, looker); says(got.Problems) != "[]" || says(got.Warnings) != "[unlisted_nodes]" {
			t.Errorf("problems %v, warnings %v", got.Problems, got.Warnings)
		}
	})
}
