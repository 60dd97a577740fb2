package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// A ledger is what runs write down themselves.
type ledger struct {
	mu    sync.Mutex
	begun map[string]int // by the run's identity
	now   map[string]int // runs at this moment, by node
	most  map[string]int // at any moment
	total int            // at this moment on all nodes
	peak  int
}

func newLedger() *ledger {
	return &ledger{begun: map[string]int{}, now: map[string]int{}, most: map[string]int{}}
}

// work is a function that takes so long.
func (l *ledger) work(takes time.Duration) func(context.Context, struct{}) (struct{}, error) {
	return func(ctx context.Context, _ struct{}) (struct{}, error) {
		r, _ := asyncz.RunFrom(ctx)
		l.count(r, 1)
		defer l.count(r, -1)
		select {
		case <-time.After(takes):
			return struct{}{}, nil
		case <-ctx.Done():
			return struct{}{}, context.Cause(ctx)
		}
	}
}

func (l *ledger) count(r asyncz.Run, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[r.ID()] += max(by, 0)
	l.now[r.Node] += by
	l.total += by
	l.most[r.Node] = max(l.most[r.Node], l.now[r.Node])
	l.peak = max(l.peak, l.total)
}

// once checks that these fires, and no others, began once each.
func (l *ledger) once(t *testing.T, want []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range want {
		if n := l.begun[id]; n != 1 {
			t.Errorf("%s began %d times", id, n)
		}
	}
	if len(l.begun) != len(want) {
		t.Errorf("%d fires began, want %d", len(l.begun), len(want))
	}
}

// eachStore runs a test in bubbles, on a store that is read and on one that claims.
func eachStore(t *testing.T, test func(t *testing.T, st store.Store)) {
	for name, fresh := range map[string]func() store.Store{
		"reading": func() store.Store { return newBytes() }, "claiming": func() store.Store { return newClaiming() },
	} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { test(t, fresh()) }) })
	}
}

func TestMaxInstancesHoldsOverAllNodes(t *testing.T) {
	eachStore(t, func(t *testing.T, st store.Store) {
		l := newLedger()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "f", l.work(4500*time.Millisecond))
		var all []func() []asyncz.RunEnded
		for range 4 {
			all = append(all, outcomes(running(t, onBytes(st), asyncz.WithFunctions(fs))))
		}
		s := open(t, onBytes(st), asyncz.WithFunctions(fs))
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.MaxInstances(3))
		must(t, err)
		time.Sleep(100500 * time.Millisecond)
		synctest.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.peak != 3 {
			t.Errorf("%d ran at a time, want 3", l.peak)
		}
		told := map[asyncz.Outcome]int{}
		for _, ended := range all {
			for k, n := range tally(ended()) {
				told[k] += n
			}
		}
		if n := told[asyncz.Executed] + told[asyncz.MaxInstancesReached] + l.total; n != 100 || told[asyncz.MaxInstancesReached] == 0 {
			t.Errorf("of 100 fires %v were told and %d run", told, l.total)
		}
	})
}

func TestNodesShareWorkByWhatTheyHaveRoomFor(t *testing.T) {
	eachStore(t, func(t *testing.T, st store.Store) {
		l := newLedger()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "f", l.work(time.Second))
		due := time.Now().Add(time.Second)
		for _, room := range []int{2, 6} {
			running(t, onBytes(st), asyncz.WithFunctions(fs), asyncz.WithExecutor("default", executor.NewPool(room, 0)))
		}
		s := open(t, onBytes(st), asyncz.WithFunctions(fs))
		for i := range 80 {
			_, err := s.Add(t.Context(), call("f"), trigger.At(due), asyncz.ID(fmt.Sprint(i)))
			must(t, err)
		}
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		l.mu.Lock()
		if busy := slices.Sorted(maps.Values(l.now)); !slices.Equal(busy, []int{2, 6}) {
			t.Errorf("the nodes run %v at a time, want 2 and 6", busy)
		}
		l.mu.Unlock()
		// Eight at a time take ten seconds; a node that takes more than it can start
		// would need longer, or run more at a time than it has places for.
		time.Sleep(11 * time.Second)
		synctest.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.begun) != 80 || l.total != 0 || l.peak > 8 {
			t.Errorf("%d of 80 began, %d still run, %d at most", len(l.begun), l.total, l.peak)
		}
		if most := slices.Sorted(maps.Values(l.most)); !slices.Equal(most, []int{2, 6}) {
			t.Errorf("the nodes ran %v at a time, want 2 and 6", most)
		}
	})
}

// Version 1 of a program knows a, version 2 knows a and b; a has got another
// argument meanwhile, which may be left out.
func TestTwoVersionsOfAProgramWorkSideBySide(t *testing.T) {
	type argsV1 struct {
		Name string `json:"name"`
	}
	type argsV2 struct {
		Name  string `json:"name"`
		Greet string `json:"greet,omitempty"`
	}
	eachStore(t, func(t *testing.T, st store.Store) {
		d := newDiary()
		one, two := &asyncz.Functions{}, &asyncz.Functions{}
		asyncz.RegisterIn(one, "a", func(_ context.Context, a argsV1) (struct{}, error) {
			d.note("a " + a.Name)
			return struct{}{}, nil
		})
		a2 := asyncz.RegisterIn(two, "a", func(_ context.Context, a argsV2) (struct{}, error) {
			d.note("a " + a.Name + a.Greet)
			return struct{}{}, nil
		})
		asyncz.RegisterIn(two, "b", func(context.Context, struct{}) (struct{}, error) {
			d.note("b")
			return struct{}{}, nil
		})
		var all []func() []asyncz.RunEnded
		for _, fs := range []*asyncz.Functions{one, one, two} {
			all = append(all, outcomes(running(t, onBytes(st), asyncz.WithFunctions(fs))))
		}
		s := open(t, onBytes(st), asyncz.WithFunctions(two))
		for i := range 20 {
			_, err := s.Add(t.Context(), call("b"), trigger.MustEvery(time.Second), asyncz.ID(fmt.Sprint("b", i)), asyncz.Coalesce(false))
			must(t, err)
			_, err = s.Add(t.Context(), a2.With(argsV2{Name: "x"}), trigger.MustEvery(time.Second), asyncz.ID(fmt.Sprint("a", i)), asyncz.Coalesce(false))
			must(t, err)
		}
		time.Sleep(20750 * time.Millisecond)
		if a, b := len(d.times("a x")), len(d.times("b")); a != 400 || b != 400 {
			t.Errorf("a ran %d times and b %d, want 400 and 400", a, b)
		}
		told := map[asyncz.Outcome]int{}
		for _, ended := range all {
			for k, n := range tally(ended()) {
				told[k] += n
			}
		}
		if told[asyncz.Executed] != 800 || len(told) != 1 {
			t.Errorf("told %v, want 800 executed", told)
		}
		// An argument that version 1 does not know is an error there, which is told; the
		// task stays, and version 2 runs it.
		_, err := s.Add(t.Context(), a2.With(argsV2{Name: "x", Greet: "!"}), trigger.MustEvery(time.Second), asyncz.ID("new"), asyncz.Coalesce(false))
		must(t, err)
		time.Sleep(30 * time.Second)
		executed, failed := 0, 0
		for _, ended := range all {
			for _, e := range ended() {
				switch {
				case e.Task != "new":
				case e.Outcome == asyncz.Executed:
					executed++
				case errors.Is(e.Err, asyncz.ErrArguments):
					failed++
				default:
					t.Errorf("told %+v", e)
				}
			}
		}
		if ran := len(d.times("a x!")); ran == 0 || executed != ran || executed+failed != 30 {
			t.Errorf("of 30 fires with the new argument %d ran, %d were told as executed and %d as failed", ran, executed, failed)
		}
	})
}

// Five nodes stop and start one after the other, while tasks fire. Runs wait in
// queues, take longer than nodes have patience, and may not be repeated.
func TestARollingRestartLosesAndRepeatsNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, st store.Store) {
		l := newLedger()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "short", l.work(150*time.Millisecond))
		asyncz.RegisterIn(fs, "long", l.work(2*time.Second))
		node := func() *asyncz.Scheduler {
			return running(t, onBytes(st), asyncz.WithFunctions(fs), asyncz.WithExecutor("default", executor.NewPool(4, 20)))
		}
		var nodes []*asyncz.Scheduler
		for range 5 {
			nodes = append(nodes, node())
		}
		s := open(t, onBytes(st), asyncz.WithFunctions(fs))
		var want []string
		began := time.Now()
		end := began.Add(30 * time.Second)
		for i := range 40 {
			what, every := "short", time.Second
			if i%8 == 0 {
				what, every = "long", 3*time.Second
			}
			id := fmt.Sprint(what, i)
			_, err := s.Add(t.Context(), call(what), trigger.MustEvery(every, trigger.EndAt(end)), asyncz.ID(id),
				asyncz.Coalesce(false), asyncz.MaxInstances(100), asyncz.OnLost(asyncz.Skip))
			must(t, err)
			for at := began.Add(every); !at.After(end); at = at.Add(every) {
				want = append(want, fire(id, at))
			}
		}
		var all []func() []asyncz.RunEnded
		for round := range 2 {
			for i := range nodes {
				time.Sleep(time.Duration(1200+300*i+round*170) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				must(t, nodes[i].Shutdown(ctx))
				cancel()
				nodes[i] = node()
				all = append(all, outcomes(nodes[i]))
			}
		}
		time.Sleep(30 * time.Second)
		l.once(t, want)
		if left := records(t, st); len(left) != 0 {
			t.Errorf("%d tasks are left", len(left))
		}
		for _, ended := range all {
			for _, e := range ended() {
				if e.Outcome != asyncz.Executed {
					t.Errorf("%s: %s", e.Run.ID(), e.Outcome)
				}
			}
		}
	})
}

// fire is the identity of a run.
func fire(task string, at time.Time) string {
	return asyncz.Run{Store: "default", Task: task, Scheduled: at.UTC()}.ID()
}

// A run that was broken off is started again elsewhere; nobody waits for a lease.
func TestRunsThatAreBrokenOffByARollingRestartStartElsewhereAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, st store.Store) {
		d := newDiary()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "f", func(ctx context.Context, _ struct{}) (struct{}, error) {
			d.note("begin")
			select {
			case <-ctx.Done():
				d.note("broken off")
				return struct{}{}, context.Cause(ctx)
			case <-time.After(8 * time.Second):
				d.note("end")
				return struct{}{}, nil
			}
		})
		first := running(t, onBytes(st), asyncz.WithFunctions(fs))
		_, err := first.Add(t.Context(), call("f"), trigger.At(time.Now()))
		must(t, err)
		synctest.Wait()
		running(t, onBytes(st), asyncz.WithFunctions(fs))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := first.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(20 * time.Second)
		got := d.times("begin")
		if len(got) != 2 || got[1] < 3 || got[1] > 4 || len(d.times("broken off")) != 1 || len(d.times("end")) != 1 {
			t.Errorf("got %v; it was broken off at 3 s, and the poll is 1 s", d.all())
		}
	})
}
