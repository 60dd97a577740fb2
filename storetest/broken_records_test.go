package storetest

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var brokenWrites = []breakage{
	{name: "Add drops the label of what is not scheduled", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			if r.Due.IsZero() {
				r.Executor = ""
			}
			return b.handle.Add(ctx, r)
		}
	}), fails: []string{"Add/KeepsTheRecord", "Claim/LeavesWhatIsNotDue"}},
	{name: "Add keeps Rev", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			err := b.handle.Add(ctx, r)
			for want, rev := r.Rev, uint64(1); err == nil && rev < want; rev++ {
				r.Rev = rev
				err = b.handle.Update(ctx, r)
			}
			return err
		}
	}), fails: []string{"Add/StartsAtRevisionOne"}},
	{name: "Add overwrites", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			err := b.handle.Add(ctx, r)
			if old, gerr := b.handle.Get(ctx, r.ID); errors.Is(err, store.ErrExists) && gerr == nil {
				r.Rev = old.Rev
				_ = b.handle.Update(ctx, r)
			}
			return err
		}
	}), fails: []string{"Add/RefusesTakenID", "Concurrent/OneAdds", "Handles/OneAdds", "Handles/StaleRevisionIsRefused", "Reopen/KeepsRecords"}},
	{name: "Get of a missing id returns nothing, without an error", spoil: each(func(b *broken) {
		b.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := b.handle.Get(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return r, err
		}
	}), fails: []string{"Get/Missing", "Batch/DoesEachWrite", "Clear/RemovesAll", "Concurrent/OneDeletes", "Corrupt/ClearRemoves",
		"Delete/AnyRevision", "Delete/Removes", "Handles/OneDeletes", "Handles/SeeEachOther", "ID/RefusesInvalid", "Reopen/KeepsRecords"},
		may: []string{"All/WhileBeingChanged", "Context/AllOrNothing"}},
	{name: "Update forgets the label", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error {
			if old, err := b.handle.Get(ctx, r.ID); err == nil {
				r.Executor = old.Executor
			}
			return b.handle.Update(ctx, r)
		}
	}), fails: []string{"Update/Replaces", "Due/FollowsUpdates"}},
	{name: "Update skips a revision now and then", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error {
			err := b.handle.Update(ctx, r)
			if r.Rev++; err == nil && r.Rev == 8 {
				err = b.handle.Update(ctx, r)
			}
			return err
		}
	}), fails: []string{"Update/RevisionGrowsByOne", "Concurrent/NoUpdateIsLost", "Handles/NoUpdateIsLost"},
		may: []string{"Context/EndsMeanwhile", "Watch/WakesForUpdate"}},
	{name: "Update checks no revision", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error {
			err := b.handle.Update(ctx, r)
			for errors.Is(err, store.ErrConflict) {
				old, gerr := b.handle.Get(ctx, r.ID)
				if gerr != nil {
					return gerr
				}
				r.Rev = old.Rev
				err = b.handle.Update(ctx, r)
			}
			return err
		}
	}), fails: []string{"Update/RefusesOtherRevision", "Handles/StaleRevisionIsRefused", "Claim/MakesRevisionsStale"},
		may: []string{"Concurrent/NoUpdateIsLost", "Handles/NoUpdateIsLost"}},
	{name: "Update of revision 0 checks no revision", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error {
			if old, err := b.handle.Get(ctx, r.ID); err == nil && r.Rev == 0 {
				r.Rev = old.Rev
			}
			return b.handle.Update(ctx, r)
		}
	}), fails: []string{"Update/RefusesOtherRevision"}},
	{name: "Update loses a race unnoticed", spoil: func(testing.TB) func(*broken) {
		var updates atomic.Int32
		return func(b *broken) {
			b.update = func(ctx context.Context, r store.Record) error {
				if r.ID == "counter" && updates.Add(1)%10 == 0 {
					return nil
				}
				return b.handle.Update(ctx, r)
			}
		}
	}, fails: []string{"Concurrent/NoUpdateIsLost", "Handles/NoUpdateIsLost"}},
	{name: "Update of a missing id adds it", spoil: each(func(b *broken) {
		b.update = func(ctx context.Context, r store.Record) error {
			err := b.handle.Update(ctx, r)
			if errors.Is(err, store.ErrNotFound) {
				_ = b.handle.Add(ctx, r)
			}
			return err
		}
	}), fails: []string{"Update/Missing"}},
	{name: "Delete leaves the record in the index of due times", spoil: func(testing.TB) func(*broken) {
		var mu sync.Mutex
		gone := map[string]store.Record{}
		return func(b *broken) {
			b.delete = func(ctx context.Context, id string, rev uint64) error {
				r, _ := b.handle.Get(ctx, id)
				err := b.handle.Delete(ctx, id, rev)
				if mu.Lock(); err == nil {
					gone[id] = r
				}
				mu.Unlock()
				return err
			}
			b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
				records, err := b.handle.Due(ctx, q)
				mu.Lock()
				defer mu.Unlock()
				for _, r := range gone {
					if err == nil && len(records) < q.Limit && !r.Due.After(q.At) && q.Executors == nil {
						records = append(records, r)
					}
				}
				return records, err
			}
		}
	}, fails: []string{"Delete/Removes", "Reopen/KeepsRecords"}, may: []string{"Context/AllOrNothing"}},
	{name: "Delete takes 0 for a revision", spoil: each(func(b *broken) {
		b.delete = func(ctx context.Context, id string, rev uint64) error {
			if _, err := b.handle.Get(ctx, id); err == nil && rev == 0 {
				return store.ErrConflict
			}
			return b.handle.Delete(ctx, id, rev)
		}
	}), fails: []string{"Delete/AnyRevision", "All/CallerMayWrite", "All/WhileBeingChanged", "NextDue/FollowsWrites", "Reopen/KeepsRecords"},
		may: []string{"Concurrent/OneDeletes", "Handles/OneDeletes"}},
	{name: "Delete checks no revision", spoil: each(func(b *broken) {
		b.delete = func(ctx context.Context, id string, rev uint64) error { return b.handle.Delete(ctx, id, 0) }
	}), fails: []string{"Delete/RefusesOtherRevision", "Handles/StaleRevisionIsRefused", "Claim/MakesRevisionsStale"}},
	{name: "Delete of a missing id is fine", spoil: each(func(b *broken) {
		b.delete = func(ctx context.Context, id string, rev uint64) error {
			err := b.handle.Delete(ctx, id, rev)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		}
	}), fails: []string{"Delete/Missing", "Concurrent/OneDeletes", "Handles/OneDeletes"}},
	{name: "Delete remembers the revision", spoil: func(testing.TB) func(*broken) {
		var deleted sync.Map
		return func(b *broken) {
			b.delete = func(ctx context.Context, id string, rev uint64) error {
				deleted.Store(id, true)
				return b.handle.Delete(ctx, id, rev)
			}
			b.add = func(ctx context.Context, r store.Record) error {
				err := b.handle.Add(ctx, r)
				if _, was := deleted.Load(r.ID); was && err == nil {
					r.Rev = 1
					err = b.handle.Update(ctx, r)
				}
				return err
			}
		}
	}, fails: []string{"Delete/FreesTheID", "Data/AnySize"}},
	{name: "Clear forgets what is not scheduled", spoil: each(func(b *broken) {
		b.clear = func(ctx context.Context) error {
			paused := []store.Record{}
			for r, err := range b.handle.All(ctx) {
				if err == nil && r.Due.IsZero() {
					paused = append(paused, r)
				}
			}
			err := b.handle.Clear(ctx)
			for _, r := range paused {
				_ = b.handle.Add(ctx, r)
			}
			return err
		}
	}), fails: []string{"Clear/RemovesAll"}},
	{name: "Clear of an empty store fails", spoil: each(func(b *broken) {
		b.clear = func(ctx context.Context) error {
			if records, err := collect(b.handle.All(ctx)); err == nil && len(records) == 0 {
				return store.ErrNotFound
			}
			return b.handle.Clear(ctx)
		}
	}), fails: []string{"Clear/EmptyStore"}},
	{name: "writers of different records are in each other's way", spoil: func(testing.TB) func(*broken) {
		var adds atomic.Int32
		return func(b *broken) {
			b.update = func(ctx context.Context, r store.Record) error {
				if r.Rev == 3 && strings.HasPrefix(r.ID, "task-") && adds.Add(1)%5 == 0 {
					return errors.New("the database is busy")
				}
				return b.handle.Update(ctx, r)
			}
		}
	}, fails: []string{"Concurrent/OthersDontDisturb"}, may: []string{"Context/EndsMeanwhile", "All/WhileBeingChanged"}},
	{name: "two add one id now and then", spoil: func(testing.TB) func(*broken) {
		var losers atomic.Int32
		return func(b *broken) {
			b.add = func(ctx context.Context, r store.Record) error {
				err := b.handle.Add(ctx, r)
				if errors.Is(err, store.ErrExists) && losers.Add(1)%10 == 0 {
					return nil
				}
				return err
			}
		}
	}, fails: []string{"Concurrent/OneAdds", "Handles/OneAdds"}},
	{name: "two delete one record now and then", spoil: func(testing.TB) func(*broken) {
		var losers atomic.Int32
		return func(b *broken) {
			b.delete = func(ctx context.Context, id string, rev uint64) error {
				err := b.handle.Delete(ctx, id, rev)
				if errors.Is(err, store.ErrNotFound) && losers.Add(1)%10 == 0 {
					return nil
				}
				return err
			}
		}
	}, fails: []string{"Concurrent/OneDeletes", "Handles/OneDeletes"}},
}

// mergeIDs makes a breakage of a store that takes ids of one form for the same.
func mergeIDs(form func(id string) string) func(testing.TB) func(*broken) {
	return func(testing.TB) func(*broken) {
		var first sync.Map
		known := func(id string) string {
			if as, ok := first.Load(form(id)); ok {
				return as.(string)
			}
			return id
		}
		return func(b *broken) {
			b.add = func(ctx context.Context, r store.Record) error {
				as, _ := first.LoadOrStore(form(r.ID), r.ID)
				r.ID = as.(string)
				return b.handle.Add(ctx, r)
			}
			b.get = func(ctx context.Context, id string) (store.Record, error) { return b.handle.Get(ctx, known(id)) }
			b.update = func(ctx context.Context, r store.Record) error {
				r.ID = known(r.ID)
				return b.handle.Update(ctx, r)
			}
			b.delete = func(ctx context.Context, id string, rev uint64) error {
				return b.handle.Delete(ctx, known(id), rev)
			}
		}
	}
}

// lower folds the case of the letters that all file systems fold.
func lower(id string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, id)
}

// refuseIDs makes a breakage of a store that can't keep some ids.
func refuseIDs(bad func(id string) bool) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			if bad(r.ID) {
				return store.ErrInvalid
			}
			return b.handle.Add(ctx, r)
		}
	})
}

var brokenIDs = []breakage{
	{name: "ids are folded", spoil: mergeIDs(lower), fails: []string{"ID/CaseMatters"}},
	{name: "ids are normalised", spoil: mergeIDs(strings.NewReplacer("e\u0301", "é").Replace), fails: []string{"ID/NormalFormMatters"}},
	{name: "ids are trimmed", spoil: mergeIDs(strings.TrimSpace), fails: []string{"ID/SpacesMatter"}},
	{name: "ids are unescaped", spoil: mergeIDs(func(id string) string {
		if plain, err := url.PathUnescape(id); err == nil {
			return plain
		}
		return id
	}), fails: []string{"ID/NoCharacterIsSpecial"}},
	{name: "ids are file names", spoil: refuseIDs(func(id string) bool { return strings.Contains(id, "../") }), fails: []string{"ID/NoCharacterIsSpecial"}},
	{name: "ids have three bytes a character", spoil: refuseIDs(func(id string) bool {
		return strings.ContainsFunc(id, func(r rune) bool { return r > 0xffff }) && len(id) < 100
	}), fails: []string{"ID/AnyScript"}},
	{name: "ids have 191 bytes", spoil: refuseIDs(func(id string) bool { return len(id) > 191 }), fails: []string{"ID/Longest"}},
	{name: "ids are cut at 254 bytes", spoil: mergeIDs(func(id string) string { return id[:min(254, len(id))] }), fails: []string{"ID/Longest"}},
	{name: "ids lose a NUL", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			r.ID = strings.ReplaceAll(r.ID, "\x00", "")
			return b.handle.Add(ctx, r)
		}
	}), fails: []string{"ID/RefusesInvalid"}},
}

var brokenData = []breakage{
	{name: "data has 64 KiB", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			r.Data = r.Data[:min(1<<16, len(r.Data))]
			return b.handle.Add(ctx, r)
		}
	}), fails: []string{"Data/AnySize"}},
	{name: "data is text", spoil: each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			r.Data = bytes.TrimRight(r.Data, " ")
			return b.handle.Add(ctx, r)
		}
	}), fails: []string{"Data/AnyByte", "ID/SpacesMatter"}},
	{name: "data handed out is the store's own", spoil: func(testing.TB) func(*broken) {
		var mu sync.Mutex
		own := map[string]store.Record{}
		return func(b *broken) {
			b.get = func(ctx context.Context, id string) (store.Record, error) {
				r, err := b.handle.Get(ctx, id)
				mu.Lock()
				defer mu.Unlock()
				if old := own[id]; err == nil && old.Rev == r.Rev && old.Rev == 1 && len(old.Data) < 100 && len(old.Data) == len(r.Data) {
					return old, nil
				}
				own[id] = r
				return r, err
			}
		}
	}, fails: []string{"Data/HandedOutIsTheCallers"}},
	{name: "data handed in is kept", spoil: func(testing.TB) func(*broken) {
		var mu sync.Mutex
		kept := map[string][]byte{}
		return func(b *broken) {
			b.add = func(ctx context.Context, r store.Record) error {
				err := b.handle.Add(ctx, r)
				if mu.Lock(); err == nil {
					kept[r.ID] = r.Data
				}
				mu.Unlock()
				return err
			}
			b.get = func(ctx context.Context, id string) (store.Record, error) {
				r, err := b.handle.Get(ctx, id)
				mu.Lock()
				defer mu.Unlock()
				if data := kept[id]; err == nil && r.Rev == 1 && len(data) == len(r.Data) {
					r.Data = slices.Clone(data)
				}
				return r, err
			}
		}
	}, fails: []string{"Data/HandedInIsCopied"}},
	{name: "labels are folded", spoil: each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			if q.Executors == nil {
				return b.handle.Due(ctx, q)
			}
			all := q
			all.Executors, all.Limit = nil, 1<<20
			records, err := b.handle.Due(ctx, all)
			records = slices.DeleteFunc(records, func(r store.Record) bool {
				return !slices.ContainsFunc(q.Executors, func(label string) bool { return strings.EqualFold(label, r.Executor) })
			})
			return records[:max(0, min(q.Limit, len(records)))], err
		}
	}), fails: []string{"Executor/AnyLabel"}},
	{name: "values are kept beside data", spoil: func(testing.TB) func(*broken) {
		var values sync.Map
		return func(b *broken) {
			b.add = func(ctx context.Context, r store.Record) error {
				values.Store(r.ID, r.Value)
				return b.handle.Add(ctx, r)
			}
			b.get = func(ctx context.Context, id string) (store.Record, error) {
				r, err := b.handle.Get(ctx, id)
				r.Value, _ = values.Load(id)
				return r, err
			}
		}
	}, fails: []string{"Live/OthersIgnoreValues"}},
}

// mapTimes makes a breakage of a store that keeps due times in another form.
func mapTimes(form func(due time.Time) time.Time) func(testing.TB) func(*broken) {
	return each(func(b *broken) {
		b.add = func(ctx context.Context, r store.Record) error {
			r.Due = form(r.Due)
			return b.handle.Add(ctx, r)
		}
		b.update = func(ctx context.Context, r store.Record) error {
			r.Due = form(r.Due)
			return b.handle.Update(ctx, r)
		}
	})
}

var brokenTimes = []breakage{
	{name: "times are kept to the second", spoil: mapTimes(func(due time.Time) time.Time { return due.Truncate(time.Second) }),
		fails: []string{"Time/ToTheMicrosecond", "Time/FinerIsCutOff", "Time/OrderOfMicroseconds"}},
	{name: "times are kept to the millisecond", spoil: mapTimes(func(due time.Time) time.Time { return due.Truncate(time.Millisecond) }),
		fails: []string{"Time/ToTheMicrosecond", "Time/FinerIsCutOff", "Time/OrderOfMicroseconds"}},
	{name: "times end in 2262", spoil: mapTimes(func(due time.Time) time.Time {
		if due.IsZero() {
			return due
		}
		return time.Unix(0, due.UnixNano())
	}), fails: []string{"Time/ToTheMicrosecond"}},
	{name: "times are rounded", spoil: mapTimes(func(due time.Time) time.Time { return due.Round(time.Microsecond) }),
		fails: []string{"Time/FinerIsCutOff"}},
	{name: "times come back in local time", spoil: each(func(b *broken) {
		b.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := b.handle.Get(ctx, id)
			r.Due = r.Due.In(time.FixedZone("here", 3600))
			return r, err
		}
	}), fails: []string{"Time/ComesBackInUTC"}},
	{name: "the epoch means not scheduled", spoil: mapTimes(func(due time.Time) time.Time {
		if due.Equal(time.Unix(0, 0)) {
			return time.Time{}
		}
		return due
	}), fails: []string{"Time/EpochIsATime"}},
	{name: "the zero time is a time", spoil: each(func(b *broken) {
		b.due = func(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
			records, err := b.handle.Due(ctx, q)
			for r, aerr := range b.handle.All(ctx) {
				if aerr == nil && r.Due.IsZero() && len(records) < q.Limit && q.Executors == nil {
					records = append(records, r)
				}
			}
			return records, err
		}
	}), fails: []string{"Time/ZeroIsNotScheduled", "Reopen/KeepsRecords"}},
}
