package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// fill adds n tasks, with ids in order; those whose number is a multiple of ten are
// paused.
func fill(t testing.TB, s *asyncz.Scheduler, in string, n int) {
	t.Helper()
	specs := make([]asyncz.NewTask, n)
	for i := range specs {
		opts := []asyncz.TaskOption{asyncz.ID(fmt.Sprintf("%s-%06d", in, i)), asyncz.Name(fmt.Sprint("Task ", i)), asyncz.InStore(in)}
		if i%10 == 0 {
			opts = append(opts, asyncz.Paused())
		}
		specs[i] = asyncz.NewTask{Call: call("f"), Trigger: trigger.At(time.Now().Add(time.Duration(i%97)*time.Minute + time.Hour)), Options: opts}
	}
	results, err := s.AddMany(t.Context(), specs)
	if err := errors.Join(append(results, err)...); err != nil {
		t.Fatal(err)
	}
}

func TestPagesOfTasksTogetherAreTheWhole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, onBytes(newBytes()), asyncz.WithStore("m", memstore.New()), asyncz.WithFunctions(newDiary().functions()))
		fill(t, s, "default", 150)
		fill(t, s, "m", 150)
		for _, f := range []asyncz.Filter{
			{Limit: 7}, {Limit: 7, Reverse: true}, {Limit: 1000, Sort: "name"}, {Limit: 11, Sort: "store"}, {Limit: 9, State: asyncz.StatePaused},
			{Limit: 9, Store: "m", Sort: "schedule_state"}, {Limit: 10, Text: "TASK 1"}, {Limit: 50, Sort: "id", Executor: "default", Trigger: "date"},
		} {
			want, err := s.Tasks(t.Context(), asyncz.Filter{State: f.State, Store: f.Store, Text: f.Text, Sort: f.Sort, Reverse: f.Reverse, Executor: f.Executor, Trigger: f.Trigger})
			if err != nil {
				t.Fatal(err)
			}
			var byCursor, byOffset []string
			for g, h := f, f; ; h.Offset += f.Limit {
				page, err := s.TaskPage(t.Context(), g)
				other, err2 := s.TaskPage(t.Context(), h)
				if err := errors.Join(err, err2); err != nil {
					t.Fatal(err)
				}
				if page.Total != len(want) || page.States[asyncz.StatePaused] == 0 {
					t.Errorf("%+v: %d tasks, states %v, want %d", g, page.Total, page.States, len(want))
				}
				byCursor, byOffset = append(byCursor, ids(page.Tasks)...), append(byOffset, ids(other.Tasks)...)
				if g.After = page.Next; g.After == "" {
					break
				}
			}
			if !slices.Equal(byCursor, ids(want)) || !slices.Equal(byOffset, ids(want)) {
				t.Errorf("%+v:\n%v\n%v\nwant %v", f, byCursor, byOffset, ids(want))
			}
		}
		for _, f := range []asyncz.Filter{{After: "nonsense"}, {Limit: 1001}, {Limit: -1}, {Sort: "colour"}, {Store: "none"}} {
			if _, err := s.TaskPage(t.Context(), f); err == nil {
				t.Errorf("%+v: no error", f)
			}
		}
	})
}

func ids(tasks []asyncz.Task) (all []string) {
	for _, t := range tasks {
		all = append(all, t.Store+"/"+t.ID)
	}
	return all
}

func TestAPageShowsWhatThisSchedulerHasDone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newBytes()
		s := open(t, onBytes(shared), asyncz.WithFunctions(newDiary().functions()))
		fill(t, s, "default", 20)
		expect := func(what string, f asyncz.Filter, want ...string) {
			t.Helper()
			f.Sort = "id"
			page, err := s.TaskPage(t.Context(), f)
			if err != nil || !slices.Equal(ids(page.Tasks), want) || page.Total != len(want) {
				t.Errorf("after %s: %v (%d), %v, want %v", what, ids(page.Tasks), page.Total, err, want)
			}
		}
		paused := asyncz.Filter{State: asyncz.StatePaused}
		expect("nothing", paused, "default/default-000000", "default/default-000010")
		_, _ = s.PauseTask(t.Context(), "default-000003")
		expect("a pause", paused, "default/default-000000", "default/default-000003", "default/default-000010")
		_, _ = s.ResumeTask(t.Context(), "default-000000")
		expect("a resume", paused, "default/default-000003", "default/default-000010")
		_ = s.RemoveTask(t.Context(), "default-000010")
		expect("a removal", paused, "default/default-000003")
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("z"), asyncz.Paused())
		expect("an addition", paused, "default/default-000003", "default/z")
		_, _ = s.UpdateTask(t.Context(), "z", asyncz.Name("Zebra"))
		expect("an update", asyncz.Filter{Text: "zebra"}, "default/z")
		fill(t, s, "default", 0)
		_ = s.RemoveAllTasks(t.Context(), "default")
		expect("all", asyncz.Filter{})

		other := open(t, onBytes(shared), asyncz.WithFunctions(newDiary().functions()))
		fill(t, other, "default", 3)
		time.Sleep(2 * time.Second)
		_, _ = s.TaskPage(t.Context(), asyncz.Filter{}) // begins to look again
		synctest.Wait()
		expect("what another did", asyncz.Filter{}, "default/default-000000", "default/default-000001", "default/default-000002")
	})
}

// A walked store tells how often all of it was read.
type walked struct {
	bytesStore
	walks atomic.Int32
	slow  time.Duration
}

func (c *walked) All(ctx context.Context) iter.Seq2[store.Record, error] {
	c.walks.Add(1)
	time.Sleep(c.slow)
	return c.bytesStore.All(ctx)
}

// Whoever watches pages all day costs the store a tenth of its time at most.
func TestManyLookersReadAllTasksSeldom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := &walked{bytesStore: newBytes(), slow: 500 * time.Millisecond}
		s := open(t, asyncz.WithStore("default", c), asyncz.WithEncryptionKey(""))
		c.walks.Store(0)
		for range 600 { // for a minute
			for range 5 {
				go func() { _, _ = s.TaskPage(context.Background(), asyncz.Filter{}) }()
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := c.walks.Load(); n < 8 || n > 13 {
			t.Errorf("%d times in a minute", n)
		}
		time.Sleep(time.Hour)
		before := c.walks.Load()
		began := time.Now()
		if _, err := s.TaskPage(t.Context(), asyncz.Filter{}); err != nil || c.walks.Load() != before+1 || time.Since(began) < 500*time.Millisecond {
			t.Errorf("after an hour the page was of old: %v", err)
		}
	})
}

func TestAStoreTellsWhatIsInIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newChronicled()
		old := open(t, onBytes(shared), asyncz.WithEncryptionKey("old and long enough"), asyncz.WithFunctions(newDiary().functions()))
		fill(t, old, "default", 3)
		_ = shared.Add(t.Context(), store.Record{ID: "broken", Data: []byte("nonsense")})
		s := open(t, onBytes(shared), asyncz.WithEncryptionKey("new and long enough", "old and long enough"), asyncz.WithFunctions(newDiary().functions()))
		fill(t, s, "default", 0)
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("z"))
		got, err := s.StoreInfo(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		if got.Tasks != 5 || got.UnreadableTasks != 1 || got.Unreadable[0].Task != "broken" || got.Unreadable[0].Detail == "" ||
			len(got.Keys) != 3 || got.Keys[0].Records != 3 || got.Keys[0].Sealing || got.History != "durable" || !got.Durable || !got.Sealed {
			t.Errorf("%+v", got)
		}
		if _, err := s.StoreInfo(t.Context(), "none"); err == nil {
			t.Error("a store that is not there")
		}
	})
}

func BenchmarkTaskPage(b *testing.B) {
	s, err := asyncz.New(b.Context(), onBytes(newBytes()), asyncz.WithEncryptionKey(""), asyncz.WithFunctions(newDiary().functions()))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Shutdown(context.Background()) }()
	fill(b, s, "default", 100_000)
	if _, err := s.TaskPage(b.Context(), asyncz.Filter{}); err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]asyncz.Filter{
		"first": {}, "last": {Offset: 99_900}, "name": {Sort: "name"}, "text": {Text: "task 99"}, "paused": {State: asyncz.StatePaused, Limit: 200},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.TaskPage(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAStoreThatIsDownDoesNotHideTheTasksOfOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		down := &failing{Store: newBytes()}
		s := open(t, onBytes(newBytes()), asyncz.WithStore("b", allFails{down}, asyncz.KeepOpen()), asyncz.WithFunctions(newDiary().functions()))
		fill(t, s, "default", 2)
		fill(t, s, "b", 2)
		page := func() asyncz.TaskPage {
			time.Sleep(2 * time.Minute)
			p, err := s.TaskPage(t.Context(), asyncz.Filter{Sort: "id"})
			if err != nil {
				t.Error(err)
			}
			return p
		}
		if got := page(); len(got.Tasks) != 4 || got.Faults != nil {
			t.Errorf("%+v", got)
		}
		down.down.Store(true)
		got := page()
		if len(got.Tasks) != 4 || len(got.Faults) != 1 || !errors.Is(got.Tasks[0].Err, errDown) || got.Tasks[0].State != asyncz.StatePaused || got.Tasks[2].Err != nil {
			t.Errorf("while it is down: %+v", got)
		}
		_, _ = s.PauseTask(t.Context(), "default-000001", asyncz.InStore("default"))
		if p, err := s.TaskPage(t.Context(), asyncz.Filter{Store: "default", State: asyncz.StatePaused}); err != nil || p.Total != 2 {
			t.Errorf("the other store: %+v, %v", p, err)
		}
		down.down.Store(false)
		if got := page(); got.Faults != nil || got.Tasks[0].Err != nil {
			t.Errorf("after it came back: %+v", got)
		}
	})
}

// allFails is a store whose walk fails too.
type allFails struct{ *failing }

func (a allFails) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if err := a.check(); err != nil {
			yield(store.Record{}, err)
			return
		}
		a.Store.All(ctx)(yield)
	}
}
