package storetest

import (
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var writeCases = []testCase{
	{name: "Add/KeepsTheRecord", prove: addKeeps,
		promise: "Get returns what Add was given: id, due time, executor and data."},
	{name: "Add/StartsAtRevisionOne", prove: addStartsAtOne,
		promise: "a new record has revision 1, whatever Rev it was handed in with."},
	{name: "Add/RefusesTakenID", prove: addRefusesTaken,
		promise: "Add of an id that is there returns ErrExists and changes nothing."},
	{name: "Get/Missing", prove: getMissing,
		promise: "Get of an id that isn't there returns ErrNotFound."},
	{name: "Update/Replaces", prove: updateReplaces,
		promise: "Update replaces due time, executor and data, and only of this record."},
	{name: "Update/RevisionGrowsByOne", prove: updateGrows,
		promise: "each Update gives the record the revision that it was handed in with, plus one."},
	{name: "Update/RefusesOtherRevision", prove: updateRefuses,
		promise: "Update with a revision other than the record's returns ErrConflict and changes nothing; 0 is no exception."},
	{name: "Update/Missing", prove: updateMissing,
		promise: "Update of an id that isn't there returns ErrNotFound and adds nothing."},
	{name: "Delete/Removes", prove: deleteRemoves,
		promise: "Delete with the record's revision removes it, and only it."},
	{name: "Delete/AnyRevision", prove: deleteAny,
		promise: "Delete with revision 0 removes a record of any revision."},
	{name: "Delete/RefusesOtherRevision", prove: deleteRefuses,
		promise: "Delete with a revision other than the record's returns ErrConflict and removes nothing."},
	{name: "Delete/Missing", prove: deleteMissing,
		promise: "Delete of an id that isn't there returns ErrNotFound, with a revision and with 0."},
	{name: "Delete/FreesTheID", prove: deleteFrees,
		promise: "after Delete the id can be added again, from revision 1."},
	{name: "Clear/RemovesAll", prove: clearRemoves,
		promise: "Clear removes all records, those without a due time too, and the store goes on working."},
	{name: "Clear/EmptyStore", prove: clearEmpty,
		promise: "Clear of an empty store is no error."},
}

func addKeeps(t *T) {
	s := t.open()
	for _, want := range t.add(s, rec("a"), store.Record{ID: "b", Executor: "other", Data: []byte("{}")}) {
		got := t.get(s, want.ID)
		want.Rev = got.Rev
		t.same(got, want, "after Add")
	}
}

func addStartsAtOne(t *T) {
	s := t.open()
	for id, rev := range map[string]uint64{"a": 0, "b": 1, "c": 77} {
		r := rec(id)
		r.Rev = rev
		t.check(s.Add(t.ctx, r), "Add(%q) with Rev %d", id, rev)
		if got := t.get(s, id); got.Rev != 1 {
			t.Errorf("a record added with Rev %d has revision %d, want 1", rev, got.Rev)
		}
	}
}

func addRefusesTaken(t *T) {
	s := t.open()
	first := t.add(s, rec("a"))[0]
	t.fails(s.Add(t.ctx, store.Record{ID: "a", Executor: "other", Data: []byte("second")}), store.ErrExists, "a second Add(%q)", "a")
	t.holds(s, first, "after the second Add")
}

func getMissing(t *T) {
	s := t.open()
	t.lacks(s, "a", "in an empty store")
	t.add(s, rec("a"))
	t.lacks(s, "b", "beside another record")
}

func updateReplaces(t *T) {
	s := t.open()
	kept := t.add(s, rec("a"), rec("b"))
	want := store.Record{ID: "a", Due: noon.Add(time.Hour), Executor: "other", Data: []byte("new"), Rev: 1}
	t.check(s.Update(t.ctx, want), "Update")
	want.Rev = 2
	got := t.get(s, "a")
	t.same(got, want, "after Update")
	t.holds(s, kept[1], "the record beside it")
}

func updateGrows(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	for rev := uint64(1); rev <= 10; rev++ {
		r.Rev = rev
		t.check(s.Update(t.ctx, r), "Update of revision %d", rev)
		if got := t.get(s, "a"); got.Rev != rev+1 {
			t.Fatalf("Update of revision %d gave revision %d, want %d", rev, got.Rev, rev+1)
		}
	}
}

func updateRefuses(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.check(s.Update(t.ctx, r), "Update of revision 1")
	r.Rev = 2
	for _, rev := range []uint64{0, 1, 3, 1 << 40} {
		stale := store.Record{ID: "a", Executor: "other", Data: []byte("stale"), Rev: rev}
		t.fails(s.Update(t.ctx, stale), store.ErrConflict, "Update of revision %d while the record has 2", rev)
		t.holds(s, r, "after the refused Update")
	}
}

func updateMissing(t *T) {
	s := t.open()
	for _, rev := range []uint64{0, 1} {
		r := rec("a")
		r.Rev = rev
		t.fails(s.Update(t.ctx, r), store.ErrNotFound, "Update of a missing id with revision %d", rev)
	}
	t.lists(t.all(s), "All after the refused Update")
}

func deleteRemoves(t *T) {
	s := t.open()
	kept := t.add(s, rec("a"), rec("b"))
	t.check(s.Delete(t.ctx, "a", 1), "Delete with revision 1")
	t.lacks(s, "a", "after Delete")
	t.holds(s, kept[1], "the record beside it")
	t.lists(t.due(s, at(noon)), "Due after Delete", "b")
	t.lists(t.all(s), "All after Delete", "b")
}

func deleteAny(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.check(s.Update(t.ctx, r), "Update")
	t.check(s.Delete(t.ctx, "a", 0), "Delete with revision 0 of a record that has 2")
	t.lacks(s, "a", "after Delete")
}

func deleteRefuses(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.check(s.Update(t.ctx, r), "Update")
	r.Rev = 2
	for _, rev := range []uint64{1, 3} {
		t.fails(s.Delete(t.ctx, "a", rev), store.ErrConflict, "Delete with revision %d of a record that has 2", rev)
		t.holds(s, r, "after the refused Delete")
	}
}

func deleteMissing(t *T) {
	s := t.open()
	for _, rev := range []uint64{0, 1} {
		t.fails(s.Delete(t.ctx, "a", rev), store.ErrNotFound, "Delete of a missing id with revision %d", rev)
	}
}

func deleteFrees(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.check(s.Update(t.ctx, r), "Update")
	t.check(s.Delete(t.ctx, "a", 2), "Delete")
	again := store.Record{ID: "a", Due: noon.Add(time.Hour), Executor: "other", Data: []byte("again")}
	t.check(s.Add(t.ctx, again), "Add after Delete")
	again.Rev = 1
	t.holds(s, again, "after the second Add")
}

func clearRemoves(t *T) {
	s := t.open()
	paused := rec("c")
	paused.Due = time.Time{}
	t.add(s, rec("a"), rec("b"), paused)
	t.check(s.Clear(t.ctx), "Clear")
	t.lists(t.all(s), "All after Clear")
	t.lists(t.due(s, at(noon)), "Due after Clear")
	t.lacks(s, "a", "after Clear")
	next, err := s.NextDue(t.ctx, nil)
	t.check(err, "NextDue")
	if !next.IsZero() {
		t.Errorf("NextDue after Clear is %v, want the zero time", next)
	}
	t.holds(s, t.add(s, rec("a"))[0], "a record added after Clear")
}

func clearEmpty(t *T) {
	s := t.open()
	t.check(s.Clear(t.ctx), "Clear")
	t.check(s.Clear(t.ctx), "Clear again")
}
