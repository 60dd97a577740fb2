package storetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var claimCases = []testCase{
	{name: "Claim/MovesToHold", prove: claimMoves,
		promise: "Claim returns due records as they are after the step, Due at the hold, one revision on, Data unchanged, and keeps them so."},
	{name: "Claim/EarliestFirstThenByID", prove: claimOrder,
		promise: "Claim takes the earliest records, and returns them in that order."},
	{name: "Claim/LeavesWhatIsNotDue", prove: claimBoundary,
		promise: "Claim takes a record whose due time is At, and none that is due later or not scheduled."},
	{name: "Claim/Limit", prove: claimLimit,
		promise: "Claim takes at most Limit records, none for 0 or less, and leaves the others alone."},
	{name: "Claim/Labels", prove: claimLabels,
		promise: "Claim takes records of the labels asked for alone; nil asks for all, an empty slice for none."},
	{name: "Claim/HoldIsRespected", prove: claimHold,
		promise: "what is claimed is not claimed again before the hold has passed, and then it is."},
	{name: "Claim/HoldInThePast", prove: claimPast,
		promise: "one call claims a record once, even when the hold is due already."},
	{name: "Claim/MakesRevisionsStale", prove: claimStale,
		promise: "a revision read before a claim is stale after it."},
	{name: "Claim/UnderContention", prove: func(t *T) { claimContention(t, t.open()) },
		promise: "of many goroutines that claim at the same moment, each record goes to one."},
	{name: "Claim/AcrossHandles", prove: func(t *T) { t.shared(); claimContention(t, t.open(), t.open()) },
		promise: "of many goroutines that claim through two handles, each record goes to one."},
}

// hold is the time to which cases move what they claim.
var hold = noon.Add(24 * time.Hour)

func (t *T) claim(s store.Store, q store.DueQuery, hold time.Time) []store.Record {
	t.Helper()
	records, err := has[store.Claimer](t, s).Claim(t.ctx, q, hold)
	t.check(err, "Claim(%s)", showQuery(q))
	return records
}

func claimMoves(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.check(s.Update(t.ctx, r), "Update")
	got := t.claim(s, at(noon), hold)
	t.lists(got, "Claim", "a")
	r.Rev, r.Due = 3, hold
	for _, g := range got {
		t.same(g, r, "what Claim returned")
	}
	t.holds(s, r, "after Claim")
	t.next(s, nil, hold, "after Claim")
	t.check(s.Update(t.ctx, r), "Update of the revision that Claim returned")
}

func claimOrder(t *T) {
	s := t.open()
	for i, id := range []string{"m", "z", "a", "q", "b"} {
		r := rec(id)
		r.Due = noon.Add(time.Duration(-i/2) * time.Minute)
		t.add(s, r)
	}
	t.lists(t.claim(s, store.DueQuery{At: noon.Add(margin), Limit: 2}, hold), "the first Claim", "b", "a")
	t.lists(t.claim(s, at(noon), hold), "the second Claim", "q", "m", "z")
}

func claimBoundary(t *T) {
	s := t.open()
	paused, later := rec("c"), rec("d")
	paused.Due, later.Due = time.Time{}, noon.Add(time.Second)
	kept := t.add(s, rec("a"), paused, later)
	t.lists(t.claim(s, store.DueQuery{At: noon.Add(-time.Second), Limit: 10}, hold), "Claim a second before")
	t.lists(t.claim(s, store.DueQuery{At: noon, Limit: 10}, hold), "Claim at the very time", "a")
	for _, r := range kept[1:] {
		t.holds(s, r, "what was not due")
	}
}

func claimLimit(t *T) {
	s := t.open()
	kept := t.add(s, recs(5)...)
	q := store.DueQuery{At: noon.Add(time.Hour)}
	for _, q.Limit = range []int{-1, 0} {
		t.lists(t.claim(s, q, hold), "Claim("+showQuery(q)+")")
	}
	q.Limit = 3
	t.lists(t.claim(s, q, hold), "Claim("+showQuery(q)+")", ids(kept[:3])...)
	for _, r := range kept[3:] {
		t.holds(s, r, "beyond the limit")
	}
	q.Limit = 100
	t.lists(t.claim(s, q, hold), "Claim("+showQuery(q)+")", ids(kept[3:])...)
}

func claimLabels(t *T) {
	s := t.open()
	has[store.Claimer](t, s)
	labelled(t, s)
	for _, c := range []struct {
		labels []string
		limit  int
		want   []string
	}{
		{[]string{}, 10, nil},
		{[]string{"unknown"}, 10, nil},
		{[]string{"b"}, 1, []string{"2b"}},
		{[]string{"b", "unknown"}, 10, []string{"5b"}},
		{[]string{"c", "a"}, 3, []string{"1a", "3c", "4a"}},
		{nil, 10, []string{"6c"}},
	} {
		q := store.DueQuery{At: noon, Executors: c.labels, Limit: c.limit}
		t.lists(t.claim(s, q, hold), "Claim("+showQuery(q)+")", c.want...)
	}
}

func claimHold(t *T) {
	s := t.open()
	t.add(s, recs(3)...)
	until := noon.Add(time.Minute)
	t.lists(t.claim(s, at(noon.Add(30*time.Second)), until), "the first Claim", "task-00000", "task-00001", "task-00002")
	before := at(until.Add(-time.Second))
	t.lists(t.claim(s, before, hold), "Claim before the hold has passed")
	t.lists(t.due(s, before), "Due before the hold has passed")
	t.lists(t.claim(s, at(until), hold), "Claim when the hold has passed", "task-00000", "task-00001", "task-00002")
	if r := t.get(s, "task-00000"); r.Rev != 3 {
		t.Errorf("a record that was claimed twice has revision %d, want 3", r.Rev)
	}
}

func claimPast(t *T) {
	s := t.open()
	t.add(s, rec("a"), rec("b"))
	t.lists(t.claim(s, store.DueQuery{At: noon.Add(margin), Limit: 10}, noon.Add(-time.Hour)), "Claim with a hold that is past", "a", "b")
	for _, id := range []string{"a", "b"} {
		if r := t.get(s, id); r.Rev != 2 {
			t.Errorf("record %q has revision %d after one Claim, want 2", id, r.Rev)
		}
	}
}

func claimStale(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.claim(s, at(noon), hold)
	t.fails(s.Update(t.ctx, r), store.ErrConflict, "Update of the revision before the claim")
	t.fails(s.Delete(t.ctx, "a", 1), store.ErrConflict, "Delete of the revision before the claim")
}

func claimContention(t *T, handles ...store.Store) {
	has[store.Claimer](t, handles[0])
	list := recs(t.h.Bulk)
	for i := range list {
		list[i].Due = noon.Add(-time.Duration(i%7) * time.Second)
	}
	t.add(handles[0], list...)
	var mu sync.Mutex
	taken := map[string]int{}
	t.race(handles, func(i int, s store.Store) error {
		for {
			got, err := s.(store.Claimer).Claim(t.ctx, store.DueQuery{At: noon.Add(margin), Limit: 1 + i%9}, hold)
			if err != nil {
				return fmt.Errorf("claim: %w", err)
			}
			mu.Lock()
			for _, r := range got {
				taken[r.ID]++
			}
			mu.Unlock()
			if len(got) == 0 {
				// Others may hold the last ones in a step that is not done yet.
				return nil
			}
		}
	})
	for _, r := range t.claim(handles[0], at(noon), hold) {
		taken[r.ID]++
	}
	for _, r := range list {
		if taken[r.ID] != 1 {
			t.Fatalf("record %q was claimed %d times, want once", r.ID, taken[r.ID])
		}
	}
}
