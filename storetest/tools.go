package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// noon is the moment around which the cases are set: whole seconds, so that
// only the cases about precision depend on it.
var noon = time.Date(2031, time.March, 5, 12, 0, 0, 0, time.UTC)

// A T is what a case works with.
type T struct {
	testing.TB
	h     Harness
	place Place
	ctx   context.Context
}

func newT(tb testing.TB, h Harness) *T {
	ctx, cancel := context.WithTimeout(context.Background(), h.Patience)
	tb.Cleanup(cancel)
	return &T{TB: tb, h: h, place: h.New(tb), ctx: ctx}
}

// open opens a handle that is closed with the case.
func (t *T) open() store.Store {
	t.Helper()
	s := t.openUnclosed()
	t.closes(s)
	return s
}

// closes closes a handle with the case.
func (t *T) closes(s store.Store) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

func (t *T) openUnclosed() store.Store {
	t.Helper()
	s, err := t.place.Open()
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// durable skips the case when the records end with their handle.
func (t *T) durable() {
	t.Helper()
	if t.h.InMemory {
		t.Skip("the store is in memory only")
	}
}

// shared skips the case when there is but one handle at a time.
func (t *T) shared() {
	t.Helper()
	t.durable()
	if t.h.OneHandle {
		t.Skip("the store is opened by one handle at a time")
	}
}

// has returns the store as an optional interface, or skips the case.
func has[I any](t *T, s store.Store) I {
	t.Helper()
	i, ok := s.(I)
	if !ok {
		t.Skipf("the store is no %s", fmt.Sprintf("%T", new(I))[1:])
	}
	return i
}

// check fails the case when a step that must succeed did not.
func (t *T) check(err error, step string, args ...any) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(step, args...), err)
	}
}

// fails reports a step that did not fail with the error it should have.
func (t *T) fails(err, want error, step string, args ...any) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want one for which errors.Is(err, %q) holds", fmt.Sprintf(step, args...), err, want)
	}
}

// rec is a record that is due at noon.
func rec(id string) store.Record {
	return store.Record{ID: id, Due: noon, Executor: "default", Data: []byte("data of " + id)}
}

// recs are n records with ids in order, due a second apart from noon on.
func recs(n int) []store.Record {
	records := make([]store.Record, n)
	for i := range records {
		records[i] = rec(fmt.Sprintf("task-%05d", i))
		records[i].Due = noon.Add(time.Duration(i) * time.Second)
	}
	return records
}

// add adds records and returns them as the store must keep them.
func (t *T) add(s store.Store, records ...store.Record) []store.Record {
	t.Helper()
	kept := slices.Clone(records)
	for i, r := range records {
		t.check(s.Add(t.ctx, r), "Add(%q)", r.ID)
		kept[i].Rev = 1
	}
	return kept
}

func (t *T) get(s store.Store, id string) store.Record {
	t.Helper()
	r, err := s.Get(t.ctx, id)
	t.check(err, "Get(%q)", id)
	return r
}

func (t *T) due(s store.Store, q store.DueQuery) []store.Record {
	t.Helper()
	records, err := s.Due(t.ctx, q)
	t.check(err, "Due(%s)", showQuery(q))
	return records
}

// all walks over all records, none of which may be an error.
func (t *T) all(s store.Store) []store.Record {
	t.Helper()
	records, err := collect(s.All(t.ctx))
	t.check(err, "All")
	return records
}

// collect takes what a walk yields until it ends or yields an error.
func collect[E any](walk iter.Seq2[E, error]) ([]E, error) {
	var got []E
	for e, err := range walk {
		if err != nil {
			return got, err
		}
		got = append(got, e)
	}
	return got, nil
}

// same reports the first difference between a record and what it should be.
func (t *T) same(got, want store.Record, where string) {
	t.Helper()
	switch {
	case got.ID != want.ID:
		t.Errorf("%s: the id is %q, want %q", where, got.ID, want.ID)
	case !got.Due.Equal(want.Due):
		t.Errorf("%s: record %q has due %v, want %v", where, want.ID, got.Due, want.Due)
	case got.Executor != want.Executor:
		t.Errorf("%s: record %q has executor %q, want %q", where, want.ID, got.Executor, want.Executor)
	case got.Rev != want.Rev:
		t.Errorf("%s: record %q has revision %d, want %d", where, want.ID, got.Rev, want.Rev)
	case !bytes.Equal(got.Data, want.Data):
		t.Errorf("%s: record %q has data %s, want %s", where, want.ID, show(got.Data), show(want.Data))
	}
}

// holds reports when the store does not keep exactly this record under its id.
func (t *T) holds(s store.Store, want store.Record, where string) {
	t.Helper()
	got, err := s.Get(t.ctx, want.ID)
	if err != nil {
		t.Errorf("%s: Get(%q): %v", where, want.ID, err)
		return
	}
	t.same(got, want, where)
}

// lacks reports when the store keeps a record with this id.
func (t *T) lacks(s store.Store, id, where string) {
	t.Helper()
	_, err := s.Get(t.ctx, id)
	t.fails(err, store.ErrNotFound, "%s: Get(%q)", where, id)
}

// lists reports when the ids are not these in this order.
func (t *T) lists(got []store.Record, where string, want ...string) {
	t.Helper()
	if g := ids(got); !slices.Equal(g, want) {
		t.Errorf("%s: got %s, want %s", where, showIDs(g), showIDs(want))
	}
}

func ids(records []store.Record) []string {
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = r.ID
	}
	return list
}

func showIDs(ids []string) string {
	if len(ids) > 20 {
		return fmt.Sprintf("%q… (%d ids)", ids[:20], len(ids))
	}
	return fmt.Sprintf("%q", ids)
}

func show(data []byte) string {
	if len(data) > 40 {
		return fmt.Sprintf("%q… (%d bytes)", data[:40], len(data))
	}
	return fmt.Sprintf("%q", data)
}

func showQuery(q store.DueQuery) string {
	executors := "nil"
	if q.Executors != nil {
		executors = fmt.Sprintf("%q", q.Executors)
	}
	return fmt.Sprintf("at %s, executors %s, limit %d", q.At.UTC().Format(time.RFC3339Nano), executors, q.Limit)
}

// at asks for what is due at a time, with a margin, so that only the cases about
// the boundary depend on it: all labels, no limit that matters.
func at(due time.Time) store.DueQuery {
	return store.DueQuery{At: due.Add(margin), Limit: 1 << 20}
}

const margin = 500 * time.Millisecond
