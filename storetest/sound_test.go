package storetest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// A world is a place that outlives its handles, and behaves as a durable store
// should. Broken stores are made from it by replacing a method.
type world struct {
	tb   testing.TB
	data *memstore.Store

	mu       sync.Mutex
	corrupt  map[string]bool
	watchers map[chan struct{}]bool
}

func newWorld(tb testing.TB) *world {
	return &world{tb: tb, data: memstore.New(), corrupt: map[string]bool{}, watchers: map[chan struct{}]bool{}}
}

// spoil makes a record unreadable.
func (w *world) spoil(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.corrupt[id] = true
	return w.data.Delete(context.Background(), id, 0)
}

func (w *world) unreadable(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.corrupt[id]
}

func (w *world) corruptIDs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.corrupt))
}

func (w *world) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// A handle is one opening of a world.
type handle struct {
	w      *world
	closed atomic.Bool
	done   chan struct{}
	once   sync.Once
}

func (w *world) open() *handle { return &handle{w: w, done: make(chan struct{})} }

func (h *handle) enter(ctx context.Context) error {
	if h.closed.Load() {
		return store.ErrClosed
	}
	return ctx.Err()
}

func (h *handle) Add(ctx context.Context, r store.Record) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	if h.w.unreadable(r.ID) {
		return store.ErrExists
	}
	r.Value = nil
	defer h.w.wake()
	return h.w.data.Add(ctx, r)
}

func (h *handle) Get(ctx context.Context, id string) (store.Record, error) {
	if err := h.enter(ctx); err != nil {
		return store.Record{}, err
	}
	if h.w.unreadable(id) {
		return store.Record{ID: id}, store.ErrCorrupt
	}
	return h.w.data.Get(ctx, id)
}

func (h *handle) Update(ctx context.Context, r store.Record) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	if h.w.unreadable(r.ID) {
		return store.ErrCorrupt
	}
	r.Value = nil
	defer h.w.wake()
	return h.w.data.Update(ctx, r)
}

func (h *handle) Delete(ctx context.Context, id string, rev uint64) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	return h.w.data.Delete(ctx, id, rev)
}

func (h *handle) Clear(ctx context.Context) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	h.w.mu.Lock()
	clear(h.w.corrupt)
	h.w.mu.Unlock()
	return h.w.data.Clear(ctx)
}

func (h *handle) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	return h.w.data.Due(ctx, q)
}

func (h *handle) NextDue(ctx context.Context, labels []string) (time.Time, error) {
	if err := h.enter(ctx); err != nil {
		return time.Time{}, err
	}
	return h.w.data.NextDue(ctx, labels)
}

func (h *handle) All(ctx context.Context) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if err := h.enter(ctx); err != nil {
			yield(store.Record{}, err)
			return
		}
		for r, err := range h.w.data.All(ctx) {
			if !yield(r, err) {
				return
			}
		}
		for _, id := range h.w.corruptIDs() {
			if !yield(store.Record{ID: id}, fmt.Errorf("%w: %q", store.ErrCorrupt, id)) {
				return
			}
		}
	}
}

func (h *handle) Close() error {
	h.once.Do(func() { h.closed.Store(true); close(h.done) })
	return nil
}

func (h *handle) Claim(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	return h.w.data.Claim(ctx, q, hold)
}

func (h *handle) Batch(ctx context.Context, writes []store.Write) ([]error, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	return h.w.data.Batch(ctx, writes)
}

func (h *handle) Now(ctx context.Context) (time.Time, error) { return time.Now(), h.enter(ctx) }

func (h *handle) Watch(ctx context.Context, wake func()) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	c := make(chan struct{}, 1)
	h.w.mu.Lock()
	h.w.watchers[c] = true
	h.w.mu.Unlock()
	defer func() {
		h.w.mu.Lock()
		delete(h.w.watchers, c)
		h.w.mu.Unlock()
	}()
	for {
		select {
		case <-c:
			wake()
		case <-ctx.Done():
			return ctx.Err()
		case <-h.done:
			return store.ErrClosed
		}
	}
}

func (h *handle) AppendRuns(ctx context.Context, entries []store.RunEntry) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	return h.w.data.AppendRuns(ctx, entries)
}

func (h *handle) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	if err := h.enter(ctx); err != nil {
		return func(yield func(store.RunEntry, error) bool) { yield(store.RunEntry{}, err) }
	}
	return h.w.data.Runs(ctx, q)
}

func (h *handle) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	if err := h.enter(ctx); err != nil {
		return 0, err
	}
	return h.w.data.TrimRuns(ctx, log, before, keep)
}

func (h *handle) Beat(ctx context.Context, m store.Member) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	return h.w.data.Beat(ctx, m)
}

func (h *handle) Leave(ctx context.Context, node string) error {
	if err := h.enter(ctx); err != nil {
		return err
	}
	return h.w.data.Leave(ctx, node)
}

func (h *handle) Members(ctx context.Context) ([]store.Member, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	return h.w.data.Members(ctx)
}

func (h *handle) Namespace() string { return "world" }
