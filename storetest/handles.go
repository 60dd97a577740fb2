package storetest

import (
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var reopenCases = []testCase{
	{name: "Reopen/KeepsRecords", prove: reopenKeeps,
		promise: "what a method has acknowledged is there when the store is opened again: records, revisions, the order of due times, and what was deleted stays deleted."},
	{name: "Reopen/ClearedStaysCleared", prove: reopenCleared,
		promise: "a cleared store is empty when it is opened again."},
}

var handleCases = []testCase{
	{name: "Handles/SeeEachOther", prove: handlesSee,
		promise: "what is written through one handle is seen through another when the write returns."},
	{name: "Handles/StaleRevisionIsRefused", prove: handlesStale,
		promise: "a revision read through one handle is stale when another handle has written."},
	{name: "Handles/NoUpdateIsLost", prove: func(t *T) { t.shared(); noLostUpdates(t, t.open(), t.open()) },
		promise: "conditional updates through two handles race as those through one do."},
	{name: "Handles/OneAdds", prove: func(t *T) { t.shared(); oneAdds(t, t.open(), t.open()) },
		promise: "of many that add the same id through two handles, one does."},
	{name: "Handles/OneDeletes", prove: func(t *T) { t.shared(); oneDeletes(t, t.open(), t.open()) },
		promise: "of many that delete the same record through two handles, one does."},
	{name: "Handles/ClearIsSeen", prove: handlesClear,
		promise: "a Clear through one handle is seen through another."},
	{name: "Handles/CloseIsForOne", prove: handlesClose,
		promise: "closing one handle leaves the other at work."},
}

func reopenKeeps(t *T) {
	t.durable()
	s := t.openUnclosed()
	list := recs(20)
	list[3].Due = time.Time{}
	list[4].Executor = "other"
	list[5].Data = pattern(64 << 10)
	kept := t.add(s, list...)
	for i := range kept[:10] {
		kept[i].Data = append([]byte("changed "), kept[i].Data...)
		t.check(s.Update(t.ctx, kept[i]), "Update")
		kept[i].Rev = 2
	}
	t.check(s.Delete(t.ctx, kept[0].ID, 0), "Delete")
	t.check(s.Close(), "Close")

	s = t.open()
	for _, r := range kept[1:] {
		t.holds(s, r, "after reopening")
	}
	t.lacks(s, kept[0].ID, "after reopening")
	scheduled := append(ids(kept[1:3]), ids(kept[4:])...)
	t.lists(t.due(s, at(noon.Add(time.Hour))), "Due after reopening", scheduled...)
	t.lists(t.all(s), "All after reopening", append(scheduled, kept[3].ID)...)
	t.next(s, nil, kept[1].Due, "after reopening")
	t.fails(s.Add(t.ctx, rec(kept[1].ID)), store.ErrExists, "Add of a kept id after reopening")
	t.check(s.Update(t.ctx, kept[1]), "Update after reopening")
}

func reopenCleared(t *T) {
	t.durable()
	s := t.openUnclosed()
	t.add(s, recs(5)...)
	t.check(s.Clear(t.ctx), "Clear")
	t.check(s.Close(), "Close")
	t.lists(t.all(t.open()), "All after reopening")
}

func handlesSee(t *T) {
	t.shared()
	a, b := t.open(), t.open()
	t.lists(t.all(b), "All of the other handle, at first")
	t.next(b, nil, time.Time{}, "other handle, at first")
	for i := range 5 {
		r := t.add(a, rec(fmt.Sprint("task-", i)))[0]
		t.holds(b, r, "other handle, after Add")
		t.lists(t.due(b, at(noon)), "Due of the other handle, after Add", r.ID)
		t.next(b, nil, noon, "other handle, after Add")
		r.Due, r.Data = noon.Add(time.Hour), []byte("changed")
		t.check(b.Update(t.ctx, r), "Update through the other handle")
		r.Rev = 2
		t.holds(a, r, "first handle, after Update")
		t.lists(t.due(a, at(noon)), "Due of the first handle, after Update")
		t.next(a, nil, r.Due, "first handle, after Update")
		t.check(a.Delete(t.ctx, r.ID, 2), "Delete")
		t.lacks(b, r.ID, "other handle, after Delete")
		t.lists(t.all(b), "All of the other handle, after Delete")
		t.next(b, nil, time.Time{}, "other handle, after Delete")
	}
}

func handlesStale(t *T) {
	t.shared()
	a, b := t.open(), t.open()
	r := t.add(a, rec("a"))[0]
	t.get(b, "a")
	t.check(a.Update(t.ctx, r), "Update through one handle")
	t.fails(b.Update(t.ctx, r), store.ErrConflict, "Update of the old revision through the other")
	t.fails(b.Delete(t.ctx, "a", 1), store.ErrConflict, "Delete of the old revision through the other")
	t.fails(b.Add(t.ctx, r), store.ErrExists, "Add of the same id through the other")
	r.Rev = 2
	t.holds(b, r, "after the refused writes")
}

func handlesClear(t *T) {
	t.shared()
	a, b := t.open(), t.open()
	t.add(a, recs(5)...)
	t.lists(t.all(b), "All of the other handle", ids(recs(5))...)
	t.check(b.Clear(t.ctx), "Clear")
	t.lists(t.all(a), "All of the first handle, after Clear through the other")
	t.add(a, rec("a"))
}

func handlesClose(t *T) {
	t.shared()
	a, b := t.openUnclosed(), t.open()
	r := t.add(a, rec("a"))[0]
	t.check(a.Close(), "Close of the first handle")
	t.holds(b, r, "other handle, after Close of the first")
	t.check(b.Update(t.ctx, r), "Update through the other handle")
}
