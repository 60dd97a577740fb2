package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// mapDue makes a breakage of a store that asks another question.
func mapDue(other func(q store.DueQuery) store.DueQuery) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			return b.handle.Due(ctx, other(q))
		}
	})
}

// mapRecords makes a breakage of a store that answers in another way.
func mapRecords(other func(records []store.Record)) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			records, err := b.handle.Due(ctx, q)
			other(records)
			return records, err
		}
	})
}

var brokenDue = []breakage{
	{name: "Due orders by id only", spoil: mapRecords(func(records []store.Record) { byID(records) }),
		fails: []string{"Due/EarliestFirst", "Time/OrderOfMicroseconds"}},
	{name: "Due orders by time only", spoil: mapRecords(func(records []store.Record) {
		slices.SortFunc(records, func(a, b store.Record) int {
			if c := a.Due.Compare(b.Due); c != 0 {
				return c
			}
			return strings.Compare(b.ID, a.ID)
		})
	}), fails: []string{"Due/ThenByID"}},
	{name: "Due excludes the boundary", spoil: mapDue(func(q store.DueQuery) store.DueQuery {
		q.At = q.At.Add(-time.Microsecond)
		return q
	}), fails: []string{"Due/BoundaryIsDue"}},
	{name: "Due takes a negative limit for none", spoil: mapDue(func(q store.DueQuery) store.DueQuery {
		if q.Limit < 0 {
			q.Limit = 1 << 20
		}
		return q
	}), fails: []string{"Due/Limit"}},
	{name: "Due ignores the labels", spoil: mapDue(func(q store.DueQuery) store.DueQuery {
		q.Executors = nil
		return q
	}), fails: []string{"Due/Labels", "Due/LabelsBeforeLimit", "Due/EmptyAsksForNone", "Due/FollowsUpdates", "Executor/AnyLabel", "Time/ToTheMicrosecond"}},
	{name: "Due asks for one label", spoil: mapDue(func(q store.DueQuery) store.DueQuery {
		q.Executors = q.Executors[:min(1, len(q.Executors))]
		return q
	}), fails: []string{"Due/Labels"}},
	{name: "Due looks at labels after the limit", spoil: each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			all := q
			all.Executors = nil
			records, err := b.handle.Due(ctx, all)
			return slices.DeleteFunc(records, func(r store.Record) bool {
				return q.Executors != nil && !slices.Contains(q.Executors, r.Executor)
			}), err
		}
	}), fails: []string{"Due/LabelsBeforeLimit"}},
	{name: "Due takes nil for the default label", spoil: mapDue(func(q store.DueQuery) store.DueQuery {
		if q.Executors == nil {
			q.Executors = []string{"default"}
		}
		return q
	}), fails: []string{"Due/NilAsksForAllLabels", "Reopen/KeepsRecords"}},
	{name: "Due takes an empty slice for all", spoil: mapDue(func(q store.DueQuery) store.DueQuery {
		if len(q.Executors) == 0 {
			q.Executors = nil
		}
		return q
	}), fails: []string{"Due/EmptyAsksForNone"}},
	{name: "Due leaves the revision out", spoil: mapRecords(func(records []store.Record) {
		for i := range records {
			records[i].Rev = 0
		}
	}), fails: []string{"Due/WholeRecords"}},
	{name: "Due touches what it reads", spoil: each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			records, err := b.handle.Due(ctx, q)
			for _, r := range records {
				if strings.HasPrefix(r.ID, "task-") {
					_ = b.handle.Update(ctx, r)
				}
			}
			return records, err
		}
	}), fails: []string{"Due/ChangesNothing", "Corrupt/OthersAreReadable", "Handles/SeeEachOther", "Reopen/KeepsRecords"},
		may: []string{"Concurrent/OthersDontDisturb", "Context/AllOrNothing"}},
	{name: "NextDue ignores the labels", spoil: each(func(b *broken) {
		b.next = func(ctx context.Context, labels []string) (time.Time, error) { return b.handle.NextDue(ctx, nil) }
	}), fails: []string{"NextDue/Earliest", "Time/ToTheMicrosecond"}},
	{name: "NextDue is computed at Add alone", spoil: func(testing.TB) func(*broken) {
		var mu sync.Mutex
		var next time.Time
		return func(b *broken) {
			b.add = func(ctx context.Context, r store.Record) error {
				err := b.handle.Add(ctx, r)
				mu.Lock()
				defer mu.Unlock()
				next, _ = b.handle.NextDue(context.WithoutCancel(ctx), nil)
				return err
			}
			b.next = func(ctx context.Context, labels []string) (time.Time, error) {
				got, err := b.handle.NextDue(ctx, labels)
				mu.Lock()
				defer mu.Unlock()
				if labels == nil {
					got = next
				}
				return got, err
			}
		}
	}, fails: []string{"NextDue/FollowsWrites", "Claim/MovesToHold", "Clear/RemovesAll", "Handles/SeeEachOther", "Reopen/KeepsRecords"}},
}

// walk makes a sequence of what is in a list, and of an error when there is one.
func walk(records []store.Record, err error) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Record{}, err)
		}
	}
}

// mapWalk makes a breakage of a store that walks over other records. Errors for
// single records, and for the whole walk, come after them.
func mapWalk(other func(records []store.Record) []store.Record) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				records, err := collect(b.handle.All(ctx))
				walk(other(records), err)(yield)
			}
		}
	})
}

// stepped makes a breakage of a store that walks over records, each of which is
// handed on by step unless the walk is to end.
func stepped(step func(ctx context.Context, b *broken, r store.Record, yield func(store.Record, error) bool) bool) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				for r, err := range b.handle.All(ctx) {
					if err != nil {
						if !yield(r, err) {
							return
						}
					} else if !step(ctx, b, r, yield) {
						return
					}
				}
			}
		}
	})
}

var errLocked = errors.New("the database is locked")

var brokenWalks = []breakage{
	{name: "All orders by id only", spoil: mapWalk(func(records []store.Record) []store.Record {
		slices.SortStableFunc(records, func(a, b store.Record) int {
			if a.Due.IsZero() || b.Due.IsZero() {
				return 0
			}
			return strings.Compare(a.ID, b.ID)
		})
		return records
	}), fails: []string{"All/ByDueThenID"}, may: []string{"All/ManyRecords", "All/WhileBeingChanged", "All/PausedLast"}},
	{name: "All shows paused records first", spoil: mapWalk(func(records []store.Record) []store.Record {
		paused := slices.IndexFunc(records, func(r store.Record) bool { return r.Due.IsZero() })
		if paused < 0 {
			return records
		}
		return slices.Concat(records[paused:], records[:paused])
	}), fails: []string{"All/PausedLast", "All/ManyRecords", "Reopen/KeepsRecords"}, may: []string{"All/WhileBeingChanged"}},
	{name: "All loses records of one time at the end of a page", spoil: mapWalk(func(records []store.Record) []store.Record {
		const page = 30
		for from, i := 0, 0; i < len(records); i++ {
			if !records[i].Due.Equal(records[from].Due) {
				from = i
			}
			if i-from == page {
				return slices.Delete(records, i, i+1)
			}
		}
		return records
	}), fails: []string{"All/ManyRecords"}, may: []string{"ID/NoCharacterIsSpecial", "All/WhileBeingChanged"}},
	{name: "a stopped walk keeps its lock", spoil: func(testing.TB) func(*broken) {
		var locked atomic.Bool
		return func(b *broken) {
			b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
				return func(yield func(store.Record, error) bool) {
					for r, err := range b.handle.All(ctx) {
						if !yield(r, err) {
							locked.Store(true)
							return
						}
					}
				}
			}
			b.update = func(ctx context.Context, r store.Record) error {
				if locked.Load() {
					return errLocked
				}
				return b.handle.Update(ctx, r)
			}
		}
	}, fails: []string{"All/CallerMayStop"}},
	{name: "a walk locks the store", spoil: func(testing.TB) func(*broken) {
		var walks atomic.Int32
		return func(b *broken) {
			b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
				return func(yield func(store.Record, error) bool) {
					walks.Add(1)
					defer walks.Add(-1)
					b.handle.All(ctx)(yield)
				}
			}
			b.delete = func(ctx context.Context, id string, rev uint64) error {
				if walks.Load() > 0 {
					return errLocked
				}
				return b.handle.Delete(ctx, id, rev)
			}
		}
	}, fails: []string{"All/CallerMayWrite"}, may: []string{"All/WhileBeingChanged", "Concurrent/OthersDontDisturb"}},
	{name: "All reads its pages by offset", spoil: each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				for offset := 0; ; offset++ {
					records, err := collect(b.handle.All(ctx))
					if err != nil || offset >= len(records) {
						walk(nil, err)(yield)
						return
					}
					if !yield(records[offset], nil) {
						return
					}
				}
			}
		}
	}), fails: []string{"All/CallerMayWrite", "Corrupt/AllGoesOn"}, may: []string{"All/WhileBeingChanged", "Context/EndsTheWalk", "Corrupt/OthersAreReadable"}},
	{name: "All repeats what did not change", spoil: each(func(b *broken) {
		b.all = func(ctx context.Context) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				records, err := collect(b.handle.All(ctx))
				if changed := slices.ContainsFunc(records, func(r store.Record) bool { return r.Rev > 1 }); changed && len(records) > 50 && records[0].ID == "task-00000" {
					records = append(records, records[0])
				}
				walk(records, err)(yield)
			}
		}
	}), fails: []string{"All/WhileBeingChanged"}, may: []string{"Batch/Many"}},
}
