package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// mapRuns makes a breakage of a store that keeps another row than it is given.
func mapRuns(other func(e store.RunEntry) store.RunEntry) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			entries = slices.Clone(entries)
			for i, e := range entries {
				if store.CheckRun(e) == nil {
					entries[i] = other(e)
				}
			}
			return b.handle.AppendRuns(ctx, entries)
		}
	})
}

var brokenRuns = []breakage{
	{name: "Runs returns the first to end first", spoil: each(func(b *broken) {
		b.runs = func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
			return func(yield func(store.RunEntry, error) bool) {
				rows, err := collect(b.handle.Runs(ctx, q))
				for _, e := range slices.Backward(rows) {
					if !yield(e, nil) {
						return
					}
				}
				if err != nil {
					yield(store.RunEntry{}, err)
				}
			}
		}
	}), fails: []string{"Runs/LastToEndFirst", "Runs/Query", "Runs/Reopen", "Runs/RepeatedAppendReplaces", "Runs/TrimByAge", "Runs/TrimByNumber",
		"Runs/AcrossHandles", "Runs/ByFire", "Runs/EmptyTask", "Runs/LogsStandAlone", "Runs/Many", "Runs/TimesAndData", "Runs/TrimOfOneLog"}},
	{name: "Runs includes Until", spoil: each(func(b *broken) {
		b.runs = func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
			if !q.Until.IsZero() {
				q.Until = q.Until.Add(time.Microsecond)
			}
			return b.handle.Runs(ctx, q)
		}
	}), fails: []string{"Runs/Query", "Runs/ByFire"}},
	{name: "a run is identified by its task and its end", spoil: each(func(b *broken) {
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			for i, e := range entries {
				for old, err := range b.handle.Runs(ctx, store.RunQuery{Task: e.Task}) {
					if err == nil && old.Ended.Equal(e.Ended) {
						entries[i].Fire = old.Fire
					}
				}
			}
			return b.handle.AppendRuns(ctx, entries)
		}
	}), fails: []string{"Runs/RepeatedAppendReplaces"}},
	{name: "TrimRuns includes the given time", spoil: each(func(b *broken) {
		b.trim = func(ctx context.Context, log string, before time.Time, keep int) (int, error) {
			if !before.IsZero() {
				before = before.Add(time.Microsecond)
			}
			return b.handle.TrimRuns(ctx, log, before, keep)
		}
	}), fails: []string{"Runs/TrimByAge", "Runs/AcrossHandles", "Runs/ByFire", "Runs/TrimOfOneLog"}},
	{name: "TrimRuns keeps one row too many", spoil: each(func(b *broken) {
		b.trim = func(ctx context.Context, log string, before time.Time, keep int) (int, error) {
			if keep > 0 {
				keep++
			}
			return b.handle.TrimRuns(ctx, log, before, keep)
		}
	}), fails: []string{"Runs/TrimByNumber", "Runs/AcrossHandles", "Runs/EmptyTask", "Runs/Many", "Runs/TrimOfOneLog"}},
	{name: "the history belongs to the handle", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			own := memstore.New()
			b.append = func(ctx context.Context, entries []store.RunEntry) error {
				return errors.Join(b.enter(ctx), own.AppendRuns(ctx, entries))
			}
			b.runs = func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
				if b.enter(ctx) != nil {
					return b.handle.Runs(ctx, q)
				}
				return own.Runs(ctx, q)
			}
			b.trim = func(ctx context.Context, log string, before time.Time, keep int) (int, error) {
				n, err := own.TrimRuns(ctx, log, before, keep)
				return n, errors.Join(b.enter(ctx), err)
			}
		}
	}, fails: []string{"Runs/Reopen", "Runs/AcrossHandles"}},
	{name: "Runs of a fire returns those of the task", spoil: each(func(b *broken) {
		b.runs = func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
			if q.Task != "" {
				q.Fire = time.Time{}
			}
			return b.handle.Runs(ctx, q)
		}
	}), fails: []string{"Runs/ByFire", "Runs/LogsStandAlone"}},
	{name: "all logs are one", spoil: each(func(b *broken) {
		one := func(log string) string {
			if store.CheckLog(log) == nil {
				return ""
			}
			return log
		}
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			entries = slices.Clone(entries)
			for i := range entries {
				entries[i].Log = one(entries[i].Log)
			}
			return b.handle.AppendRuns(ctx, entries)
		}
		b.runs = func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
			q.Log = one(q.Log)
			return b.handle.Runs(ctx, q)
		}
		b.trim = func(ctx context.Context, log string, before time.Time, keep int) (int, error) {
			return b.handle.TrimRuns(ctx, one(log), before, keep)
		}
	}), fails: []string{"Runs/LogsStandAlone", "Runs/TrimOfOneLog", "Runs/Reopen"}},
	{name: "TrimRuns trims the other logs too", spoil: each(func(b *broken) {
		b.trim = func(ctx context.Context, log string, before time.Time, keep int) (int, error) {
			n, err := b.handle.TrimRuns(ctx, log, before, keep)
			for _, other := range []string{"", "audit", "live"} {
				if err == nil && other != log {
					_, err = b.handle.TrimRuns(ctx, other, before, keep)
				}
			}
			return n, err
		}
	}), fails: []string{"Runs/TrimOfOneLog"}},
	{name: "a row needs a task", spoil: each(func(b *broken) {
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			for _, e := range entries {
				if err := store.CheckID(e.Task); err != nil {
					return err
				}
			}
			return b.handle.AppendRuns(ctx, entries)
		}
	}), fails: []string{"Runs/EmptyTask"}},
	{name: "ends are kept to the millisecond", spoil: mapRuns(func(e store.RunEntry) store.RunEntry {
		e.Ended = e.Ended.Truncate(time.Millisecond)
		return e
	}), fails: []string{"Runs/TimesAndData"}},
	{name: "AppendRuns keeps 500 rows of a call", spoil: each(func(b *broken) {
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			return b.handle.AppendRuns(ctx, entries[:min(500, len(entries))])
		}
	}), fails: []string{"Runs/Many"}},
	{name: "AppendRuns goes on until it meets a bad row", spoil: each(func(b *broken) {
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			for i := range entries {
				if err := b.handle.AppendRuns(ctx, entries[i:i+1]); err != nil {
					return err
				}
			}
			return b.enter(ctx)
		}
	}), fails: []string{"Runs/Refused"}},
	{name: "Runs returns what it did before, unless this handle wrote", spoil: each(func(b *broken) {
		var mu sync.Mutex
		known := map[store.RunQuery][]store.RunEntry{}
		forget := func() {
			mu.Lock()
			defer mu.Unlock()
			clear(known)
		}
		b.append = func(ctx context.Context, entries []store.RunEntry) error {
			defer forget()
			return b.handle.AppendRuns(ctx, entries)
		}
		b.trim = func(ctx context.Context, log string, before time.Time, keep int) (int, error) {
			defer forget()
			return b.handle.TrimRuns(ctx, log, before, keep)
		}
		b.runs = func(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
			return func(yield func(store.RunEntry, error) bool) {
				mu.Lock()
				rows, ok := known[q]
				mu.Unlock()
				if err := b.enter(ctx); err != nil || !ok {
					if rows, err = collect(b.handle.Runs(ctx, q)); err != nil {
						yield(store.RunEntry{}, err)
						return
					}
				}
				mu.Lock()
				known[q] = rows
				mu.Unlock()
				for _, e := range rows {
					if !yield(e, nil) {
						return
					}
				}
			}
		}
	}), fails: []string{"Runs/AcrossHandles"}},
}
