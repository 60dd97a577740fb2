package asyncz_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// bubble runs a test in which time passes only while everybody waits. It begins
// at midnight UTC of 1 January 2000.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

// open returns a scheduler that is shut down with the test.
func open(t *testing.T, opts ...asyncz.Option) *asyncz.Scheduler {
	t.Helper()
	quiet := []asyncz.Option{asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey("")}
	s, err := asyncz.New(t.Context(), append(quiet, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

// running returns a scheduler that fires tasks.
func running(t *testing.T, opts ...asyncz.Option) *asyncz.Scheduler {
	t.Helper()
	s := open(t, opts...)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// bytes is a memory store without its optional parts: what it keeps are bytes.
type bytesStore struct{ store.Store }

// newBytes returns an empty one, which stays open when a scheduler shuts down.
func newBytes() bytesStore { return bytesStore{memstore.New()} }

func onBytes(b store.Store) asyncz.Option {
	return asyncz.WithStore("default", b, asyncz.KeepOpen())
}

// claiming is a bytesStore that can claim and batch.
type claiming struct {
	bytesStore
	store.Claimer
	store.Batcher
}

func newClaiming() claiming {
	m := memstore.New()
	return claiming{bytesStore{m}, m, m}
}

var errDown = errors.New("connection refused")

// failing is a store that can be switched off, as a server or a network can.
type failing struct {
	store.Store
	down atomic.Bool
}

func (f *failing) check() error {
	if f.down.Load() {
		return errDown
	}
	return nil
}

func (f *failing) Add(ctx context.Context, r store.Record) error {
	return errors.Join(f.check(), f.unless(func() error { return f.Store.Add(ctx, r) }))
}

func (f *failing) Update(ctx context.Context, r store.Record) error {
	return errors.Join(f.check(), f.unless(func() error { return f.Store.Update(ctx, r) }))
}

func (f *failing) Delete(ctx context.Context, id string, rev uint64) error {
	return errors.Join(f.check(), f.unless(func() error { return f.Store.Delete(ctx, id, rev) }))
}

func (f *failing) Get(ctx context.Context, id string) (store.Record, error) {
	if err := f.check(); err != nil {
		return store.Record{}, err
	}
	return f.Store.Get(ctx, id)
}

func (f *failing) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.Store.Due(ctx, q)
}

func (f *failing) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	if err := f.check(); err != nil {
		return time.Time{}, err
	}
	return f.Store.NextDue(ctx, executors)
}

func (f *failing) unless(do func() error) error {
	if f.down.Load() {
		return nil
	}
	return do()
}

// records returns all records of a store by id.
func records(t *testing.T, s store.Store) map[string]store.Record {
	t.Helper()
	all := map[string]store.Record{}
	for r, err := range iter.Seq2[store.Record, error](s.All(context.Background())) {
		if err != nil {
			t.Fatal(err)
		}
		all[r.ID] = r
	}
	return all
}

// A diary notes what happens, and when, in seconds after its beginning.
type diary struct {
	began time.Time
	mu    sync.Mutex
	lines []entry
}

type entry struct {
	what string
	at   float64
}

func newDiary() *diary { return &diary{began: time.Now()} }

func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, entry{what, time.Since(d.began).Seconds()})
}

func (d *diary) all() []entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

// times returns when something happened.
func (d *diary) times(what string) (seconds []float64) {
	for _, e := range d.all() {
		if e.what == what {
			seconds = append(seconds, e.at)
		}
	}
	return seconds
}

func (d *diary) expect(t *testing.T, want ...entry) {
	t.Helper()
	if got := d.all(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// writer is a function that notes each of its runs in a diary.
func (d *diary) writer(what string) asyncz.Call {
	return asyncz.Do(func(context.Context) error {
		d.note(what)
		return nil
	})
}

// functions returns a set with one function, "f", which notes its runs.
func (d *diary) functions() *asyncz.Functions {
	fs := &asyncz.Functions{}
	asyncz.RegisterIn(fs, "f", func(ctx context.Context, _ struct{}) (struct{}, error) {
		d.note("f")
		return struct{}{}, nil
	})
	return fs
}

// outcomes listens to how fires end.
func outcomes(s *asyncz.Scheduler) func() []asyncz.RunEnded {
	var mu sync.Mutex
	var all []asyncz.RunEnded
	asyncz.On(s, func(e asyncz.RunEnded) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, e)
	})
	return func() []asyncz.RunEnded {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

func call(name string) asyncz.Call { return asyncz.Named(name, nil) }
