package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var dueCases = []testCase{
	{name: "Due/EarliestFirst", prove: dueEarliest,
		promise: "Due returns the records by due time, whatever the order of their ids."},
	{name: "Due/ThenByID", prove: dueByID,
		promise: "records that are due at the same time come by id, byte by byte."},
	{name: "Due/BoundaryIsDue", prove: dueBoundary,
		promise: "a record whose due time is At is due; one that is a second later is not."},
	{name: "Due/Limit", prove: dueLimit,
		promise: "Due returns at most Limit records, the earliest ones, and none for 0 or less."},
	{name: "Due/Labels", prove: dueLabels,
		promise: "Due returns the records with the labels asked for, and no others."},
	{name: "Due/LabelsBeforeLimit", prove: dueLabelsLimit,
		promise: "the limit counts records with the labels asked for: others that are due earlier do not stand in their way."},
	{name: "Due/NilAsksForAllLabels", prove: dueNil,
		promise: "nil asks for the records of all labels."},
	{name: "Due/EmptyAsksForNone", prove: dueEmpty,
		promise: "an empty slice of labels asks for nothing."},
	{name: "Due/WholeRecords", prove: dueWhole,
		promise: "Due returns the records as Get does."},
	{name: "Due/ChangesNothing", prove: dueChangesNothing,
		promise: "Due can be asked again and answers the same."},
	{name: "Due/FollowsUpdates", prove: dueFollows,
		promise: "Due sees a record where Update has put it: in time and in label."},
	{name: "NextDue/Earliest", prove: nextDueEarliest,
		promise: "NextDue is the earliest due time of the labels asked for; nil asks for all, an empty slice for none."},
	{name: "NextDue/FollowsWrites", prove: nextDueFollows,
		promise: "NextDue follows Add, Update and Delete, and is the zero time when nothing is scheduled."},
}

func dueEarliest(t *T) {
	s := t.open()
	t.lists(t.due(s, at(noon)), "Due of an empty store")
	var want []string
	for i, id := range []string{"m", "z", "a", "q", "b"} {
		r := rec(id)
		r.Due = noon.Add(time.Duration(i-5) * time.Minute)
		want = append(want, id)
		t.add(s, r)
	}
	t.lists(t.due(s, at(noon)), "Due", want...)
}

func dueByID(t *T) {
	s := t.open()
	sorted := []string{"10", "2", "Z", "a", "aa", "task-00000000000000001", "task-00000000000000002", "zz", "é", "漢"}
	for _, i := range []int{7, 2, 9, 0, 5, 3, 8, 6, 1, 4} {
		t.add(s, rec(sorted[i]))
	}
	t.lists(t.due(s, at(noon)), "Due", sorted...)
}

func dueBoundary(t *T) {
	s := t.open()
	t.add(s, rec("a"))
	t.lists(t.due(s, store.DueQuery{At: noon.Add(-time.Second), Limit: 10}), "Due a second before")
	t.lists(t.due(s, store.DueQuery{At: noon, Limit: 10}), "Due at the very time", "a")
	t.lists(t.due(s, store.DueQuery{At: noon.Add(time.Second), Limit: 10}), "Due a second after", "a")
}

func dueLimit(t *T) {
	s := t.open()
	records := recs(5)
	slices.Reverse(records)
	t.add(s, records...)
	slices.Reverse(records)
	for limit, want := range map[int]int{-1: 0, 0: 0, 1: 1, 3: 3, 5: 5, 6: 5, 1000: 5} {
		q := store.DueQuery{At: noon.Add(time.Hour), Limit: limit}
		t.lists(t.due(s, q), "Due("+showQuery(q)+")", ids(records[:want])...)
	}
}

// labelled adds six records, due a minute apart from an hour before noon on:
// 1a 2b 3c 4a 5b 6c, the letter being the label.
func labelled(t *T, s store.Store) {
	t.Helper()
	for i, id := range []string{"1a", "2b", "3c", "4a", "5b", "6c"} {
		r := rec(id)
		r.Executor = id[1:]
		r.Due = noon.Add(time.Duration(i-60) * time.Minute)
		t.add(s, r)
	}
}

func dueLabels(t *T) {
	s := t.open()
	labelled(t, s)
	for _, c := range []struct{ labels, want []string }{
		{[]string{"a"}, []string{"1a", "4a"}},
		{[]string{"c", "b"}, []string{"2b", "3c", "5b", "6c"}},
		{[]string{"a", "unknown"}, []string{"1a", "4a"}},
		{[]string{"b", "b"}, []string{"2b", "5b"}},
		{[]string{"unknown"}, nil},
		{[]string{""}, nil},
	} {
		q := store.DueQuery{At: noon, Executors: c.labels, Limit: 10}
		t.lists(t.due(s, q), "Due("+showQuery(q)+")", c.want...)
	}
}

func dueLabelsLimit(t *T) {
	s := t.open()
	for i, r := range recs(t.h.Bulk) {
		r.Executor = "busy"
		if i == t.h.Bulk-1 {
			r.Executor = "free"
		}
		t.add(s, r)
	}
	q := store.DueQuery{At: noon.Add(240 * time.Hour), Executors: []string{"free"}, Limit: 1}
	t.lists(t.due(s, q), "Due("+showQuery(q)+")", fmt.Sprintf("task-%05d", t.h.Bulk-1))
}

func dueNil(t *T) {
	s := t.open()
	labelled(t, s)
	t.lists(t.due(s, at(noon)), "Due with nil for the labels", "1a", "2b", "3c", "4a", "5b", "6c")
}

func dueEmpty(t *T) {
	s := t.open()
	labelled(t, s)
	t.lists(t.due(s, store.DueQuery{At: noon, Executors: []string{}, Limit: 10}), "Due with an empty slice of labels")
}

func dueWhole(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	t.check(s.Update(t.ctx, r), "Update")
	r.Rev = 2
	for _, got := range t.due(s, at(noon)) {
		t.same(got, r, "Due")
	}
}

func dueChangesNothing(t *T) {
	s := t.open()
	kept := t.add(s, recs(10)...)
	for range 3 {
		t.lists(t.due(s, at(noon.Add(time.Hour))), "Due, asked again", ids(kept)...)
	}
	for _, r := range kept {
		t.holds(s, r, "after Due")
	}
}

func dueFollows(t *T) {
	s := t.open()
	r := t.add(s, rec("a"))[0]
	r.Due = noon.Add(time.Hour)
	t.check(s.Update(t.ctx, r), "Update to an hour later")
	t.lists(t.due(s, at(noon.Add(time.Minute))), "Due before the new time")
	t.lists(t.due(s, at(noon.Add(2*time.Hour))), "Due after the new time", "a")
	r.Due, r.Rev = noon.Add(-time.Hour), 2
	t.check(s.Update(t.ctx, r), "Update to an hour earlier")
	t.lists(t.due(s, at(noon.Add(-time.Minute))), "Due before the old time", "a")
	r.Executor, r.Rev = "other", 3
	t.check(s.Update(t.ctx, r), "Update to another label")
	t.lists(t.due(s, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: 1}), "Due of the old label")
	t.lists(t.due(s, store.DueQuery{At: noon, Executors: []string{"other"}, Limit: 1}), "Due of the new label", "a")
}

// next reports when NextDue of these labels is not the time wanted.
func (t *T) next(s store.Store, labels []string, want time.Time, when string) {
	t.Helper()
	got, err := s.NextDue(t.ctx, labels)
	t.check(err, "NextDue(%q)", labels)
	if !got.Equal(want) {
		t.Errorf("%s: NextDue(%q) is %v, want %v", when, labels, got, want)
	}
}

func nextDueEarliest(t *T) {
	s := t.open()
	t.next(s, nil, time.Time{}, "in an empty store")
	labelled(t, s)
	first := noon.Add(-time.Hour)
	t.next(s, nil, first, "all labels")
	t.next(s, []string{"b"}, first.Add(time.Minute), "one label")
	t.next(s, []string{"c", "b"}, first.Add(time.Minute), "two labels")
	t.next(s, []string{"unknown"}, time.Time{}, "a label without records")
	t.next(s, []string{}, time.Time{}, "no label")
}

func nextDueFollows(t *T) {
	s := t.open()
	kept := t.add(s, recs(3)...)
	t.next(s, nil, noon, "after Add")
	t.check(s.Delete(t.ctx, kept[0].ID, 0), "Delete of the earliest")
	t.next(s, nil, noon.Add(time.Second), "after Delete")
	kept[1].Due = noon.Add(time.Hour)
	t.check(s.Update(t.ctx, kept[1]), "Update to a later time")
	t.next(s, nil, noon.Add(2*time.Second), "after Update")
	kept[1].Rev, kept[1].Due = 2, noon.Add(-time.Hour)
	t.check(s.Update(t.ctx, kept[1]), "Update to an earlier time")
	t.next(s, nil, noon.Add(-time.Hour), "after the second Update")
	kept[1].Rev, kept[1].Due = 3, time.Time{}
	t.check(s.Update(t.ctx, kept[1]), "Update to no time")
	t.check(s.Delete(t.ctx, kept[2].ID, 0), "Delete of the last one scheduled")
	t.next(s, nil, time.Time{}, "when nothing is scheduled")
}
