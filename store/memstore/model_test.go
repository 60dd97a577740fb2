package memstore_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// model is a store that sorts all that it has at each question.
type model map[string]store.Record

func (m model) due(q store.DueQuery) []store.Record {
	var found []store.Record
	for _, r := range m {
		if !r.Due.IsZero() && !r.Due.After(q.At) && (q.Executors == nil || slices.Contains(q.Executors, r.Executor)) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b store.Record) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return found[:min(len(found), q.Limit)]
}

func (m model) next(executors []string) time.Time {
	first := m.due(store.DueQuery{At: start.AddDate(9000, 0, 0), Executors: executors, Limit: 1})
	if len(first) == 0 {
		return time.Time{}
	}
	return first[0].Due
}

// FuzzAgainstModel does the same to a store and to the model, and compares what
// they answer. The clock of the questions goes on, and now and then back.
func FuzzAgainstModel(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s, m := memstore.New(), model{}
		now := start
		reach := []time.Duration{10 * time.Microsecond, time.Millisecond, time.Minute, 1000 * time.Hour, 1e6 * time.Hour}
		labels := []string{"a", "b", "c"}
		somewhen := func() time.Time {
			if rnd.IntN(10) == 0 {
				return time.Time{}
			}
			span := reach[rnd.IntN(len(reach))]
			return now.Add(time.Duration(rnd.Int64N(int64(span))) - span/4).Truncate(time.Microsecond)
		}
		for range 300 {
			id := fmt.Sprintf("a-rather-long-common-head-%d", rnd.IntN(60))
			r, there := m[id]
			switch op := rnd.IntN(10); {
			case op < 4 && !there:
				r = store.Record{ID: id, Due: somewhen(), Executor: labels[rnd.IntN(3)], Rev: 1}
				must(t, s.Add(t.Context(), r))
				m[id] = r
			case op < 3:
				r.Due, r.Executor = somewhen(), labels[rnd.IntN(3)]
				must(t, s.Update(t.Context(), r))
				r.Rev++
				m[id] = r
			case op < 5 && there:
				must(t, s.Delete(t.Context(), id, r.Rev))
				delete(m, id)
			case op < 7:
				now = now.Add(time.Duration(rnd.Int64N(int64(reach[rnd.IntN(3)]))))
				if rnd.IntN(20) == 0 {
					now = now.Add(-time.Hour)
				}
			case op == 7:
				q := store.DueQuery{At: now, Limit: rnd.IntN(8), Executors: labels[:1+rnd.IntN(3)]}
				want, hold := m.due(q), somewhen()
				got, err := s.Claim(t.Context(), q, hold)
				must(t, err)
				for i := range want {
					want[i].Due = hold
					want[i].Rev++
					m[want[i].ID] = want[i]
				}
				equal(t, "Claim", got, want)
			case op == 8:
				q := store.DueQuery{At: now, Limit: rnd.IntN(8)}
				got, err := s.Due(t.Context(), q)
				must(t, err)
				equal(t, "Due", got, m.due(q))
			}
			asked := labels[:rnd.IntN(4)]
			next, err := s.NextDue(t.Context(), asked)
			must(t, err)
			if want := m.next(asked); !next.Equal(want) {
				t.Fatalf("NextDue(%q) is %v, want %v", asked, next, want)
			}
		}
		for _, want := range m {
			got, err := s.Get(t.Context(), want.ID)
			must(t, err)
			equal(t, "Get", []store.Record{got}, []store.Record{want})
		}
	})
}

func equal(t *testing.T, how string, got, want []store.Record) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); len(got) != len(want) || g != w {
		t.Fatalf("%s:\ngot  %s\nwant %s", how, g, w)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
