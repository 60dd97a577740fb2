package storetest

import (
	"errors"
	"slices"

	"github.com/go-asyncz/asyncz/store"
)

var corruptCases = []testCase{
	{name: "Corrupt/GetTells", prove: corruptGet,
		promise: "Get of a record that can't be read returns ErrCorrupt."},
	{name: "Corrupt/OthersAreReadable", prove: corruptOthers,
		promise: "one record that can't be read leaves Get, Due and NextDue of the others as they are."},
	{name: "Corrupt/AllGoesOn", prove: corruptAll,
		promise: "All yields one error that wraps ErrCorrupt for the record that can't be read, and all others."},
	{name: "Corrupt/IsKept", prove: corruptKept,
		promise: "a record that can't be read is neither removed nor replaced by Add, Update, Due, Claim or reopening."},
	{name: "Corrupt/ClearRemoves", prove: corruptClear,
		promise: "Clear removes also what can't be read, and its id is free again."},
}

// spoil opens a store of five records and makes the third of them unreadable.
func (t *T) spoil() (s store.Store, good []store.Record, bad string) {
	t.Helper()
	if t.place.Corrupt == nil {
		t.Skip("the harness can't damage a record")
	}
	s = t.open()
	good = t.add(s, recs(5)...)
	bad = good[2].ID
	t.check(t.place.Corrupt(bad), "Harness: Corrupt(%q)", bad)
	return s, slices.Delete(good, 2, 3), bad
}

// unreadable returns how many errors for corrupt records All yields, and the
// ids of the others.
func (t *T) unreadable(s store.Store) (corrupt int, good []string) {
	t.Helper()
	for r, err := range s.All(t.ctx) {
		switch {
		case errors.Is(err, store.ErrCorrupt):
			corrupt++
		case err != nil:
			t.Fatalf("All: got error %v, want one for which errors.Is(err, %q) holds", err, store.ErrCorrupt)
		default:
			good = append(good, r.ID)
		}
	}
	return corrupt, good
}

func corruptGet(t *T) {
	s, _, bad := t.spoil()
	_, err := s.Get(t.ctx, bad)
	t.fails(err, store.ErrCorrupt, "Get of the corrupt record")
}

func corruptOthers(t *T) {
	s, good, _ := t.spoil()
	for _, r := range good {
		t.holds(s, r, "beside a corrupt record")
	}
	due := slices.DeleteFunc(t.due(s, at(good[3].Due)), func(r store.Record) bool { return r.ID == "task-00002" })
	t.lists(due, "Due, beside a corrupt record", ids(good)...)
	t.next(s, nil, good[0].Due, "beside a corrupt record")
	t.check(s.Update(t.ctx, good[0]), "Update beside a corrupt record")
	t.check(s.Delete(t.ctx, good[1].ID, 1), "Delete beside a corrupt record")
	t.add(s, rec("new"))
}

func corruptAll(t *T) {
	s, good, _ := t.spoil()
	corrupt, got := t.unreadable(s)
	if !slices.Equal(got, ids(good)) {
		t.Errorf("All beside a corrupt record: got the good ones %q, want %q", got, ids(good))
	}
	if corrupt != 1 {
		t.Errorf("All yields %d errors that wrap ErrCorrupt, want 1", corrupt)
	}
}

func corruptKept(t *T) {
	s, good, bad := t.spoil()
	if err := s.Add(t.ctx, rec(bad)); err == nil {
		t.Errorf("Add of the id of a corrupt record succeeded: it has replaced what could not be read")
	}
	for _, rev := range []uint64{0, 1, 2} {
		r := rec(bad)
		r.Rev = rev
		if err := s.Update(t.ctx, r); err == nil {
			t.Errorf("Update of a corrupt record with revision %d succeeded: it has replaced what could not be read", rev)
		}
	}
	_, _ = s.Due(t.ctx, at(good[3].Due))
	if c, ok := s.(store.Claimer); ok {
		_, _ = c.Claim(t.ctx, at(good[3].Due), hold)
	}
	t.keptUnreadable(s, bad)
	if !t.h.InMemory && !t.h.OneHandle {
		t.keptUnreadable(t.open(), bad)
	}
}

// keptUnreadable reports when a corrupt record is gone or has become readable.
// All has been walked before, so that a walk that removes is found out.
func (t *T) keptUnreadable(s store.Store, id string) {
	t.Helper()
	t.unreadable(s)
	if r, err := s.Get(t.ctx, id); err == nil {
		t.Errorf("the corrupt record was replaced by one with revision %d and data %s", r.Rev, show(r.Data))
	} else if errors.Is(err, store.ErrNotFound) {
		t.Errorf("the corrupt record was removed: %v", err)
	}
}

func corruptClear(t *T) {
	s, _, bad := t.spoil()
	t.check(s.Clear(t.ctx), "Clear")
	if corrupt, good := t.unreadable(s); corrupt != 0 || len(good) != 0 {
		t.Errorf("after Clear, All yields %d corrupt and %d other records, want none", corrupt, len(good))
	}
	t.lacks(s, bad, "after Clear")
	t.holds(s, t.add(s, rec(bad))[0], "the id added again")
}
