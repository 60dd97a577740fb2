package asyncz_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// listing is a bytesStore that knows its nodes and has a clock of its own.
type listing struct {
	bytesStore
	list  store.Members
	down  atomic.Bool  // nothing can be written to the list
	hangs atomic.Bool  // it does not answer
	ahead atomic.Int64 // of the store's clock, beside that of the host
	beats atomic.Int64
	seen  sync.Map // node: how far ahead the clock was at its last beat
}

func newListing() *listing {
	m := memstore.New()
	return &listing{bytesStore: bytesStore{m}, list: m}
}

func (l *listing) Now(context.Context) (time.Time, error) {
	return time.Now().Add(time.Duration(l.ahead.Load())), nil
}

func (l *listing) fails(ctx context.Context) error {
	if l.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if l.down.Load() {
		return errDown
	}
	return nil
}

func (l *listing) Beat(ctx context.Context, m store.Member) error {
	l.beats.Add(1)
	if err := l.fails(ctx); err != nil {
		return err
	}
	l.seen.Store(m.Node, time.Duration(l.ahead.Load()))
	return l.list.Beat(ctx, m)
}

func (l *listing) Leave(ctx context.Context, node string) error {
	if err := l.fails(ctx); err != nil {
		return err
	}
	return l.list.Leave(ctx, node)
}

// Members shows when each was seen by the clock that the store had then.
func (l *listing) Members(ctx context.Context) ([]store.Member, error) {
	members, err := l.list.Members(ctx)
	for i := range members {
		if ahead, ok := l.seen.Load(members[i].Node); ok {
			members[i].Seen = members[i].Seen.Add(ahead.(time.Duration))
		}
	}
	return members, err
}

// logged returns an option that logs, and what tells how often words are in the log.
func logged() (asyncz.Option, func(words string) int) {
	var mu sync.Mutex
	var log bytes.Buffer
	return asyncz.WithLogger(slog.New(slog.NewTextHandler(locked{&mu, &log}, nil))), func(words string) int {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return strings.Count(log.String(), words)
	}
}

func nodes(t *testing.T, s *asyncz.Scheduler) []asyncz.Node {
	t.Helper()
	synctest.Wait()
	list, err := s.Nodes(t.Context())
	must(t, err)
	return list
}

func TestANodeIsListedWhileItRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "wait", func(ctx context.Context, _ struct{}) (struct{}, error) {
			<-ctx.Done()
			return struct{}{}, nil
		})
		asyncz.RegisterIn(fs, "kept from this store", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
		began := time.Now()
		s := running(t, onBytes(st), asyncz.WithFunctions(fs), asyncz.WithVersion("1.4.2"), asyncz.WithExecutor("narrow", executor.NewPool(3, 0)),
			asyncz.AllowFunctions(func(_, name string) bool { return name == "wait" }))
		looker := open(t, onBytes(st))
		_, err := s.Add(t.Context(), call("wait"), trigger.At(began), asyncz.OnExecutor("narrow"))
		must(t, err)
		time.Sleep(2 * asyncz.DefaultHeartbeat)
		host, _ := os.Hostname()
		list := nodes(t, looker)
		if len(list) != 1 {
			t.Fatalf("there are %d nodes, want one", len(list))
		}
		n := list[0]
		if n.Name != s.Node() || n.Host != host || n.PID != os.Getpid() || n.Version != "1.4.2" || n.State != asyncz.NodeRunning ||
			!n.Started.Equal(began) || n.Age != 0 || n.Stale || n.Here || n.Running != 1 || n.Err != nil {
			t.Errorf("the node is %+v", n)
		}
		if fmt.Sprint(n.Functions) != "[wait]" || fmt.Sprint(n.Executors) != "[{default 0 1000} {narrow 1 3}]" {
			t.Errorf("it has the functions %v and the executors %v", n.Functions, n.Executors)
		}
		task := ok(looker.Tasks(t.Context(), asyncz.Filter{}))[0]
		if on := n.Stores[0]; len(n.Stores) != 1 || on.Store != "default" || on.Node != task.Runs[0].Node || on.Lease != asyncz.DefaultLease {
			t.Errorf("it is on %+v, and the run is on %s", n.Stores, task.Runs[0].Node)
		}
		if !nodes(t, s)[0].Here {
			t.Error("the node does not know itself")
		}
		s.Pause()
		if n := nodes(t, looker)[0]; n.State != asyncz.NodePaused {
			t.Errorf("after Pause it is %s", n.State)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = s.Shutdown(ctx)
		if list := nodes(t, looker); len(list) != 0 {
			t.Errorf("after its shutdown there is %+v", list)
		}
	})
}

func TestANodeThatIsNotSeenForLongerThanItsLeaseIsStale(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		running(t, onBytes(st), asyncz.WithLease(20*time.Second, time.Second))
		looker := open(t, onBytes(st))
		synctest.Wait()
		st.down.Store(true)
		for _, c := range []struct {
			after time.Duration
			stale bool
		}{{20 * time.Second, false}, {20*time.Second + time.Millisecond, true}, {time.Hour, true}} {
			st.ahead.Store(int64(c.after)) // it is the store's clock that counts
			if n := nodes(t, looker)[0]; n.Stale != c.stale || n.Stores[0].Stale != c.stale || (n.Age-c.after).Abs() > time.Millisecond {
				t.Errorf("%v later it is seen as stale: %v, with an age of %v", c.after, n.Stale, n.Age)
			}
		}
	})
}

func TestAListOfNodesThatFailsStopsNothing(t *testing.T) {
	for name, spoil := range map[string]func(*listing){
		"fails": func(l *listing) { l.down.Store(true) },
		"hangs": func(l *listing) { l.hangs.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				st, d := newListing(), newDiary()
				log, count := logged()
				spoil(st)
				s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()), log)
				_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second))
				must(t, err)
				time.Sleep(time.Minute + 500*time.Millisecond)
				if n := len(d.times("f")); n != 60 {
					t.Errorf("%d runs in a minute, want 60", n)
				}
				if n := count("that it is alive"); n != 1 {
					t.Errorf("it was told %d times", n)
				}
				if st.beats.Load() < 5 {
					t.Errorf("it was tried %d times", st.beats.Load())
				}
				if list := nodes(t, s); len(list) != 1 || !list[0].Here {
					t.Errorf("the node itself knows of %v", list)
				}
				began := time.Now()
				must(t, s.Shutdown(context.Background()))
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the shutdown took %v", took)
				}
			})
		})
	}
}

func TestNodesThatAreLongGoneAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		s := running(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.WithLease(time.Hour, 10*time.Minute))
		must(t, st.list.Beat(t.Context(), store.Member{Node: "old", Data: []byte("what nobody can read")}))
		names := func() (all []string) {
			for _, n := range nodes(t, s) {
				all = append(all, n.Name)
			}
			return all
		}
		time.Sleep(23 * time.Hour)
		if got := names(); !slices.Equal(got, []string{s.Node(), "old"}) {
			t.Errorf("after 23 hours there are %v", got)
		}
		time.Sleep(3 * time.Hour)
		if got := names(); !slices.Equal(got, []string{s.Node()}) {
			t.Errorf("after 26 hours there are %v", got)
		}
	})
}

func TestAWrongClockIsToldOnceAndChangesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st, d := newListing(), newDiary()
		log, count := logged()
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()), log)
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second))
		must(t, err)
		step := func(ahead time.Duration, told int) {
			t.Helper()
			st.ahead.Store(int64(ahead))
			time.Sleep(time.Minute)
			if n := count("that of the store differ"); n != told {
				t.Errorf("with the store's clock %v ahead the skew was told %d times, want %d", ahead, n, told)
			}
			skew := nodes(t, s)[0].Skew
			if skew == nil || (*skew+ahead).Abs() > 10*time.Millisecond {
				t.Errorf("with the store's clock %v ahead the skew shows as %v", ahead, skew)
			}
		}
		step(0, 0)
		step(900*time.Millisecond, 0)
		step(1100*time.Millisecond, 1)
		step(90*time.Second, 1)
		step(0, 1)
		step(-90*time.Second, 2)
		if count("ahead=1m30s") != 1 || count("host_clock=") != 2 || count("store_clock=") != 2 {
			t.Error("the warning does not say how far which clock is")
		}
	})
}

func TestWhatANodeTellsIsSealed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		s := running(t, onBytes(st), asyncz.WithEncryptionKey(secret), asyncz.WithVersion("very secret"))
		synctest.Wait()
		row := ok(st.list.Members(t.Context()))[0]
		if !seal.IsSealed(row.Data) || bytes.Contains(row.Data, []byte("very secret")) {
			t.Errorf("the row is %q", row.Data)
		}
		row.Node = "another"
		must(t, st.list.Beat(t.Context(), row))
		must(t, st.list.Beat(t.Context(), store.Member{Node: "plain", Data: []byte(`{"format":1}`)}))
		want := map[string]error{s.Node(): nil, "another": seal.ErrTampered, "plain": seal.ErrNotSealed}
		list := nodes(t, open(t, onBytes(st), asyncz.WithEncryptionKey(secret)))
		if len(list) != len(want) {
			t.Errorf("there are %d nodes, want %d", len(list), len(want))
		}
		for _, n := range list {
			if !errors.Is(n.Err, want[n.Name]) || n.Stale {
				t.Errorf("node %s: %v, want %v, and alive", n.Name, n.Err, want[n.Name])
			}
		}
		for _, n := range nodes(t, open(t, onBytes(st), asyncz.WithEncryptionKey(other), asyncz.Unchecked())) {
			if n.Err == nil || n.Host != "" {
				t.Errorf("with another key node %s is readable", n.Name)
			}
		}
	})
}

func TestANodeOnSeveralStoresIsOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := newListing(), newListing()
		s := running(t, onBytes(a), asyncz.WithStore("b", b, asyncz.KeepOpen()))
		looker := open(t, onBytes(b), asyncz.WithStore("mine", a, asyncz.KeepOpen()))
		list := nodes(t, looker)
		if len(list) != 1 || list[0].Name != s.Node() || len(list[0].Stores) != 2 {
			t.Fatalf("got %+v, want one node on two stores", list)
		}
		for i, want := range []string{"default " + s.Node() + "/b", "mine " + s.Node() + "/default"} {
			if on := list[0].Stores[i]; on.Store+" "+on.Node != want {
				t.Errorf("it is on %q as %q, want %q", on.Store, on.Node, want)
			}
		}
		a.down.Store(true)
		time.Sleep(time.Minute)
		if n := nodes(t, looker)[0]; n.Stale || n.Stores[0].Stale || !n.Stores[1].Stale {
			t.Errorf("after it lost one of its stores the node is %+v", n)
		}
	})
}

func TestWithoutAListANodeKnowsItselfAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newBytes()
		a, b := running(t, onBytes(st)), running(t, onBytes(st))
		if list := nodes(t, a); len(list) != 1 || list[0].Name != a.Node() || !list[0].Here || list[0].PID != os.Getpid() {
			t.Errorf("got %+v", list)
		}
		if lists := ok(b.ListsNodes("default")); lists {
			t.Error("the store is said to know its nodes")
		}
		if list := nodes(t, open(t, onBytes(st))); len(list) != 0 {
			t.Errorf("one that does not run got %+v", list)
		}
	})
}

func TestANodeInJSON(t *testing.T) {
	bubble(t, func(t *testing.T) {
		st := newListing()
		s := running(t, onBytes(st), asyncz.WithVersion("v"), asyncz.WithFunctions(&asyncz.Functions{}))
		time.Sleep(1500 * time.Millisecond)
		n := nodes(t, s)[0]
		n.Name, n.Host, n.PID, n.Stores[0].Node = "n", "h", 1, "n/default"
		const want = `{"node":"n","host":"h","pid":1,"version":"v","state":"running","started":"2000-01-01T00:00:00Z","seen":"2000-01-01T00:00:00Z",` +
			`"stale":false,"here":true,"running":0,"executors":[{"executor":"default","running":0,"places":1000}],"functions":[],` +
			`"stores":[{"store":"default","node":"n/default","seen":"2000-01-01T00:00:00Z","stale":false,"running":0,"age":1.5,"lease":10,"skew":0}],` +
			`"age":1.5,"skew":0}`
		if got := string(ok(json.Marshal(n))); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}
