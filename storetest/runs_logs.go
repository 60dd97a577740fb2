package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func runsByFire(t *T) {
	s := t.open()
	first, second, third := run("a", 0), run("a", 2), run("a", 4)
	for i, e := range []*store.RunEntry{&first, &second, &third} {
		e.Fire, e.Data = noon, fmt.Appendf(nil, "attempt %d", i+1)
	}
	other, earlier, later := run("b", 1), run("a", 1), run("a", 3)
	other.Fire, earlier.Fire, later.Fire = noon, noon.Add(-time.Microsecond), noon.Add(time.Microsecond)
	prefix := run("a b", 1)
	prefix.Fire = noon
	l := t.appendRuns(s, second, other, first, earlier, later, prefix)
	t.appendRuns(s, third)
	q := store.RunQuery{Task: "a", Fire: noon}
	t.logs(l, q, "Runs of a fire", "attempt 3", "attempt 2", "attempt 1")
	t.logs(l, store.RunQuery{Task: "b", Fire: noon}, "Runs of another task's fire", "b@1")
	t.logs(l, store.RunQuery{Task: "a", Fire: noon.Add(time.Hour)}, "Runs of a fire that was not")
	q.Limit = 2
	t.logs(l, q, "Runs of a fire by limit", "attempt 3", "attempt 2")
	q.Limit, q.Since = 0, noon.Add(2*time.Minute)
	t.logs(l, q, "Runs of a fire by since", "attempt 3", "attempt 2")
	q.Until = noon.Add(4 * time.Minute)
	t.logs(l, q, "Runs of a fire by since and until", "attempt 2")
	t.trims(l, "", noon.Add(2*time.Minute), 0, 4)
	t.logs(l, store.RunQuery{Task: "a", Fire: noon}, "Runs of a fire after TrimRuns", "attempt 3", "attempt 2")
}

func runsLogs(t *T) {
	s := t.open()
	l := t.appendRuns(s, append(in("audit", run("a", 0), run("b", 1)), run("a", 0), run("a", 2))...)
	rows := t.logs(l, store.RunQuery{}, "Runs", "a@2", "a@0")
	t.logs(l, store.RunQuery{Log: "live"}, "Runs of a log without rows")
	of := t.logs(l, store.RunQuery{Log: "audit"}, "Runs of another log", "audit:b@1", "audit:a@0")
	t.logs(l, store.RunQuery{Log: "audit", Task: "a"}, "Runs of a task in another log", "audit:a@0")
	t.logs(l, store.RunQuery{Log: "audit", Task: "a", Fire: run("a", 0).Fire}, "Runs of a fire in another log", "audit:a@0")
	t.logs(l, store.RunQuery{Task: "a", Fire: run("a", 0).Fire}, "Runs of the same fire", "a@0")
	if len(rows) > 0 && rows[0].Log != "" || len(of) > 0 && of[0].Log != "audit" {
		t.Errorf("the rows say that they are of the logs %q and %q, want \"\" and \"audit\"", rows[0].Log, of[0].Log)
	}
	t.appendRuns(s, in("audit", run("a", 0))...)
	t.logs(l, store.RunQuery{Log: "audit"}, "Runs after a repeated append", "audit:b@1", "audit:a@0")
}

func runsTrimLog(t *T) {
	s := t.open()
	l := t.appendRuns(s, append(in("audit", run("a", 0), run("b", 1), run("c", 5)), run("a", 0), run("b", 2), run("c", 3))...)
	t.trims(l, "live", noon.Add(time.Hour), 1, 0)
	t.trims(l, "", noon.Add(time.Minute), 1, 2)
	t.logs(l, store.RunQuery{}, "Runs after TrimRuns", "c@3")
	t.logs(l, store.RunQuery{Log: "audit"}, "Runs of another log after TrimRuns", "audit:c@5", "audit:b@1", "audit:a@0")
	t.trims(l, "audit", noon.Add(time.Minute), 0, 1)
	t.trims(l, "audit", time.Time{}, 1, 1)
	t.logs(l, store.RunQuery{Log: "audit"}, "Runs of another log after its TrimRuns", "audit:c@5")
	t.logs(l, store.RunQuery{}, "Runs after TrimRuns of another log", "c@3")
}

func runsEmptyTask(t *T) {
	s := t.open()
	l := t.appendRuns(s, in("audit", run("", 0), run("a", 1), run("", 2))...)
	t.logs(l, store.RunQuery{Log: "audit"}, "Runs", "audit:@2", "audit:a@1", "audit:@0")
	t.logs(l, store.RunQuery{Log: "audit", Task: "a"}, "Runs of a task", "audit:a@1")
	t.appendRuns(s, in("audit", run("", 0))...)
	t.logs(l, store.RunQuery{Log: "audit", Limit: 1}, "Runs by limit", "audit:@2")
	t.trims(l, "audit", time.Time{}, 2, 1)
	t.logs(l, store.RunQuery{Log: "audit"}, "Runs after TrimRuns", "audit:@2", "audit:a@1")
}

func runsTimes(t *T) {
	s := t.open()
	old := time.Date(1969, time.December, 31, 23, 59, 59, 999_999_000, time.UTC)
	rows := []store.RunEntry{
		{Task: "fine", Fire: noon.Add(1234 * time.Microsecond), Ended: noon.Add(5678 * time.Microsecond), Data: []byte{0, 255, '\n', '\r', '\''}},
		{Task: "old", Fire: old, Ended: old, Data: bytes.Repeat([]byte{0}, 70_000)},
		{Task: "zero", Ended: time.Date(1, time.January, 1, 0, 0, 1, 0, time.UTC)},
	}
	l := t.appendRuns(s, rows...)
	got, err := collect(l.Runs(t.ctx, store.RunQuery{}))
	t.check(err, "Runs")
	if len(got) != len(rows) {
		t.Fatalf("there are %d rows, want %d", len(got), len(rows))
	}
	for i, want := range rows {
		if g := got[i]; g.Task != want.Task || !g.Fire.Equal(want.Fire) || !g.Ended.Equal(want.Ended) || !bytes.Equal(g.Data, want.Data) {
			t.Errorf("the row of %q has fire %v, end %v and data %s; want %v, %v and %s", want.Task, g.Fire, g.Ended, show(g.Data), want.Fire, want.Ended, show(want.Data))
		}
	}
	finer := rows[0]
	finer.Fire, finer.Ended = finer.Fire.Add(999), finer.Ended.Add(999).In(time.FixedZone("", 3600))
	t.appendRuns(s, finer)
	if got, err := collect(l.Runs(t.ctx, store.RunQuery{Task: "fine", Fire: finer.Fire})); err != nil || len(got) != 1 {
		t.Errorf("a row that differs by less than a microsecond made %d rows and the error %v, want 1", len(got), err)
	}
}

func runsMany(t *T) {
	s := t.open()
	const n = 1000
	var rows []store.RunEntry
	for i := range n {
		e := run(fmt.Sprintf("task-%d", i%7), i)
		e.Data = fmt.Append(nil, i)
		rows = append(rows, e)
	}
	l := t.appendRuns(s, rows...)
	t.appendRuns(s, append(rows[:10:10], rows[0])...)
	want := n
	for e, err := range l.Runs(t.ctx, store.RunQuery{}) {
		t.check(err, "Runs")
		if want--; string(e.Data) != fmt.Sprint(want) {
			t.Fatalf("a walk over %d rows shows the row %s, want %d", n, e.Data, want)
		}
	}
	if want != 0 {
		t.Fatalf("a walk over %d rows ends %d rows early", n, want)
	}
	seen := 0
	for e, err := range l.Runs(t.ctx, store.RunQuery{Task: "task-3"}) {
		t.check(err, "Runs")
		if string(e.Data) != fmt.Sprint((n-1-3)/7*7+3-7*seen) {
			t.Fatalf("row %d of a task is %s", seen, e.Data)
		}
		seen++
	}
	if seen != (n-1-3)/7+1 {
		t.Errorf("a task has %d rows, want %d", seen, (n-1-3)/7+1)
	}
	t.trims(l, "", rows[n/2].Ended, 10, n-10)
	if left, err := collect(l.Runs(t.ctx, store.RunQuery{})); err != nil || len(left) != 10 {
		t.Errorf("after TrimRuns there are %d rows and the error %v, want 10", len(left), err)
	}
}

func runsRefused(t *T) {
	s := t.open()
	l := t.appendRuns(s, run("a", 0))
	late := run("late", 0)
	late.Ended = time.Date(10_000, time.January, 1, 0, 0, 0, 0, time.UTC)
	for name, e := range map[string]store.RunEntry{
		"a log in capitals":         in("AUDIT", run("a", 1))[0],
		"a log that is too long":    in(strings.Repeat("a", store.MaxLogLen+1), run("a", 1))[0],
		"a task with a NUL":         run("a\x00b", 1),
		"a task that is too long":   run(strings.Repeat("a", store.MaxIDLen+1), 1),
		"an end in the year 10,000": late,
	} {
		t.fails(l.AppendRuns(t.ctx, []store.RunEntry{run("b", 1), e}), store.ErrInvalid, "AppendRuns of %s", name)
	}
	t.logs(l, store.RunQuery{}, "Runs after what was refused", "a@0")
	_, err := collect(l.Runs(t.ctx, store.RunQuery{Log: "a/b"}))
	t.fails(err, store.ErrInvalid, "Runs of a log with a slash")
	_, err = collect(l.Runs(t.ctx, store.RunQuery{Fire: noon}))
	t.fails(err, store.ErrInvalid, "Runs of a fire without a task")
	_, err = l.TrimRuns(t.ctx, "a b", noon, 1)
	t.fails(err, store.ErrInvalid, "TrimRuns of a log with a space")
}
