package storetest

import (
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var timeCases = []testCase{
	{name: "Time/ToTheMicrosecond", prove: timeMicroseconds,
		promise: "a due time is kept to the microsecond, from year 1 to year 9999."},
	{name: "Time/FinerIsCutOff", prove: timeCut,
		promise: "what is finer than a microsecond is cut off, towards the past."},
	{name: "Time/ComesBackInUTC", prove: timeUTC,
		promise: "a due time comes back in UTC, whatever zone it was given in."},
	{name: "Time/EpochIsATime", prove: timeEpoch,
		promise: "a record that is due at 1970-01-01 00:00 UTC is scheduled; only the zero time means that it is not."},
	{name: "Time/ZeroIsNotScheduled", prove: timeZero,
		promise: "a record with the zero time comes back with the zero time and is never due."},
	{name: "Time/OrderOfMicroseconds", prove: timeOrder,
		promise: "due times a microsecond apart are in their order, also before 1970."},
}

func timeMicroseconds(t *T) {
	s := t.open()
	for i, due := range []time.Time{
		time.Date(2026, time.February, 3, 4, 5, 6, 123456000, time.UTC),
		time.Date(2026, time.February, 3, 4, 5, 6, 1000, time.UTC),
		time.Date(2026, time.February, 3, 4, 5, 6, 999999000, time.UTC),
		time.Date(1970, time.January, 1, 0, 0, 0, 1000, time.UTC),
		time.Date(1969, time.December, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(1901, time.January, 2, 3, 4, 5, 678901000, time.UTC),
		time.Date(1, time.January, 1, 0, 0, 1, 0, time.UTC),
		time.Date(2038, time.January, 19, 3, 14, 8, 0, time.UTC),
		time.Date(2262, time.April, 12, 0, 0, 0, 1000, time.UTC),
		time.Date(9999, time.December, 31, 23, 59, 59, 999999000, time.UTC),
	} {
		r := store.Record{ID: fmt.Sprint(i), Due: due, Executor: "only" + fmt.Sprint(i)}
		t.holds(s, t.add(s, r)[0], "after Add")
		next, err := s.NextDue(t.ctx, []string{r.Executor})
		t.check(err, "NextDue")
		if !next.Equal(due) {
			t.Errorf("NextDue of the only record is %v, want %v", next, due)
		}
		q := store.DueQuery{At: due, Executors: []string{r.Executor}, Limit: 1}
		for _, got := range t.due(s, q) {
			if !got.Due.Equal(due) {
				t.Errorf("Due returned the due time %v, want %v", got.Due, due)
			}
		}
	}
}

func timeCut(t *T) {
	s := t.open()
	for i, c := range []struct{ given, want time.Time }{
		{time.Date(2026, 2, 3, 4, 5, 6, 123456789, time.UTC), time.Date(2026, 2, 3, 4, 5, 6, 123456000, time.UTC)},
		{time.Date(2026, 2, 3, 4, 5, 6, 999999999, time.UTC), time.Date(2026, 2, 3, 4, 5, 6, 999999000, time.UTC)},
		{time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{time.Date(1969, 12, 31, 23, 59, 58, 1999, time.UTC), time.Date(1969, 12, 31, 23, 59, 58, 1000, time.UTC)},
	} {
		id := fmt.Sprint(i)
		t.add(s, store.Record{ID: id, Due: c.given})
		if got := t.get(s, id).Due; !got.Equal(c.want) {
			t.Errorf("due %v was kept as %v, want %v", c.given, got, c.want)
		}
	}
}

func timeUTC(t *T) {
	s := t.open()
	zone := time.FixedZone("somewhere", -(3*3600 + 30*60))
	r := rec("a")
	r.Due = noon.In(zone)
	t.add(s, r)
	got := t.get(s, "a").Due
	if got.Location() != time.UTC {
		t.Errorf("Get returned the due time %v, want it in UTC", got)
	}
	if !got.Equal(noon) {
		t.Errorf("Get returned the due time %v, want %v", got, noon)
	}
	for _, r := range t.due(s, at(noon.In(zone))) {
		if r.Due.Location() != time.UTC {
			t.Errorf("Due returned the due time %v, want it in UTC", r.Due)
		}
	}
	next, err := s.NextDue(t.ctx, nil)
	t.check(err, "NextDue")
	if next.Location() != time.UTC {
		t.Errorf("NextDue returned %v, want it in UTC", next)
	}
}

func timeEpoch(t *T) {
	s := t.open()
	epoch := time.Unix(0, 0).UTC()
	r := rec("a")
	r.Due = epoch
	t.holds(s, t.add(s, r)[0], "after Add")
	t.lists(t.due(s, at(noon)), "Due", "a")
	next, err := s.NextDue(t.ctx, nil)
	t.check(err, "NextDue")
	if !next.Equal(epoch) {
		t.Errorf("NextDue is %v, want %v", next, epoch)
	}
}

func timeZero(t *T) {
	s := t.open()
	r := rec("a")
	r.Due = time.Time{}
	r = t.add(s, r)[0]
	notScheduled := func(when string) {
		t.Helper()
		if got := t.get(s, "a"); !got.Due.IsZero() {
			t.Errorf("%s Get returned due %v, want the zero time", when, got.Due)
		}
		t.lists(t.due(s, at(noon)), when+" Due")
		next, err := s.NextDue(t.ctx, nil)
		t.check(err, "NextDue")
		if !next.IsZero() {
			t.Errorf("%s NextDue is %v, want the zero time", when, next)
		}
	}
	notScheduled("after Add")
	r.Due = noon
	t.check(s.Update(t.ctx, r), "Update that schedules the record")
	t.lists(t.due(s, at(noon)), "Due when the record is scheduled", "a")
	r.Due, r.Rev = time.Time{}, 2
	t.check(s.Update(t.ctx, r), "Update that unschedules the record")
	notScheduled("after Update")
}

func timeOrder(t *T) {
	s := t.open()
	for i, base := range []time.Time{noon, time.Date(1960, 6, 1, 0, 0, 0, 0, time.UTC)} {
		executor := fmt.Sprint(i)
		for j, id := range []string{"c", "b", "a"} {
			t.add(s, store.Record{ID: id + executor, Executor: executor, Due: base.Add(time.Duration(j) * time.Microsecond)})
		}
		q := store.DueQuery{At: base.Add(time.Second), Executors: []string{executor}, Limit: 10}
		t.lists(t.due(s, q), "Due", "c"+executor, "b"+executor, "a"+executor)
	}
}
