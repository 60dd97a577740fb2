package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var contextCases = []testCase{
	{name: "Context/EndedIsTold", prove: contextTold,
		promise: "a method whose context has ended returns the context's error."},
	{name: "Context/AllOrNothing", prove: contextAllOrNothing,
		promise: "a write whose context has ended has done all of its work or none."},
	{name: "Context/EndsMeanwhile", prove: contextMeanwhile,
		promise: "a write during which the context ends returns nil and is done, or the context's error and has done all or nothing; the store goes on working."},
	{name: "Context/EndsTheWalk", prove: contextWalk,
		promise: "a walk whose context ends does not pass for a whole one: it yields all records, or the context's error as the last thing."},
}

// A call is a call of one method of a store, or of an optional interface.
type call struct {
	name string
	do   func(ctx context.Context) error
}

// calls returns a call of each method that takes a context. The record "a" is
// at revision 1 and stays there when nothing is done.
func calls(s store.Store) []call {
	changed := store.Record{ID: "a", Due: noon.Add(time.Hour), Executor: "other", Data: []byte("changed"), Rev: 1}
	list := []call{
		{"Add", func(ctx context.Context) error { return s.Add(ctx, rec("new")) }},
		{"Get", func(ctx context.Context) error { _, err := s.Get(ctx, "a"); return err }},
		{"Update", func(ctx context.Context) error { return s.Update(ctx, changed) }},
		{"Due", func(ctx context.Context) error { _, err := s.Due(ctx, at(noon)); return err }},
		{"NextDue", func(ctx context.Context) error { _, err := s.NextDue(ctx, nil); return err }},
		{"All", func(ctx context.Context) error { _, err := collect(s.All(ctx)); return err }},
		{"Delete", func(ctx context.Context) error { return s.Delete(ctx, "a", 0) }},
		{"Clear", s.Clear},
	}
	if c, ok := s.(store.Claimer); ok {
		list = append(list, call{"Claim", func(ctx context.Context) error {
			_, err := c.Claim(ctx, at(noon), noon.Add(time.Minute))
			return err
		}})
	}
	if b, ok := s.(store.Batcher); ok {
		list = append(list, call{"Batch", func(ctx context.Context) error {
			_, err := b.Batch(ctx, []store.Write{{Op: store.OpAdd, Record: rec("batched")}, {Op: store.OpUpdate, Record: changed}})
			return err
		}})
	}
	if c, ok := s.(store.Clock); ok {
		list = append(list, call{"Now", func(ctx context.Context) error { _, err := c.Now(ctx); return err }})
	}
	if w, ok := s.(store.Watcher); ok {
		list = append(list, call{"Watch", func(ctx context.Context) error { return w.Watch(ctx, func() {}) }})
	}
	if l, ok := s.(store.RunLog); ok {
		list = append(list,
			call{"AppendRuns", func(ctx context.Context) error { return l.AppendRuns(ctx, []store.RunEntry{run("a", 0)}) }},
			call{"Runs", func(ctx context.Context) error { _, err := collect(l.Runs(ctx, store.RunQuery{})); return err }},
			call{"TrimRuns", func(ctx context.Context) error { _, err := l.TrimRuns(ctx, "", noon, 1); return err }})
	}
	if m, ok := s.(store.Members); ok {
		list = append(list,
			call{"Beat", func(ctx context.Context) error { return m.Beat(ctx, store.Member{Node: "n"}) }},
			call{"Members", func(ctx context.Context) error { _, err := m.Members(ctx); return err }},
			call{"Leave", func(ctx context.Context) error { return m.Leave(ctx, "n") }})
	}
	return list
}

func contextTold(t *T) {
	s := t.open()
	t.add(s, rec("a"))
	cancelled, cancel := context.WithCancel(t.ctx)
	cancel()
	late, cancel := context.WithDeadline(t.ctx, time.Unix(0, 0))
	defer cancel()
	for _, c := range calls(s) {
		t.fails(c.do(cancelled), context.Canceled, "%s with a cancelled context", c.name)
		t.fails(c.do(late), context.DeadlineExceeded, "%s with a context whose deadline is past", c.name)
	}
}

func contextAllOrNothing(t *T) {
	s := t.open()
	old := t.add(s, rec("a"))[0]
	ended, cancel := context.WithCancel(t.ctx)
	cancel()

	_ = s.Add(ended, rec("new"))
	t.wholeOrAbsent(s, "new", rec("new"))

	changed := store.Record{ID: "a", Due: noon.Add(time.Hour), Executor: "other", Data: []byte("changed"), Rev: 1}
	_ = s.Update(ended, changed)
	changed.Rev = 2
	if t.get(s, "a").Rev == 1 {
		t.holds(s, old, "after an Update with an ended context that kept the revision")
	} else {
		t.holds(s, changed, "after an Update with an ended context that changed the revision")
	}

	r := t.get(s, "a")
	_ = s.Delete(ended, "a", 0)
	t.wholeOrAbsent(s, "a", r)

	t.check(s.Clear(t.ctx), "Clear")
	want := t.add(s, recs(20)...)
	_ = s.Clear(ended)
	if left := t.all(s); len(left) != 0 && len(left) != len(want) {
		t.Errorf("a Clear with an ended context left %d of %d records", len(left), len(want))
	}
}

// wholeOrAbsent reports when the store has part of a record.
func (t *T) wholeOrAbsent(s store.Store, id string, want store.Record) {
	t.Helper()
	got, err := s.Get(t.ctx, id)
	listed := len(t.all(s))
	scheduled := len(t.due(s, at(noon.Add(24*time.Hour))))
	if listed != scheduled {
		t.Errorf("after a write with an ended context All yields %d records and Due returns %d", listed, scheduled)
	}
	if errors.Is(err, store.ErrNotFound) {
		return
	}
	t.check(err, "Get(%q)", id)
	want.Rev = max(want.Rev, 1)
	t.same(got, want, "after a write with an ended context")
}

func contextMeanwhile(t *T) {
	s := t.open()
	t.race([]store.Store{s}, func(i int, s store.Store) error {
		ctx, cancel := context.WithCancel(t.ctx)
		defer cancel()
		r := rec(fmt.Sprint("task-", i))
		if err := s.Add(t.ctx, r); err != nil {
			return err
		}
		go cancel()
		for rev, ended := uint64(1), 0; ended < 3; rev++ {
			if ctx.Err() != nil {
				ended++
			}
			r.Rev, r.Data = rev, fmt.Append(nil, "written at revision ", rev)
			err := s.Update(ctx, r)
			runtime.Gosched() // lets cancel have its turn
			if err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("update while the context is being cancelled: got error %w, want nil or %w", err, context.Canceled)
			}
			got, gerr := s.Get(t.ctx, r.ID)
			switch {
			case gerr != nil:
				return fmt.Errorf("get after the context was cancelled: %w", gerr)
			case got.Rev == rev+1 && string(got.Data) != string(r.Data):
				return fmt.Errorf("revision %d holds data of another: %s", got.Rev, show(got.Data))
			case err == nil && got.Rev != rev+1:
				return fmt.Errorf("an update that returned nil left revision %d, want %d", got.Rev, rev+1)
			case got.Rev != rev && got.Rev != rev+1:
				return fmt.Errorf("an update of revision %d left revision %d", rev, got.Rev)
			case err != nil:
				return nil
			}
		}
		return nil
	})
	t.holds(s, t.add(s, rec("afterwards"))[0], "a record added afterwards")
	if n := len(t.all(s)); n != t.h.Writers+1 {
		t.Errorf("All yields %d records, want %d", n, t.h.Writers+1)
	}
}

func contextWalk(t *T) {
	s := t.open()
	t.add(s, recs(t.h.Bulk)...)
	for _, after := range []int{1, t.h.Bulk / 2} {
		ctx, cancel := context.WithCancel(t.ctx)
		n, failed := 0, error(nil)
		for _, err := range s.All(ctx) {
			if failed != nil {
				t.Fatalf("the walk went on after it had yielded the error %v", failed)
			}
			if failed = err; err == nil {
				n++
			}
			if n == after {
				cancel()
			}
		}
		cancel()
		if failed != nil {
			t.fails(failed, context.Canceled, "a walk that was cancelled after %d records", after)
		} else if n != t.h.Bulk {
			t.Errorf("a walk that was cancelled after %d records ended after %d of %d without an error", after, n, t.h.Bulk)
		}
	}
}
