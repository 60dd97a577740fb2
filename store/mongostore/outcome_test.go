package mongostore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
)

// raced are a store and others that write its records between two commands of
// one call of the store. Outcomes must tell what was done all the same.
type raced struct {
	p      place
	f      *front
	s      all // the one whose batch it is
	others all
}

func newRaced(t *testing.T, ids ...string) raced {
	t.Helper()
	p := newPlace(t)
	r := raced{p: p, f: p.front(t), others: p.open(t)}
	r.s = p.behind(t, r.f, "?collection="+p.collection)
	for _, id := range ids {
		must(t, r.others.Add(bg, rec(id)))
	}
	return r
}

// before does something once, before the nth command of that name from now on.
func (r raced) before(name string, nth int, do func()) {
	n := 0
	var mu sync.Mutex
	r.f.on(func(command string, _ bson.Raw) action {
		mu.Lock()
		defer mu.Unlock()
		if command == name {
			if n++; n == nth {
				do()
			}
		}
		return pass
	})
}

// others write a record again and again, from a revision on.
func (r raced) write(t *testing.T, id string, rev uint64, times int) {
	for i := range uint64(times) {
		if err := r.others.Update(bg, store.Record{ID: id, Rev: rev + i, Data: []byte("others")}); err != nil {
			t.Errorf("the others' update: %v", err)
		}
	}
}

func (r raced) batch(t *testing.T, op store.Op, records ...store.Record) []error {
	t.Helper()
	var writes []store.Write
	for _, rec := range records {
		writes = append(writes, store.Write{Op: op, Record: rec})
	}
	results, err := r.s.Batch(bg, writes)
	must(t, err)
	return results
}

func (r raced) want(t *testing.T, results []error, want ...error) {
	t.Helper()
	for i := range want {
		if !errors.Is(results[i], want[i]) || want[i] == nil && results[i] != nil {
			t.Errorf("write %d: got %v, want %v", i, results[i], want[i])
		}
	}
}

func TestUpdateThatOthersCoverIsKnown(t *testing.T) {
	t.Parallel()
	for times := range 4 {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			t.Parallel()
			r := newRaced(t, "a", "b", "c")
			r.write(t, "b", 1, 1)
			r.write(t, "c", 1, 2) // has been at the revision that the batch writes, by others
			r.before("find", 1, func() { r.write(t, "a", 2, times) })
			results := r.batch(t, store.OpUpdate, store.Record{ID: "a", Rev: 1}, store.Record{ID: "b", Rev: 1}, store.Record{ID: "c", Rev: 1}, store.Record{ID: "d", Rev: 1})
			r.want(t, results, nil, store.ErrConflict, store.ErrConflict, store.ErrNotFound)
			if rec := get(t, r.others, "a"); rec.Rev != uint64(2+times) {
				t.Errorf("the record has revision %d", rec.Rev)
			}
		})
	}
}

func TestUpdateThatOthersDeleteIsKnownByTheNumber(t *testing.T) {
	t.Parallel()
	r := newRaced(t, "a", "b")
	r.write(t, "b", 1, 1)
	r.before("find", 1, func() { must(t, r.others.Delete(bg, "a", 2)) })
	r.want(t, r.batch(t, store.OpUpdate, store.Record{ID: "a", Rev: 1}, store.Record{ID: "b", Rev: 1}), nil, store.ErrConflict)

	// one was done and deleted, the other never there: nothing tells which
	must(t, r.others.Add(bg, rec("a")))
	r.before("find", 1, func() { must(t, r.others.Delete(bg, "a", 2)) })
	results := r.batch(t, store.OpUpdate, store.Record{ID: "a", Rev: 1}, store.Record{ID: "c", Rev: 1})
	r.want(t, results, mongostore.ErrUncertain, mongostore.ErrUncertain)
}

func TestDeleteBesideOthersIsKnown(t *testing.T) {
	t.Parallel()
	ids := []string{"a", "b", "c", "d"}
	all := make([]store.Record, len(ids))
	for i, id := range ids {
		all[i] = store.Record{ID: id, Rev: 1}
	}
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		r := newRaced(t, ids...)
		must(t, r.others.Delete(bg, "b", 0))
		r.write(t, "c", 1, 1)
		r.want(t, r.batch(t, store.OpDelete, all...), nil, store.ErrNotFound, store.ErrConflict, nil)
	})
	t.Run("changed in between", func(t *testing.T) {
		t.Parallel()
		r := newRaced(t, ids...)
		r.before("delete", 1, func() { r.write(t, "c", 1, 1) })
		r.want(t, r.batch(t, store.OpDelete, all...), nil, nil, store.ErrConflict, nil)
		get(t, r.others, "c")
	})
	t.Run("all deleted in between", func(t *testing.T) {
		t.Parallel()
		r := newRaced(t, ids...)
		r.before("delete", 1, func() { must(t, r.others.Clear(bg)) })
		r.want(t, r.batch(t, store.OpDelete, all...), store.ErrNotFound, store.ErrNotFound, store.ErrNotFound, store.ErrNotFound)
	})
	t.Run("one deleted in between", func(t *testing.T) {
		t.Parallel()
		r := newRaced(t, ids...)
		r.before("delete", 1, func() { must(t, r.others.Delete(bg, "b", 1)) })
		u := mongostore.ErrUncertain // one of the four was not deleted by the batch
		r.want(t, r.batch(t, store.OpDelete, all...), u, u, u, u)
	})
}

func TestGoodBatchIsOneCommandOfEachKind(t *testing.T) {
	t.Parallel()
	r := newRaced(t, "a", "b", "c")
	count := func() (n [4]int) {
		for i, name := range []string{"insert", "update", "delete", "find"} {
			n[i] = r.f.count(name)
		}
		return n
	}
	before := count()
	results, err := r.s.Batch(bg, []store.Write{
		{Op: store.OpUpdate, Record: store.Record{ID: "a", Rev: 1}}, {Op: store.OpAdd, Record: rec("d")},
		{Op: store.OpUpdate, Record: store.Record{ID: "b", Rev: 1}}, {Op: store.OpAdd, Record: rec("e")},
		{Op: store.OpDelete, Record: store.Record{ID: "c", Rev: 1}},
	})
	must(t, errors.Join(append(results, err)...))
	after := count()
	for i := range after {
		after[i] -= before[i]
	}
	if after != [4]int{1, 1, 1, 0} {
		t.Errorf("the batch took %v inserts, updates, deletes and finds", after)
	}
	before = count()
	claimed, err := r.s.Claim(bg, store.DueQuery{At: noon, Limit: 100}, noon.Add(time.Hour))
	must(t, err)
	after = count()
	if after[1]-before[1] != 1 || after[3]-before[3] != 1 {
		t.Errorf("a claim of %d records took %d updates and %d finds", len(claimed), after[1]-before[1], after[3]-before[3])
	}
}

func TestClaimTakesWhatOthersLeave(t *testing.T) {
	t.Parallel()
	r := newRaced(t, "a", "b", "c")
	hold := noon.Add(time.Hour)
	r.before("update", 1, func() {
		got, err := r.others.Claim(bg, store.DueQuery{At: noon, Limit: 2}, hold)
		must(t, err)
		if len(got) != 2 {
			t.Errorf("the others claimed %v", got)
		}
	})
	got, err := r.s.Claim(bg, store.DueQuery{At: noon, Limit: 3}, hold)
	must(t, err)
	if len(got) != 1 || got[0].ID != "c" || got[0].Rev != 2 {
		t.Errorf("Claim returned %v, want c", got)
	}
	// when all that was seen went to others, it looks again
	must(t, r.others.Add(bg, rec("d")))
	must(t, r.others.Add(bg, rec("e")))
	r.before("update", 1, func() {
		_, err := r.others.Claim(bg, store.DueQuery{At: noon, Limit: 1}, hold)
		must(t, err)
	})
	got, err = r.s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, hold)
	must(t, err)
	if len(got) != 1 || got[0].ID != "e" {
		t.Errorf("Claim returned %v, want e", got)
	}
}

func TestManyHandlesClaimEachRecordOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	const records, handles = 60, 4
	var writes []store.Write
	for i := range records {
		writes = append(writes, store.Write{Op: store.OpAdd, Record: rec(fmt.Sprintf("task-%03d", i))})
	}
	first := p.open(t)
	results, err := first.Batch(bg, writes)
	must(t, errors.Join(append(results, err)...))
	var mu sync.Mutex
	taken := map[string]int{}
	var group sync.WaitGroup
	for range handles {
		s := p.open(t)
		group.Go(func() {
			for {
				got, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 7}, noon.Add(time.Hour))
				if err != nil {
					t.Errorf("Claim: %v", err)
					return
				}
				mu.Lock()
				for _, r := range got {
					taken[r.ID]++
				}
				mu.Unlock()
				if len(got) == 0 {
					return
				}
			}
		})
	}
	group.Wait()
	for _, w := range writes {
		if n := taken[w.Record.ID]; n != 1 {
			t.Errorf("%s was claimed %d times", w.Record.ID, n)
		}
	}
}

// FerretDB 1 stops for good at a command with a hundred updates.
func TestLargeBatchesAndClaims(t *testing.T) {
	t.Parallel()
	s := newPlace(t).open(t)
	const n = 250
	writes := make([]store.Write, n)
	runs := make([]store.RunEntry, n)
	for i := range writes {
		id := fmt.Sprintf("task-%03d", i)
		writes[i] = store.Write{Op: store.OpAdd, Record: rec(id)}
		runs[i] = store.RunEntry{Task: id, Fire: noon, Ended: noon}
	}
	batch(t, s, writes)
	claimed, err := s.Claim(bg, store.DueQuery{At: noon, Limit: n}, noon.Add(time.Hour))
	must(t, err)
	if len(claimed) != n {
		t.Fatalf("Claim returned %d of %d records", len(claimed), n)
	}
	for i, r := range claimed {
		writes[i] = store.Write{Op: store.OpUpdate, Record: r}
	}
	batch(t, s, writes)
	must(t, s.AppendRuns(bg, runs))
	for i := range writes {
		writes[i].Op = store.OpDelete
		writes[i].Record.Rev++
	}
	writes[n-1].Record.Rev = 9
	results, err := s.Batch(bg, writes)
	must(t, err)
	is(t, results[n-1], store.ErrConflict, "the delete of another revision")
	must(t, errors.Join(results[:n-1]...))
	rows := 0
	for _, err := range s.Runs(bg, store.RunQuery{}) {
		must(t, err)
		rows++
	}
	if rows != n {
		t.Errorf("there are %d rows of %d runs", rows, n)
	}
}
