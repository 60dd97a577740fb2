package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// mapClaim makes a breakage of a store that claims for another question.
func mapClaim(other func(q store.DueQuery) store.DueQuery) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
			return b.handle.Claim(ctx, other(q), hold)
		}
	})
}

// claimAgain makes a breakage of a store that claims a record twice, once many
// have been claimed.
func claimAgain(handles int32) func(testing.TB) func(*broken) {
	return func(testing.TB) func(*broken) {
		var opened, claimed atomic.Int32
		return func(b *broken) {
			opened.Add(1)
			b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
				records, err := b.handle.Claim(ctx, q, hold)
				if claimed.Add(int32(len(records))) > 20 && opened.Load() >= handles && len(records) > 0 {
					claimed.Store(0)
					again, _ := b.handle.Get(ctx, records[0].ID)
					again.Due = noon.Add(-time.Hour)
					_ = b.handle.Update(ctx, again)
				}
				return records, err
			}
		}
	}
}

var brokenClaims = []breakage{
	{name: "Claim returns records as they were before", spoil: each(func(b *broken) {
		b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
			records, err := b.handle.Claim(ctx, q, hold)
			for i := range records {
				records[i].Rev--
			}
			return records, err
		}
	}), fails: []string{"Claim/MovesToHold"}},
	{name: "Claim excludes the boundary", spoil: mapClaim(func(q store.DueQuery) store.DueQuery {
		q.At = q.At.Add(-time.Microsecond)
		return q
	}), fails: []string{"Claim/LeavesWhatIsNotDue"}},
	{name: "Claim ignores the limit", spoil: mapClaim(func(q store.DueQuery) store.DueQuery {
		q.Limit = 1 << 20
		return q
	}), fails: []string{"Claim/Limit", "Claim/EarliestFirstThenByID", "Claim/Labels"}},
	{name: "Claim ignores the labels", spoil: mapClaim(func(q store.DueQuery) store.DueQuery {
		q.Executors = nil
		return q
	}), fails: []string{"Claim/Labels"}},
	{name: "Claim returns records by id only", spoil: each(func(b *broken) {
		b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
			records, err := b.handle.Claim(ctx, q, hold)
			return byID(records), err
		}
	}), fails: []string{"Claim/EarliestFirstThenByID"}},
	{name: "Claim holds for a second", spoil: each(func(b *broken) {
		b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
			records, err := b.handle.Claim(ctx, q, hold)
			for _, r := range records {
				if hold.Equal(noon.Add(time.Minute)) {
					r.Due = q.At.Add(time.Second)
					_ = b.w.data.Delete(ctx, r.ID, 0)
					_ = b.w.data.Add(ctx, r)
				}
			}
			return records, err
		}
	}), fails: []string{"Claim/HoldIsRespected"}},
	{name: "Claim takes one record after the other", spoil: each(func(b *broken) {
		b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
			var records []store.Record
			for one := q; len(records) < q.Limit; {
				one.Limit = 1
				r, err := b.handle.Claim(ctx, one, hold)
				if err != nil || len(r) == 0 {
					return records, err
				}
				records = append(records, r...)
			}
			return records, b.enter(ctx)
		}
	}), fails: []string{"Claim/HoldInThePast"}},
	{name: "Claim does not count as a write", spoil: func(testing.TB) func(*broken) {
		var claimed sync.Map
		return func(b *broken) {
			b.claim = func(ctx context.Context, q store.DueQuery, hold time.Time) ([]store.Record, error) {
				records, err := b.handle.Claim(ctx, q, hold)
				for _, r := range records {
					claimed.Store(r.ID, r.Rev)
				}
				return records, err
			}
			b.update = func(ctx context.Context, r store.Record) error {
				if rev, ok := claimed.LoadAndDelete(r.ID); ok && r.Rev+1 == rev {
					r.Rev++
				}
				return b.handle.Update(ctx, r)
			}
		}
	}, fails: []string{"Claim/MakesRevisionsStale"}},
	{name: "Claim gives a record to two", spoil: claimAgain(1), fails: []string{"Claim/UnderContention", "Claim/AcrossHandles"}},
	{name: "Claim gives a record to two handles", spoil: claimAgain(2), fails: []string{"Claim/AcrossHandles"}},
}

var brokenOptions = []breakage{
	{name: "Batch does not change labels", spoil: each(func(b *broken) {
		b.batch = func(ctx context.Context, writes []store.Write) ([]error, error) {
			writes = slices.Clone(writes)
			for i, w := range writes {
				if w.Op == store.OpUpdate {
					writes[i].Record.Executor = "default"
				}
			}
			return b.handle.Batch(ctx, writes)
		}
	}), fails: []string{"Batch/DoesEachWrite"}},
	{name: "Batch stops at the first failure", spoil: each(func(b *broken) {
		b.batch = func(ctx context.Context, writes []store.Write) ([]error, error) {
			results := make([]error, len(writes))
			for i := range writes {
				result, err := b.handle.Batch(ctx, writes[i:i+1])
				if err != nil {
					return nil, err
				}
				if results[i] = result[0]; results[i] != nil {
					break
				}
			}
			return results, b.enter(ctx)
		}
	}), fails: []string{"Batch/FailureStandsAlone"}},
	{name: "Batch fails as a whole", spoil: each(func(b *broken) {
		b.batch = func(ctx context.Context, writes []store.Write) ([]error, error) {
			results, err := b.handle.Batch(ctx, writes)
			if err = errors.Join(append(results, err)...); err != nil && len(writes) > 1 {
				return nil, err
			}
			return results, b.enter(ctx)
		}
	}), fails: []string{"Batch/FailureStandsAlone"}},
	{name: "Batch needs a write", spoil: each(func(b *broken) {
		b.batch = func(ctx context.Context, writes []store.Write) ([]error, error) {
			if len(writes) == 0 {
				return nil, errors.New("syntax error near VALUES")
			}
			return b.handle.Batch(ctx, writes)
		}
	}), fails: []string{"Batch/Empty"}},
	{name: "Batch takes 50 writes", spoil: each(func(b *broken) {
		b.batch = func(ctx context.Context, writes []store.Write) ([]error, error) {
			if len(writes) > 50 {
				return nil, errors.New("too many parameters")
			}
			return b.handle.Batch(ctx, writes)
		}
	}), fails: []string{"Batch/Many"}},
	{name: "the clock runs back", spoil: func(testing.TB) func(*broken) {
		var readings atomic.Int32
		return func(b *broken) {
			b.now = func(ctx context.Context) (time.Time, error) {
				now, err := b.handle.Now(ctx)
				if readings.Add(1)%10 == 0 {
					now = now.Add(-3 * time.Second)
				}
				return now, err
			}
		}
	}, fails: []string{"Clock/IsSteady"}},
	{name: "each handle has its clock", spoil: func(testing.TB) func(*broken) {
		var opened atomic.Int32
		return func(b *broken) {
			skew := time.Duration(opened.Add(1)-1) * time.Minute
			b.now = func(ctx context.Context) (time.Time, error) {
				now, err := b.handle.Now(ctx)
				return now.Add(skew), err
			}
		}
	}, fails: []string{"Clock/IsShared"}},
	{name: "Watch never wakes", spoil: each(func(b *broken) {
		b.watch = func(ctx context.Context, wake func()) error { return b.handle.Watch(ctx, func() {}) }
	}), waits: true, fails: []string{"Watch/WakesForAdd", "Watch/WakesForUpdate"}},
	{name: "Watch wakes for new records alone", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			known, mu := 0, sync.Mutex{}
			b.watch = func(ctx context.Context, wake func()) error {
				return b.handle.Watch(ctx, func() {
					records, _ := collect(b.handle.All(ctx))
					mu.Lock()
					defer mu.Unlock()
					if len(records) > known && known > 0 {
						wake()
					}
					known = len(records)
				})
			}
		}
	}, waits: true, fails: []string{"Watch/WakesForUpdate"}},
	{name: "Watch ends without a reason", spoil: each(func(b *broken) {
		b.watch = func(ctx context.Context, wake func()) error {
			err := b.handle.Watch(ctx, wake)
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		}
	}), fails: []string{"Watch/EndsWithContext", "Context/EndedIsTold", "Close/LeaksNoGoroutine"}},
	{name: "Watch outlives the store", spoil: each(func(b *broken) {
		b.watch = func(ctx context.Context, wake func()) error {
			err := b.handle.Watch(ctx, wake)
			if errors.Is(err, store.ErrClosed) {
				<-ctx.Done()
				return ctx.Err()
			}
			return err
		}
	}), waits: true, fails: []string{"Watch/EndsWithClose", "Close/RefusesLaterCalls"}},
	{name: "Leave of nobody fails", spoil: each(func(b *broken) {
		b.leave = func(ctx context.Context, node string) error {
			list, err := b.handle.Members(ctx)
			if err == nil && !slices.ContainsFunc(list, func(m store.Member) bool { return m.Node == node }) {
				return store.ErrNotFound
			}
			return b.handle.Leave(ctx, node)
		}
	}), fails: []string{"Members/ComeAndGo"}},
	{name: "the first Beat stays", spoil: each(func(b *broken) {
		b.beat = func(ctx context.Context, m store.Member) error {
			list, err := b.handle.Members(ctx)
			if slices.ContainsFunc(list, func(old store.Member) bool { return old.Node == m.Node }) {
				return err
			}
			return b.handle.Beat(ctx, m)
		}
	}), fails: []string{"Members/BeatReplaces"}},
	{name: "nodes say when they were seen", spoil: func(testing.TB) func(*broken) {
		var said sync.Map
		return func(b *broken) {
			b.beat = func(ctx context.Context, m store.Member) error {
				said.Store(m.Node, m.Seen)
				return b.handle.Beat(ctx, m)
			}
			b.members = func(ctx context.Context) ([]store.Member, error) {
				list, err := b.handle.Members(ctx)
				for i, m := range list {
					if seen, ok := said.Load(m.Node); ok {
						list[i].Seen = seen.(time.Time)
					}
				}
				return list, err
			}
		}
	}, fails: []string{"Members/SeenIsTheStores"}},
	{name: "members belong to the handle", spoil: func(testing.TB) func(*broken) {
		return func(b *broken) {
			own := memstore.New()
			b.beat = func(ctx context.Context, m store.Member) error {
				return errors.Join(b.enter(ctx), own.Beat(ctx, m))
			}
			b.leave = func(ctx context.Context, node string) error {
				return errors.Join(b.enter(ctx), own.Leave(ctx, node))
			}
			b.members = func(ctx context.Context) ([]store.Member, error) {
				list, err := own.Members(ctx)
				return list, errors.Join(b.enter(ctx), err)
			}
		}
	}, fails: []string{"Members/AcrossHandles"}},
	{name: "the name of the place is the handle's", spoil: func(testing.TB) func(*broken) {
		var opened atomic.Int32
		return func(b *broken) {
			name := strings.Repeat("x", int(opened.Add(1)))
			b.namespace = func() string { return name }
		}
	}, fails: []string{"Namespace/IsSteady"}},
}
