package system

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/store"
	_ "github.com/go-asyncz/asyncz/store/redisstore"        // a place
	_ "github.com/go-asyncz/asyncz/store/sqlstore/mysql"    // a place
	_ "github.com/go-asyncz/asyncz/store/sqlstore/postgres" // a place
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"   // a place
	"github.com/go-asyncz/asyncz/trigger"
)

const root = "github.com/go-asyncz/asyncz"

// Ours runs with the settings that it has by itself, and beside them sealed and
// without what it keeps of past runs. Sealed tasks are the same as others in memory.
var ours = []System{
	{
		Name: "asyncz", About: "our defaults, with a history, not sealed", Module: root, Places: append([]string{place.Memory}, place.Durable...),
		Memory: newMemory(), Durable: openOurs(""),
		Next: func(expression string) (func(time.Time) time.Time, error) {
			t, err := trigger.Cron(expression, trigger.In(newYork()))
			if err != nil {
				return nil, err
			}
			return func(after time.Time) time.Time {
				next, _ := t.Next(after, after)
				return next
			}, nil
		},
	},
	{
		Name: "asyncz-sealed", About: "the same with sealed tasks", Module: root, Places: place.Durable,
		Durable: openOurs("the key of a benchmark, long enough"),
	},
	{
		Name: "asyncz-nohistory", About: "our defaults without a history", Module: root, Places: append([]string{place.Memory}, place.Durable...),
		Memory: newMemory(asyncz.WithoutHistory()), Durable: openOurs("", asyncz.WithoutHistory()),
	},
}

func quiet(opts ...asyncz.Option) []asyncz.Option {
	return append([]asyncz.Option{asyncz.WithLogger(slog.New(slog.DiscardHandler))}, opts...)
}

func newMemory(opts ...asyncz.Option) func() (Memory, error) {
	return func() (Memory, error) {
		s, err := asyncz.New(context.Background(), quiet(append(opts, asyncz.WithEncryptionKey(""))...)...)
		return ourMemory{s}, err
	}
}

type ourMemory struct{ s *asyncz.Scheduler }

func (m ourMemory) add(n int, t trigger.Trigger, f func()) error {
	_, err := m.s.Add(context.Background(), asyncz.Do(func(context.Context) error { f(); return nil }), t, asyncz.ID(strconv.Itoa(n)))
	return err
}

func (m ourMemory) Once(n int, at time.Time, f func()) error { return m.add(n, trigger.At(at), f) }

func (m ourMemory) Every(n int, first time.Time, every time.Duration, f func()) error {
	t, err := trigger.Every(every, trigger.StartAt(first))
	if err != nil {
		return err
	}
	return m.add(n, t, f)
}

func (m ourMemory) Start() error { return m.s.Start(context.Background()) }
func (m ourMemory) Stop()        { _ = m.s.Shutdown(context.Background()) }

// A durable is a place with our tables or keys in it.
type durable struct {
	url   string
	opts  []asyncz.Option
	store store.Store // to look at and to claim from, without a scheduler
	hold  time.Time   // the last claim's
}

func openOurs(key string, opts ...asyncz.Option) func(context.Context, place.Place) (Durable, error) {
	return func(ctx context.Context, p place.Place) (Durable, error) {
		url := within(p)
		config, err := store.ConfigFromURL(url)
		if err != nil {
			return nil, err
		}
		s, err := store.Open(ctx, config)
		if err != nil {
			return nil, err
		}
		return &durable{url: url, store: s, opts: append(opts, asyncz.WithStoreURL(asyncz.DefaultAlias, url), asyncz.WithEncryptionKey(key))}, nil
	}
}

// within is the URL of what belongs to the benchmarks in a place.
func within(p place.Place) string {
	sign := "?"
	if strings.Contains(p.URL, "?") {
		sign = "&"
	}
	switch p.Kind {
	case place.Postgres, place.MariaDB:
		return p.URL + sign + "tablename=" + place.Name + ".store"
	case place.Redis, place.RedisAlways:
		return p.URL + sign + "tasks_key=" + place.Name + ".tasks&run_times_key=" + place.Name + ".run_times"
	default:
		return p.URL
	}
}

const function = "run"

func (d *durable) scheduler(ctx context.Context, run func(context.Context, Run)) (*asyncz.Scheduler, error) {
	fs := new(asyncz.Functions)
	asyncz.RegisterIn(fs, function, func(ctx context.Context, _ struct{}) (struct{}, error) {
		if run != nil {
			r, _ := asyncz.RunFrom(ctx)
			run(ctx, Run{r.Task, r.Scheduled})
		}
		return struct{}{}, nil
	})
	return asyncz.New(ctx, quiet(append([]asyncz.Option{asyncz.WithFunctions(fs)}, d.opts...)...)...)
}

func newTask(n int, t trigger.Trigger) asyncz.NewTask {
	return asyncz.NewTask{Call: asyncz.Named(function, nil), Trigger: t, Options: []asyncz.TaskOption{asyncz.ID(strconv.Itoa(n))}}
}

func (d *durable) Fill(ctx context.Context, n int, due time.Time) error {
	return d.fill(ctx, n, trigger.At(due))
}

// fill adds by a scheduler that is gone afterwards: a node finds tasks that it has
// never seen, as after a restart.
func (d *durable) fill(ctx context.Context, n int, t trigger.Trigger) error {
	s, err := d.scheduler(ctx, nil)
	if err != nil {
		return err
	}
	a := ourAdder{s}
	defer a.Close()
	const chunk = 10_000
	for from := 0; from < n; from += chunk {
		if err := a.batch(ctx, from, min(chunk, n-from), t); err != nil {
			return err
		}
	}
	return nil
}

func (d *durable) Adder(ctx context.Context) (Adder, error) {
	s, err := d.scheduler(ctx, nil)
	return ourAdder{s}, err
}

func (d *durable) Node(ctx context.Context, run func(context.Context, Run)) (Node, error) {
	s, err := d.scheduler(ctx, run)
	return ourNode{s}, err
}

func (d *durable) Periodic(ctx context.Context, n int, run func(context.Context, Run)) (Node, error) {
	every, err := trigger.Every(time.Second, trigger.StartAt(time.Now().Truncate(time.Second).Add(2*time.Second)))
	if err != nil {
		return nil, err
	}
	if err := d.fill(ctx, n, every); err != nil {
		return nil, err
	}
	return d.Node(ctx, run)
}

// Left holds: a one-shot task is removed when it has ended, and one that runs has a
// due time, the end of its lease.
func (d *durable) Left(ctx context.Context) (bool, error) {
	next, err := d.store.NextDue(ctx, nil)
	return !next.IsZero(), err
}

func (d *durable) Claim(ctx context.Context, n int) (int, error) {
	claimer, ok := d.store.(store.Claimer)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	// Each claim's tasks go behind those of the claim before.
	if d.hold.IsZero() {
		d.hold = time.Now()
	}
	d.hold = d.hold.Add(time.Millisecond)
	got, err := claimer.Claim(ctx, store.DueQuery{At: d.hold, Executors: []string{asyncz.DefaultAlias}, Limit: n}, d.hold)
	return len(got), err
}

func (d *durable) Close() { _ = d.store.Close() }

type ourNode struct{ s *asyncz.Scheduler }

func (n ourNode) Start(ctx context.Context) error { return n.s.Start(ctx) }
func (n ourNode) Stop(ctx context.Context) error  { return n.s.Shutdown(ctx) }

type ourAdder struct{ s *asyncz.Scheduler }

func (a ourAdder) Add(ctx context.Context, n int) error {
	t := newTask(n, trigger.At(time.Now()))
	_, err := a.s.Add(ctx, t.Call, t.Trigger, t.Options...)
	return err
}

func (a ourAdder) AddBatch(ctx context.Context, from, n int) error {
	return a.batch(ctx, from, n, trigger.At(time.Now()))
}

func (a ourAdder) batch(ctx context.Context, from, n int, t trigger.Trigger) error {
	batch := make([]asyncz.NewTask, n)
	for i := range batch {
		batch[i] = newTask(from+i, t)
	}
	failed, err := a.s.AddMany(ctx, batch)
	return errors.Join(append(failed, err)...)
}

func (a ourAdder) Close() { _ = a.s.Shutdown(context.Background()) }
