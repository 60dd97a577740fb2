package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

var brokenHandles = []breakage{
	{name: "the last write is lost when the store is closed", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			var last atomic.Value
			b.add = func(ctx context.Context, r store.Record) error {
				last.Store(r.ID)
				return b.handle.Add(ctx, r)
			}
			b.close = func() error {
				if id, ok := last.Load().(string); ok {
					_ = b.handle.Delete(context.Background(), id, 0)
				}
				return b.handle.Close()
			}
		}
	}, fails: []string{"Reopen/KeepsRecords", "Handles/CloseIsForOne"}},
	{name: "what was cleared is back after closing", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			var cleared []store.Record
			b.clear = func(ctx context.Context) error {
				cleared, _ = collect(b.handle.All(ctx))
				return b.handle.Clear(ctx)
			}
			b.close = func() error {
				for _, r := range cleared {
					_ = b.handle.Add(context.Background(), r)
				}
				return b.handle.Close()
			}
		}
	}, fails: []string{"Reopen/ClearedStaysCleared"}},
	{name: "a handle remembers the next due time until it writes", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			var mu sync.Mutex
			var known *time.Time
			forget := func() { mu.Lock(); known = nil; mu.Unlock() }
			b.add = func(ctx context.Context, r store.Record) error { forget(); return b.handle.Add(ctx, r) }
			b.update = func(ctx context.Context, r store.Record) error { forget(); return b.handle.Update(ctx, r) }
			b.delete = func(ctx context.Context, id string, rev uint64) error { forget(); return b.handle.Delete(ctx, id, rev) }
			b.clear = func(ctx context.Context) error { forget(); return b.handle.Clear(ctx) }
			b.next = func(ctx context.Context, labels []string) (time.Time, error) {
				got, err := b.handle.NextDue(ctx, labels)
				mu.Lock()
				defer mu.Unlock()
				if labels != nil || err != nil {
					return got, err
				}
				if known == nil {
					known = &got
				}
				return *known, nil
			}
		}
	}, fails: []string{"Handles/SeeEachOther"}},
	{name: "a handle trusts the revision that it has read itself", spoil: func(testing.TB) func(*broken) {
		var opened atomic.Int32
		return func(b *broken) {
			opened.Add(1)
			var read sync.Map
			b.get = func(ctx context.Context, id string) (store.Record, error) {
				r, err := b.handle.Get(ctx, id)
				read.Store(id, r.Rev)
				return r, err
			}
			b.update = func(ctx context.Context, r store.Record) error {
				err := b.handle.Update(ctx, r)
				if rev, ok := read.Load(r.ID); ok && rev == r.Rev && opened.Load() > 1 && errors.Is(err, store.ErrConflict) {
					now, _ := b.handle.Get(ctx, r.ID)
					r.Rev = now.Rev
					err = b.handle.Update(ctx, r)
				}
				return err
			}
		}
	}, fails: []string{"Handles/StaleRevisionIsRefused"}, may: []string{"Handles/NoUpdateIsLost"}},
	{name: "two handles lose updates", spoil: func(testing.TB) func(*broken) {
		var opened, updates atomic.Int32
		return func(b *broken) {
			opened.Add(1)
			b.update = func(ctx context.Context, r store.Record) error {
				if opened.Load() > 1 && r.ID == "counter" && updates.Add(1)%10 == 0 {
					return nil
				}
				return b.handle.Update(ctx, r)
			}
		}
	}, fails: []string{"Handles/NoUpdateIsLost"}},
	{name: "two handles add one id", spoil: func(testing.TB) func(*broken) {
		var opened, losers atomic.Int32
		return func(b *broken) {
			opened.Add(1)
			b.add = func(ctx context.Context, r store.Record) error {
				err := b.handle.Add(ctx, r)
				if opened.Load() > 1 && errors.Is(err, store.ErrExists) && losers.Add(1)%10 == 0 {
					return nil
				}
				return err
			}
		}
	}, fails: []string{"Handles/OneAdds"}},
	{name: "two handles delete one record", spoil: func(testing.TB) func(*broken) {
		var opened, losers atomic.Int32
		return func(b *broken) {
			opened.Add(1)
			b.delete = func(ctx context.Context, id string, rev uint64) error {
				err := b.handle.Delete(ctx, id, rev)
				if opened.Load() > 1 && errors.Is(err, store.ErrNotFound) && losers.Add(1)%10 == 0 {
					return nil
				}
				return err
			}
		}
	}, fails: []string{"Handles/OneDeletes"}},
	{name: "a handle does not see that another cleared", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			var seen []store.Record
			b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
				return func(yield func(store.Record, error) bool) {
					records, err := collect(b.handle.All(ctx))
					if err == nil && len(records) == 0 {
						records = seen
					}
					walk(records, err)(yield)
				}
			}
			b.add = func(ctx context.Context, r store.Record) error {
				if r.ID == "task-00004" {
					seen = []store.Record{r}
				}
				return b.handle.Add(ctx, r)
			}
			b.clear = func(ctx context.Context) error { seen = nil; return b.handle.Clear(ctx) }
		}
	}, fails: []string{"Handles/ClearIsSeen"}},
	{name: "closing one handle closes the world", spoil: func(testing.TB) func(*broken) {
		var mu sync.Mutex
		var all []*handle
		return func(b *broken) {
			mu.Lock()
			all = append(all, b.handle)
			mu.Unlock()
			b.close = func() error {
				mu.Lock()
				defer mu.Unlock()
				for _, h := range all {
					_ = h.Close()
				}
				return nil
			}
		}
	}, fails: []string{"Handles/CloseIsForOne"}},
	{name: "NextDue works after Close", spoil: each(func(b *broken) {
		b.next = func(ctx context.Context, labels []string) (time.Time, error) { return b.w.data.NextDue(ctx, labels) }
	}), fails: []string{"Close/RefusesLaterCalls"}},
	{name: "a second Close fails", spoil: each(func(b *broken) {
		b.close = func() error {
			if b.closed.Load() {
				return store.ErrClosed
			}
			return b.handle.Close()
		}
	}), fails: []string{"Close/TwiceIsFine", "Close/WhileInUse"}},
	{name: "a call that Close overtakes fails in its own way", spoil: each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			records, err := b.handle.Due(ctx, q)
			if q.Limit == 3 && err == nil {
				err = errors.New("use of closed file")
			}
			return records, err
		}
	}), fails: []string{"Close/WhileInUse"}, may: []string{"Due/Limit"}},
	{name: "a goroutine is left", spoil: func(tb testing.TB) func(*broken) {
		end := make(chan struct{})
		tb.Cleanup(func() { close(end) })
		return func(*broken) { go func() { <-end }() }
	}, waits: true, fails: []string{"Close/LeaksNoGoroutine"}},
}

func TestLeftFilesAreFoundOut(t *testing.T) {
	if _, err := openFiles(); err != nil {
		t.Skip("this system does not tell which files a process has open")
	}
	alone := slices.DeleteFunc(cases(), func(c testCase) bool { return !c.alone })
	failed := outcome(t, alone, []string{"Close/LeaksNoFile"}, func(tb testing.TB) func(*broken) {
		return func(*broken) {
			f, err := os.Open(os.DevNull)
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() { f.Close() })
		}
	})
	judge(t, failed, []string{"Close/LeaksNoFile"}, nil)
}

var brokenContexts = []breakage{
	{name: "Update ignores its context", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error { return b.handle.Update(context.WithoutCancel(ctx), r) }
	}), fails: []string{"Context/EndedIsTold"}},
	{name: "a context that ends is an error of its own", spoil: each(func(b *broken) {
		b.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := b.handle.Get(ctx, id)
			if errors.Is(err, context.Canceled) {
				err = fmt.Errorf("interrupted: %v", err) //nolint:errorlint // the fault that is planted here
			}
			return r, err
		}
	}), fails: []string{"Context/EndedIsTold"}},
	{name: "Add with an ended context does half of its work", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			if err := ctx.Err(); err != nil {
				_ = b.handle.Add(context.WithoutCancel(ctx), store.Record{ID: r.ID, Data: r.Data})
				return err
			}
			return b.handle.Add(ctx, r)
		}
	}), fails: []string{"Context/AllOrNothing"}},
	{name: "Clear with an ended context does half of its work", spoil: each(func(b *broken) {
		b.clear = func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				_ = b.handle.Delete(context.WithoutCancel(ctx), "task-00003", 0)
				return err
			}
			return b.handle.Clear(ctx)
		}
	}), fails: []string{"Context/AllOrNothing"}},
	{name: "Update acknowledges what it did not do when the context ends", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error {
			if ctx.Err() != nil && r.ID != "a" {
				return nil
			}
			return b.handle.Update(ctx, r)
		}
	}), fails: []string{"Context/EndsMeanwhile"}},
	{name: "a walk whose context ends passes for a whole one", spoil: stepped(
		func(ctx context.Context, _ *broken, r store.Record, yield func(store.Record, error) bool) bool {
			return yield(r, nil) && ctx.Err() == nil
		}), fails: []string{"Context/EndsTheWalk"}},
}

var brokenCorrupt = []breakage{
	{name: "Get of a corrupt record says that it is not there", spoil: each(func(b *broken) {
		b.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := b.handle.Get(ctx, id)
			if errors.Is(err, store.ErrCorrupt) {
				err = store.ErrNotFound
			}
			return r, err
		}
	}), fails: []string{"Corrupt/GetTells", "Corrupt/IsKept"}},
	{name: "Due fails for a corrupt record", spoil: each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			if len(b.w.corruptIDs()) > 0 {
				return nil, store.ErrCorrupt
			}
			return b.handle.Due(ctx, q)
		}
	}), fails: []string{"Corrupt/OthersAreReadable"}},
	{name: "All hides corrupt records", spoil: each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				for r, err := range b.handle.All(ctx) {
					if !errors.Is(err, store.ErrCorrupt) && !yield(r, err) {
						return
					}
				}
			}
		}
	}), fails: []string{"Corrupt/AllGoesOn"}},
	{name: "All ends at a corrupt record", spoil: each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			if len(b.w.corruptIDs()) > 0 {
				return walk(nil, store.ErrCorrupt)
			}
			return b.handle.All(ctx)
		}
	}), fails: []string{"Corrupt/AllGoesOn"}},
	{name: "All removes corrupt records", spoil: each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				for r, err := range b.handle.All(ctx) {
					if !yield(r, err) {
						return
					}
				}
				b.w.forget()
			}
		}
	}), fails: []string{"Corrupt/IsKept"}},
	{name: "Add replaces a corrupt record", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			if b.w.unreadable(r.ID) {
				b.w.forget()
			}
			return b.handle.Add(ctx, r)
		}
	}), fails: []string{"Corrupt/IsKept"}},
	{name: "Clear leaves corrupt records", spoil: each(func(b *broken) {
		b.clear = func(ctx context.Context) error {
			if err := b.enter(ctx); err != nil {
				return err
			}
			return b.w.data.Clear(ctx)
		}
	}), fails: []string{"Corrupt/ClearRemoves"}},
}

// forget drops what is unreadable.
func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.corrupt)
}

// TestLiveStoresAreFoundOut breaks what only a store in memory promises.
func TestLiveStoresAreFoundOut(t *testing.T) {
	for _, c := range []struct {
		name  string
		open  func() store.Store
		fails []string
	}{
		{"sound", func() store.Store { return memstore.New() }, nil},
		{"values are copied", func() store.Store { return copying{memstore.New()} }, []string{"Live/KeepsValues"}},
		{"data is dropped beside a value", func() store.Store { return dropping{memstore.New()} }, []string{"Live/KeepsDataToo"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			failed := map[string]string{}
			for _, tc := range quiet() {
				h := Harness{InMemory: true, Bulk: 100, Writers: 16, New: func(testing.TB) Place {
					return Place{Open: func() (store.Store, error) { return c.open(), nil }}
				}}
				if r := record(t, tc, h); r.Failed() {
					failed[tc.name] = fmt.Sprint(r.log)
				}
			}
			judge(t, failed, c.fails, nil)
		})
	}
}

type copying struct{ *memstore.Store }

func (s copying) Get(ctx context.Context, id string) (store.Record, error) {
	r, err := s.Store.Get(ctx, id)
	r.Value = fmt.Sprint(r.Value)
	return r, err
}

type dropping struct{ *memstore.Store }

func (s dropping) Add(ctx context.Context, r store.Record) error {
	if r.Value != nil {
		r.Data = nil
	}
	return s.Store.Add(ctx, r)
}
