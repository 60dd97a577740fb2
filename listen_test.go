package asyncz_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestEventsTellTheLifeOfATask(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := open(t)
		var mu sync.Mutex
		var kinds []string
		s.Listen(func(e asyncz.Event) {
			mu.Lock()
			defer mu.Unlock()
			kinds = append(kinds, e.Kind())
		})
		must(t, s.Start(t.Context()))
		_, err := s.Add(t.Context(), d.writer("f"), trigger.At(time.Now().Add(time.Minute)), asyncz.ID("a"))
		must(t, err)
		_, err = s.UpdateTask(t.Context(), "a", asyncz.Name("new"))
		must(t, err)
		_, err = s.PauseTask(t.Context(), "a")
		must(t, err)
		_, err = s.PauseTask(t.Context(), "a") // changes nothing, and is not told
		must(t, err)
		_, err = s.ResumeTask(t.Context(), "a")
		must(t, err)
		time.Sleep(2 * time.Minute)
		s.Pause()
		s.Resume()
		must(t, s.Shutdown(t.Context()))
		want := "scheduler_started task_added task_updated task_paused task_resumed run_started run_ended task_removed scheduler_paused scheduler_resumed scheduler_stopped"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestASlowListenerNeverHoldsTheSchedulerUpAndItsLossIsCounted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		release := make(chan struct{})
		var mu sync.Mutex
		heard, lost := 0, 0
		s.Listen(func(e asyncz.Event) {
			<-release
			mu.Lock()
			defer mu.Unlock()
			if e, ok := e.(asyncz.EventsLost); ok {
				lost += e.Count
				return
			}
			heard++
		})
		all := 0
		asyncz.On(s, func(asyncz.RunEnded) { all++ })
		s.Resume() // an event for the slow listener to be busy with
		synctest.Wait()
		// Four events each: all at once they are too many for a listener that waits,
		// and those of the runs are not for one that doesn't.
		const tasks = 1300
		for i := range tasks {
			_, err := s.Add(t.Context(), d.writer("f"), trigger.At(time.Now().Add(time.Second)), asyncz.ID(fmt.Sprint(i)))
			must(t, err)
		}
		synctest.Wait()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := len(d.times("f")); n != tasks || all != tasks {
			t.Fatalf("%d runs, %d told to the quick listener", n, all)
		}
		close(release)
		synctest.Wait()
		_, err := s.Add(t.Context(), d.writer("f"), trigger.At(time.Now().Add(time.Hour)))
		must(t, err)
		must(t, s.Shutdown(t.Context()))
		mu.Lock()
		defer mu.Unlock()
		if want := tasks*4 + 3; heard+lost != want || lost == 0 {
			t.Errorf("%d heard and %d lost, want %d in all", heard, lost, want)
		}
	})
}

func TestAListenerThatStoppedHearsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t)
		n := 0
		stop := s.Listen(func(asyncz.Event) { n++ })
		s.Pause()
		synctest.Wait()
		stop()
		s.Resume()
		synctest.Wait()
		if n != 1 {
			t.Errorf("heard %d events", n)
		}
	})
}

func TestEventsAreWrittenAsJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	e := asyncz.RunEnded{
		Header: asyncz.Header{Time: at, Store: "default", Task: "a"}, Outcome: asyncz.Failed, Count: 1, Ended: at,
		Run: asyncz.Run{Store: "default", Task: "a", Scheduled: at, Attempt: 2, Source: asyncz.Retried}, Err: errDown,
	}
	b, err := asyncz.MarshalEvent(e)
	must(t, err)
	var got map[string]any
	must(t, json.Unmarshal(b, &got))
	if got["event"] != "run_ended" || got["error"] != "connection refused" || got["outcome"] != "failed" || got["task"] != "a" {
		t.Errorf("got %s", b)
	}
}

func TestTasksAreFilteredSearchedAndSorted(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := open(t, asyncz.WithStore("second", newBytes()), asyncz.WithExecutor("inline", inline()))
	for _, c := range []struct {
		id   string
		when trigger.Trigger
		opts []asyncz.TaskOption
	}{
		{"b", trigger.At(now.Add(time.Hour)), []asyncz.TaskOption{asyncz.Name("Zebra")}},
		{"a", trigger.At(now.Add(2 * time.Hour)), []asyncz.TaskOption{asyncz.OnExecutor("inline"), asyncz.Name("Aardvark")}},
		{"d", trigger.MustCron("0 9 * * *"), []asyncz.TaskOption{asyncz.Paused(), asyncz.Name("Mole")}},
		{"c", trigger.Shutdown(), []asyncz.TaskOption{asyncz.InStore("second"), asyncz.Name("Newt")}},
	} {
		_, err := s.Add(t.Context(), asyncz.Named("fn-"+c.id, map[string]string{"Key": "Value-" + c.id}), c.when, append(c.opts, asyncz.ID(c.id))...)
		must(t, err)
	}
	for _, c := range []struct {
		f    asyncz.Filter
		want string
	}{
		{asyncz.Filter{}, "b a c d"},
		{asyncz.Filter{Sort: "id"}, "a b c d"},
		{asyncz.Filter{Sort: "id", Reverse: true}, "d c b a"},
		{asyncz.Filter{Sort: "name"}, "a d c b"},
		{asyncz.Filter{Sort: "schedule_state"}, "d c a b"},
		{asyncz.Filter{Sort: "executor"}, "b c d a"},
		{asyncz.Filter{Sort: "store"}, "a b d c"},
		{asyncz.Filter{Sort: "trigger"}, "d a b c"},
		{asyncz.Filter{Sort: "id", Offset: 1, Limit: 2}, "b c"},
		{asyncz.Filter{Sort: "id", Offset: 9}, ""},
		{asyncz.Filter{State: asyncz.StatePaused}, "d"},
		{asyncz.Filter{State: asyncz.StatePending}, "c"},
		{asyncz.Filter{Store: "second"}, "c"},
		{asyncz.Filter{Executor: "inline"}, "a"},
		{asyncz.Filter{Trigger: "cron"}, "d"},
		{asyncz.Filter{Text: "VALUE-B"}, "b"},
		{asyncz.Filter{Text: "newt"}, "c"},
		{asyncz.Filter{Text: "fn-a"}, "a"},
		{asyncz.Filter{Text: "9:00"}, "d"},
	} {
		tasks, err := s.Tasks(t.Context(), c.f)
		must(t, err)
		var ids []string
		for _, x := range tasks {
			ids = append(ids, x.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.f, got, c.want)
		}
	}
	if _, err := s.Tasks(t.Context(), asyncz.Filter{Sort: "colour"}); err == nil || !strings.Contains(err.Error(), "schedule_state") {
		t.Errorf("an unknown key: %v", err)
	}
	if got := asyncz.SortKeys(); !slices.Equal(got, []string{"executor", "id", "name", "next_run_time", "schedule_state", "store", "trigger"}) {
		t.Errorf("got %v", got)
	}
}
