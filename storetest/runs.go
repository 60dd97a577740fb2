package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var runCases = []testCase{
	{name: "Runs/LastToEndFirst", prove: runsOrder,
		promise: "Runs returns the rows whole, the last to end first, whatever the order in which they were appended."},
	{name: "Runs/Query", prove: runsQuery,
		promise: "a query restricts by task, by Since <= Ended < Until and to the last Limit rows; zero fields don't restrict."},
	{name: "Runs/RepeatedAppendReplaces", prove: runsRepeated,
		promise: "a row with the Task, Fire and Ended of one that is there replaces it; one that differs in any of them is another row."},
	{name: "Runs/TrimByAge", prove: runsTrimAge,
		promise: "TrimRuns removes the rows that ended before the given time, and tells how many."},
	{name: "Runs/TrimByNumber", prove: runsTrimNumber,
		promise: "TrimRuns keeps the last rows, and tells how many it has removed; a number less than 1 keeps all."},
	{name: "Runs/ByFire", prove: runsByFire,
		promise: "a query for the Fire of a task returns its rows alone, the last to end first, within Since, Until and Limit."},
	{name: "Runs/LogsStandAlone", prove: runsLogs,
		promise: "each log is a history of its own: a query sees its rows alone, and equal Task, Fire and Ended in two logs are two rows."},
	{name: "Runs/TrimOfOneLog", prove: runsTrimLog,
		promise: "TrimRuns removes and counts the rows of the given log alone."},
	{name: "Runs/EmptyTask", prove: runsEmptyTask,
		promise: "a row may have no task; a query without a task returns it with the others, and it is trimmed like them."},
	{name: "Runs/TimesAndData", prove: runsTimes,
		promise: "Fire and Ended are kept to the microsecond, zero and before 1970 too, and Data as it is, empty too."},
	{name: "Runs/Many", prove: runsMany,
		promise: "AppendRuns takes a thousand rows at once, of which a walk shows each once, and TrimRuns removes any number."},
	{name: "Runs/Refused", prove: runsRefused,
		promise: "a row that store.CheckRun refuses makes AppendRuns fail with ErrInvalid and leaves nothing of the call; so do Runs and TrimRuns with what can't be a log."},
	{name: "Runs/AcrossHandles", prove: runsAcross,
		promise: "what one handle appends, replaces or trims, another sees at once."},
	{name: "Runs/Reopen", prove: runsReopen,
		promise: "each log is there when the store is opened again, and seen through another handle."},
}

// run is a row of a run that ended so many minutes after noon.
func run(task string, minute int) store.RunEntry {
	ended := noon.Add(time.Duration(minute) * time.Minute)
	return store.RunEntry{Task: task, Fire: ended.Add(-time.Second), Ended: ended, Data: fmt.Appendf(nil, "%s@%d", task, minute)}
}

// in puts rows into another log.
func in(log string, entries ...store.RunEntry) []store.RunEntry {
	for i := range entries {
		entries[i].Log = log
		entries[i].Data = append([]byte(log+":"), entries[i].Data...)
	}
	return entries
}

func (t *T) appendRuns(s store.Store, entries ...store.RunEntry) store.RunLog {
	t.Helper()
	l := has[store.RunLog](t, s)
	t.check(l.AppendRuns(t.ctx, entries), "AppendRuns of %d rows", len(entries))
	return l
}

// logs reports when a query does not return rows with these data.
func (t *T) logs(l store.RunLog, q store.RunQuery, where string, want ...string) []store.RunEntry {
	t.Helper()
	rows, err := collect(l.Runs(t.ctx, q))
	t.check(err, "Runs")
	var got []string
	for _, e := range rows {
		got = append(got, string(e.Data))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", where, got, want)
	}
	return rows
}

func runsOrder(t *T) {
	s := t.open()
	l := t.appendRuns(s, run("b", 2), run("a", 0))
	t.logs(l, store.RunQuery{}, "Runs", "b@2", "a@0")
	t.appendRuns(s, run("a", 3), run("c", 1))
	rows := t.logs(l, store.RunQuery{}, "Runs", "a@3", "b@2", "c@1", "a@0")
	want := run("a", 3)
	if got := rows[0]; got.Task != "a" || !got.Fire.Equal(want.Fire) || !got.Ended.Equal(want.Ended) {
		t.Errorf("the row is %+v, want %+v", got, want)
	}
	for _, err := range l.Runs(t.ctx, store.RunQuery{}) {
		_ = err // the walk is broken off, whatever it found
		break
	}
	t.logs(l, store.RunQuery{}, "Runs after a stopped walk", "a@3", "b@2", "c@1", "a@0")
}

func runsQuery(t *T) {
	l := t.appendRuns(t.open(), run("a", 0), run("b", 1), run("a", 2), run("b", 3), run("a", 4))
	minute := func(m int) time.Time { return noon.Add(time.Duration(m) * time.Minute) }
	for _, c := range []struct {
		name string
		q    store.RunQuery
		want []string
	}{
		{"task", store.RunQuery{Task: "a"}, []string{"a@4", "a@2", "a@0"}},
		{"unknown task", store.RunQuery{Task: "A"}, nil},
		{"since is inclusive", store.RunQuery{Since: minute(3)}, []string{"a@4", "b@3"}},
		{"until is exclusive", store.RunQuery{Until: minute(1)}, []string{"a@0"}},
		{"since and until", store.RunQuery{Since: minute(1), Until: minute(4)}, []string{"b@3", "a@2", "b@1"}},
		{"an empty span", store.RunQuery{Since: minute(4), Until: minute(1)}, nil},
		{"limit", store.RunQuery{Limit: 2}, []string{"a@4", "b@3"}},
		{"limit of a task", store.RunQuery{Task: "b", Limit: 1}, []string{"b@3"}},
		{"all together", store.RunQuery{Task: "a", Since: minute(0), Until: minute(4), Limit: 1}, []string{"a@2"}},
	} {
		t.logs(l, c.q, "Runs by "+c.name, c.want...)
	}
}

func runsRepeated(t *T) {
	s := t.open()
	first := run("a", 0)
	l := t.appendRuns(s, first, run("a", 1))
	first.Data = []byte("again")
	t.appendRuns(s, first)
	t.logs(l, store.RunQuery{}, "Runs after a repeated append", "a@1", "again")
	t.appendRuns(s, first)
	t.logs(l, store.RunQuery{}, "Runs after the same append", "a@1", "again")
	other := first
	other.Fire, other.Data = first.Fire.Add(-time.Minute), []byte("other fire")
	t.appendRuns(s, other)
	if rows, _ := collect(l.Runs(t.ctx, store.RunQuery{})); len(rows) != 3 {
		t.Errorf("a row with another Fire made %d rows, want 3", len(rows))
	}
	t.check(l.AppendRuns(t.ctx, nil), "AppendRuns of nothing")
}

func runsTrimAge(t *T) {
	l := t.appendRuns(t.open(), run("a", 0), run("b", 1), run("a", 2), run("b", 3))
	t.trims(l, "", time.Time{}, 0, 0)
	t.trims(l, "", noon, 0, 0)
	t.trims(l, "", noon.Add(2*time.Minute), 0, 2)
	t.logs(l, store.RunQuery{}, "Runs after TrimRuns", "b@3", "a@2")
}

func runsTrimNumber(t *T) {
	l := t.appendRuns(t.open(), run("a", 0), run("b", 1), run("a", 2), run("b", 3))
	t.trims(l, "", time.Time{}, -1, 0)
	t.trims(l, "", time.Time{}, 4, 0)
	t.trims(l, "", time.Time{}, 3, 1)
	t.logs(l, store.RunQuery{}, "Runs after TrimRuns", "b@3", "a@2", "b@1")
	t.trims(l, "", noon.Add(2*time.Minute), 1, 2)
	t.logs(l, store.RunQuery{}, "Runs after TrimRuns by both", "b@3")
}

func (t *T) trims(l store.RunLog, log string, before time.Time, keep, want int) {
	t.Helper()
	n, err := l.TrimRuns(t.ctx, log, before, keep)
	t.check(err, "TrimRuns(%q, %v, %d)", log, before, keep)
	if n != want {
		t.Errorf("TrimRuns(%q, %v, %d) removed %d rows, want %d", log, before, keep, n, want)
	}
}

func runsReopen(t *T) {
	t.durable()
	s := t.openUnclosed()
	if _, ok := s.(store.RunLog); ok {
		t.appendRuns(s, run("a", 0), run("b", 1))
		t.appendRuns(s, in("audit", run("c", 2))...)
		if !t.h.OneHandle {
			t.logs(t.open().(store.RunLog), store.RunQuery{}, "Runs of the other handle", "b@1", "a@0")
		}
	}
	t.check(s.Close(), "Close")
	l := has[store.RunLog](t, t.open())
	t.logs(l, store.RunQuery{}, "Runs after reopening", "b@1", "a@0")
	t.logs(l, store.RunQuery{Log: "audit"}, "Runs of another log after reopening", "audit:c@2")
}

func runsAcross(t *T) {
	t.durable()
	if t.h.OneHandle {
		t.Skip("the store has one handle")
	}
	one := has[store.RunLog](t, t.open())
	other := t.open().(store.RunLog)
	add := func(l store.RunLog, entries ...store.RunEntry) {
		t.Helper()
		t.check(l.AppendRuns(t.ctx, entries), "AppendRuns of %d rows", len(entries))
	}
	add(one, run("a", 0), run("b", 1), run("c", 2))
	t.logs(other, store.RunQuery{}, "Runs of the other handle", "c@2", "b@1", "a@0")
	add(other, run("d", 3))
	t.trims(one, "", noon.Add(time.Minute), 0, 1)
	t.logs(other, store.RunQuery{}, "Runs after the first handle trimmed", "d@3", "c@2", "b@1")
	add(one, run("a", 0)) // older than what was trimmed, and new again
	t.logs(other, store.RunQuery{}, "Runs after an old row came again", "d@3", "c@2", "b@1", "a@0")
	again := run("b", 1)
	again.Data = []byte("again")
	add(other, again)
	t.logs(one, store.RunQuery{Task: "b", Fire: again.Fire}, "Runs after the other handle replaced a row", "again")
	t.trims(other, "", time.Time{}, 2, 2)
	t.trims(one, "", time.Time{}, 2, 0)
	t.logs(one, store.RunQuery{}, "Runs after the other handle trimmed", "d@3", "c@2")
}
