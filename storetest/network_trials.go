package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// trials are all writes that change what they find, so that doing them twice is
// not the same as doing them once; and AppendRuns, which may be repeated.
var trials = []trial{
	{
		name:    "Add",
		prepare: func(*network, store.Store, string) {},
		do: func(ctx context.Context, s store.Store, mark string) error {
			return s.Add(ctx, large(mark+"a", 1))
		},
		fate: func(n *network, s store.Store, mark string) fate {
			return n.fate(s, mark+"a", 0, 1)
		},
	}, {
		name:    "Update",
		prepare: func(n *network, s store.Store, mark string) { n.add(s, large(mark+"a", 1)) },
		do: func(ctx context.Context, s store.Store, mark string) error {
			return s.Update(ctx, change(mark+"a"))
		},
		fate: func(n *network, s store.Store, mark string) fate {
			return n.fate(s, mark+"a", 1, 2)
		},
	}, {
		name:    "Delete",
		prepare: func(n *network, s store.Store, mark string) { n.add(s, large(mark+"a", 1)) },
		do: func(ctx context.Context, s store.Store, mark string) error {
			return s.Delete(ctx, mark+"a", 1)
		},
		fate: func(n *network, s store.Store, mark string) fate {
			return n.fate(s, mark+"a", 1, 0)
		},
	}, {
		name:  "Batch",
		mixes: true,
		has:   func(s store.Store) bool { _, ok := s.(store.Batcher); return ok },
		prepare: func(n *network, s store.Store, mark string) {
			n.add(s, large(mark+"update", 1), large(mark+"delete", 1))
		},
		do: doBatch,
		fate: func(n *network, s store.Store, mark string) fate {
			return together(n.fate(s, mark+"add", 0, 1), n.fate(s, mark+"update", 1, 2), n.fate(s, mark+"delete", 1, 0))
		},
	}, {
		name:  "Claim",
		mixes: true,
		has:   func(s store.Store) bool { _, ok := s.(store.Claimer); return ok },
		prepare: func(n *network, s store.Store, mark string) {
			for i := range claimed {
				n.add(s, claimable(mark, i))
			}
		},
		do: func(ctx context.Context, s store.Store, mark string) error {
			return doClaim(ctx, s, mark, noon, lostHold)
		},
		again: func(ctx context.Context, s store.Store, mark string) error {
			return claimAll(ctx, s, mark, noon, lostHold)
		},
		fate: claimFate,
	}, {
		name:    "AppendRuns",
		mixes:   true,
		has:     func(s store.Store) bool { _, ok := s.(store.RunLog); return ok },
		prepare: func(*network, store.Store, string) {},
		do: func(ctx context.Context, s store.Store, mark string) error {
			return s.(store.RunLog).AppendRuns(ctx, []store.RunEntry{run(mark, 0), run(mark, 1), run(mark, 2)})
		},
		fate: runsFate,
	},
}

// large is a record at this revision, 0 being none: of several pieces on the
// network, and different from that of other revisions in all its parts.
func large(id string, rev uint64) store.Record {
	return store.Record{
		ID: id, Rev: rev, Due: noon.Add(time.Duration(rev) * time.Hour), Executor: fmt.Sprint("label ", rev),
		Data: bytes.Repeat(fmt.Appendf(nil, "revision %d; ", rev), 1500),
	}
}

// change is the write that leads from the first revision of a record to the second.
func change(id string) store.Record {
	r := large(id, 2)
	r.Rev = 1
	return r
}

// fate tells whether a record is at the revision before a write or at that after
// it, 0 meaning that it isn't there.
func (n *network) fate(s store.Store, id string, before, after uint64) fate {
	n.Helper()
	got, err := s.Get(n.ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		n.Fatalf("Get(%q), not through the proxy: %v", id, err)
	}
	switch got.Rev {
	case after:
	case before:
		after = before
	default:
		n.Errorf("record %q has revision %d, want %d or %d", id, got.Rev, before, after)
		return torn
	}
	if got.Rev != 0 {
		n.same(got, large(id, got.Rev), "after the cut")
	}
	if after == before {
		return undone
	}
	return done
}

// together is the fate of several records.
func together(fates ...fate) fate {
	for _, f := range fates {
		if f == torn {
			return torn
		}
		if f != fates[0] {
			return mixed
		}
	}
	return fates[0]
}

func doBatch(ctx context.Context, s store.Store, mark string) error {
	results, err := s.(store.Batcher).Batch(ctx, []store.Write{
		{Op: store.OpAdd, Record: large(mark+"add", 1)},
		{Op: store.OpUpdate, Record: change(mark + "update")},
		{Op: store.OpDelete, Record: store.Record{ID: mark + "delete", Rev: 1}},
	})
	return errors.Join(append(results, err)...)
}

const claimed = 5 // records of a claim

var lostHold = noon.Add(time.Minute)

func claimable(mark string, i int) store.Record {
	r := rec(fmt.Sprint(mark, i))
	r.Executor = mark
	return r
}

// errNotAll is of a claim that holds records and does not return them: nobody
// knows of them then.
var errNotAll = errors.New("not all records were returned")

// doClaim claims the records of a trial in one step.
func doClaim(ctx context.Context, s store.Store, mark string, due, hold time.Time) error {
	got, err := s.(store.Claimer).Claim(ctx, claimOf(mark, due), hold)
	if err == nil && len(got) != claimed {
		return fmt.Errorf("%w: %d of %d", errNotAll, len(got), claimed)
	}
	return err
}

// claimAll claims until it has all records: a server that has not yet noticed the
// end of an earlier claim may pass by what that one locked.
func claimAll(ctx context.Context, s store.Store, mark string, due, hold time.Time) error {
	for n := 0; n < claimed; {
		got, err := s.(store.Claimer).Claim(ctx, claimOf(mark, due), hold)
		if n += len(got); err != nil {
			return fmt.Errorf("%w, after %d records of %d", err, n, claimed)
		}
	}
	return nil
}

func claimOf(mark string, due time.Time) store.DueQuery {
	return store.DueQuery{At: due.Add(margin), Executors: []string{mark}, Limit: claimed}
}

func claimFate(n *network, s store.Store, mark string) fate {
	n.Helper()
	var fates []fate
	for i := range claimed {
		want := claimable(mark, i)
		got := n.get(s, want.ID)
		f := undone
		want.Rev = 1
		if got.Rev != 1 {
			f, want.Rev, want.Due = done, 2, lostHold
		}
		n.same(got, want, "after the cut")
		fates = append(fates, f)
	}
	return together(fates...)
}

func runsFate(n *network, s store.Store, mark string) fate {
	n.Helper()
	rows, err := collect(s.(store.RunLog).Runs(n.ctx, store.RunQuery{Task: mark}))
	n.check(err, "Runs, not through the proxy")
	for _, e := range rows {
		want := run(mark, int(e.Ended.Sub(noon).Minutes()))
		if !e.Fire.Equal(want.Fire) || !e.Ended.Equal(want.Ended) || !bytes.Equal(e.Data, want.Data) {
			n.Errorf("after the cut there is a row of the run history that was not appended: %+v", e)
			return torn
		}
	}
	switch len(rows) {
	case 0:
		return undone
	case 3:
		return done
	default:
		return mixed
	}
}
