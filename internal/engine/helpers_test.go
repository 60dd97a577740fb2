package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/codec"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/record"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// A line is one node's way to a store that keeps bytes, claims and batches.
type line struct {
	store.Store
	m       *memstore.Store
	down    atomic.Bool
	claimed func()       // called between a claim and its answer
	wrote   func()       // called between a batch and its answer
	lose    bool         // the next answer to a batch
	doubles atomic.Int32 // writes of a batch for an id that it had written already
}

func newLine(m *memstore.Store) *line { return &line{Store: m, m: m} }

var errCut = errors.New("the line is cut")

func (l *line) cut() error {
	if l.down.Load() {
		return errCut
	}
	return nil
}

func (l *line) Get(ctx context.Context, id string) (store.Record, error) {
	if err := l.cut(); err != nil {
		return store.Record{}, err
	}
	return l.m.Get(ctx, id)
}

func (l *line) Update(ctx context.Context, r store.Record) error {
	if err := l.cut(); err != nil {
		return err
	}
	return l.m.Update(ctx, r)
}

func (l *line) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := l.cut(); err != nil {
		return nil, err
	}
	return l.m.Due(ctx, q)
}

func (l *line) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	if err := l.cut(); err != nil {
		return time.Time{}, err
	}
	return l.m.NextDue(ctx, executors)
}

func (l *line) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := l.cut(); err != nil {
		return nil, err
	}
	records, err := l.m.Claim(ctx, q, hold)
	if l.claimed != nil && len(records) > 0 {
		l.claimed()
	}
	return records, err
}

func (l *line) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := l.cut(); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, w := range writes {
		if seen[w.Record.ID] {
			l.doubles.Add(1)
		}
		seen[w.Record.ID] = true
	}
	results, err := l.m.Batch(ctx, writes)
	if l.wrote != nil {
		l.wrote()
	}
	if l.lose {
		l.lose = false
		return nil, errCut
	}
	return results, err
}

// A log is what nodes tell, in lines such as "2.5 n1 started a 1".
type log struct {
	began time.Time
	mu    sync.Mutex
	lines []string
}

func newLog() *log { return &log{began: time.Now()} }

func (l *log) note(node, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := time.Since(l.began).Round(10 * time.Millisecond).Seconds()
	l.lines = append(l.lines, fmt.Sprintf("%v %s ", at, node)+fmt.Sprintf(format, args...))
}

// with returns the lines that have this in them.
func (l *log) with(part string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.lines {
		if strings.Contains(s, part) {
			found = append(found, s)
		}
	}
	return found
}

func (l *log) expect(t *testing.T, part string, want ...string) {
	t.Helper()
	if got := l.with(part); !slices.Equal(got, want) {
		t.Errorf("with %q\ngot  %q\nwant %q", part, got, want)
	}
}

// teller is an Observer.
type teller struct {
	log  *log
	node string
}

func (w teller) RunStarted(def *lifecycle.Definition, r lifecycle.Run) {
	w.log.note(w.node, "started %s %d", def.ID, r.Attempt)
}

func (w teller) RunEnded(def *lifecycle.Definition, e lifecycle.Ending, _ Left) {
	w.log.note(w.node, "ended %s %d %s", def.ID, e.Attempt, e.Outcome)
}

func (w teller) RunWaits(def *lifecycle.Definition, e lifecycle.Ending, _ time.Time, l Left) {
	w.log.note(w.node, "waits %s %d %v", def.ID, e.Attempt, l.Err)
}

func (w teller) RunLost(def *lifecycle.Definition, r lifecycle.Run) {
	w.log.note(w.node, "lost %s %d", def.ID, r.Attempt)
}

func (w teller) LeaseLost(def *lifecycle.Definition, e lifecycle.Ending, l Left) {
	w.log.note(w.node, "late %s %d %s %v", def.ID, e.Attempt, e.Outcome, l.Err)
}
func (w teller) Exhausted(*lifecycle.Definition) {}
func (w teller) Unreadable(id string, err error) { w.log.note(w.node, "unreadable %s %v", id, err) }
func (w teller) StoreFailed(error)               { w.log.note(w.node, "failed") }
func (w teller) StoreRecovered()                 { w.log.note(w.node, "recovered") }

// funcs are functions by name.
type funcs map[string]func(ctx context.Context) error

// call makes a Function of a func.
type call func(ctx context.Context) error

func (c call) Call(ctx context.Context, _ lifecycle.Args) (any, error) { return nil, c(ctx) }

// newNode returns an engine that does not run yet.
func newNode(l *log, name string, st store.Store, fs funcs, x executor.Executor) *Engine {
	return New(Config{
		Alias: "default", Store: st, Keeper: record.NewKeeper(st, codec.Codec{}, nil, ""), Node: name,
		Executors: map[string]executor.Executor{"default": x},
		Functions: func(f string) (Function, bool) { fn, ok := fs[f]; return call(fn), ok },
		Observer:  teller{l, name}, Logger: slog.New(slog.DiscardHandler),
		Lease: 10 * time.Second, Heartbeat: 3 * time.Second, Poll: time.Second,
	})
}

// begin starts engines, which end with the test.
func begin(t *testing.T, engines ...*Engine) {
	t.Helper()
	for _, e := range engines {
		must(t, e.LookAtClock(t.Context()))
		e.Start()
		t.Cleanup(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = e.Shutdown(ctx)
		})
	}
}

// add keeps a task that fires now, or when the trigger says.
func add(t *testing.T, e *Engine, id, function string, set ...func(*lifecycle.Definition)) {
	t.Helper()
	def := &lifecycle.Definition{
		ID: id, Func: function, Trigger: trigger.At(e.Now()), Executor: "default", Policy: lifecycle.DefaultPolicy(),
	}
	for _, f := range set {
		f(def)
	}
	s, err := lifecycle.New(def, e.Now(), uint64(time.Now().UnixNano()), func() float64 { return 0 })
	must(t, err)
	must(t, e.Add(t.Context(), s))
}

func skipped(d *lifecycle.Definition) { d.OnLost = lifecycle.Skip }
