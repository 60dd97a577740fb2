package storetest

import (
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var batchCases = []testCase{
	{name: "Batch/DoesEachWrite", prove: batchDoes,
		promise: "Batch adds, updates and deletes as the single methods do, and returns one result a write."},
	{name: "Batch/FailureStandsAlone", prove: batchFailures,
		promise: "a write of a batch that fails has the error that the single method would have returned, and stops no other."},
	{name: "Batch/Empty", prove: batchEmpty,
		promise: "a batch without writes is no error."},
	{name: "Batch/Many", prove: batchMany,
		promise: "a batch may have very many writes."},
}

func (t *T) batch(s store.Store, writes ...store.Write) []error {
	t.Helper()
	results, err := has[store.Batcher](t, s).Batch(t.ctx, writes)
	t.check(err, "Batch of %d writes", len(writes))
	if len(results) != len(writes) {
		t.Fatalf("Batch of %d writes returned %d results", len(writes), len(results))
	}
	return results
}

func batchDoes(t *T) {
	s := t.open()
	kept := t.add(s, rec("a"), rec("b"), rec("c"))
	changed := store.Record{ID: "b", Due: noon.Add(time.Hour), Executor: "other", Data: []byte("changed"), Rev: 1}
	results := t.batch(s,
		store.Write{Op: store.OpDelete, Record: store.Record{ID: "a", Rev: 1}},
		store.Write{Op: store.OpUpdate, Record: changed},
		store.Write{Op: store.OpDelete, Record: store.Record{ID: "c"}},
		store.Write{Op: store.OpAdd, Record: store.Record{ID: "d", Executor: "x", Data: []byte("new"), Rev: 9}})
	for i, err := range results {
		if err != nil {
			t.Errorf("write %d of the batch: %v", i, err)
		}
	}
	changed.Rev = 2
	t.lacks(s, kept[0].ID, "after a Delete in a batch")
	t.lacks(s, kept[2].ID, "after a Delete with revision 0 in a batch")
	t.holds(s, changed, "after an Update in a batch")
	t.holds(s, store.Record{ID: "d", Executor: "x", Data: []byte("new"), Rev: 1}, "after an Add in a batch")
}

func batchFailures(t *T) {
	s := t.open()
	kept := t.add(s, rec("a"), rec("b"), rec("c"))
	stale := func(id string) store.Record {
		return store.Record{ID: id, Data: []byte("stale"), Rev: 7}
	}
	writes := []struct {
		store.Write
		want error
	}{
		{store.Write{Op: store.OpAdd, Record: rec("a")}, store.ErrExists},
		{store.Write{Op: store.OpAdd, Record: rec("new-1")}, nil},
		{store.Write{Op: store.OpUpdate, Record: stale("b")}, store.ErrConflict},
		{store.Write{Op: store.OpUpdate, Record: stale("missing-1")}, store.ErrNotFound},
		{store.Write{Op: store.OpDelete, Record: stale("c")}, store.ErrConflict},
		{store.Write{Op: store.OpDelete, Record: stale("missing-2")}, store.ErrNotFound},
		{store.Write{Op: store.OpAdd, Record: rec("new-2")}, nil},
	}
	var list []store.Write
	for _, w := range writes {
		list = append(list, w.Write)
	}
	for i, err := range t.batch(s, list...) {
		switch want := writes[i].want; {
		case want == nil && err != nil:
			t.Errorf("write %d of the batch, of %q: %v", i, list[i].Record.ID, err)
		case want != nil:
			t.fails(err, want, "write %d of the batch, of %q", i, list[i].Record.ID)
		}
	}
	for _, r := range kept {
		t.holds(s, r, "after the refused writes")
	}
	t.lists(t.all(s), "All after the batch", "a", "b", "c", "new-1", "new-2")
}

func batchEmpty(t *T) {
	s := t.open()
	if results := t.batch(s); len(results) != 0 {
		t.Errorf("a batch without writes has %d results", len(results))
	}
}

func batchMany(t *T) {
	s := t.open()
	var adds, updates []store.Write
	for i, r := range recs(t.h.Bulk) {
		adds = append(adds, store.Write{Op: store.OpAdd, Record: r})
		r.Rev = 1
		r.Data = fmt.Append(nil, "changed ", i)
		updates = append(updates, store.Write{Op: store.OpUpdate, Record: r})
	}
	for _, writes := range [][]store.Write{adds, updates} {
		for i, err := range t.batch(s, writes...) {
			t.check(err, "write %d of %d", i, len(writes))
		}
	}
	got := t.all(s)
	if len(got) != len(updates) {
		t.Fatalf("All yields %d records, want %d", len(got), len(updates))
	}
	for i, w := range updates {
		w.Record.Rev = 2
		t.same(got[i], w.Record, "after the batches")
	}
}
