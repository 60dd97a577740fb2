package postgres_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

func TestLongHistoryIsAppendedInPartsAndReadInPages(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	s := open(t, at)
	entries := make([]store.RunEntry, 12_000)
	for i := range entries {
		entries[i] = store.RunEntry{Task: fmt.Sprint("task-", i%7), Fire: noon, Ended: noon.Add(time.Duration(i) * time.Second), Data: []byte(fmt.Sprint(i))}
	}
	for i := range 20 { // more than a statement holds, in bytes
		entries[i].Data = bytes.Repeat([]byte{byte(i)}, 2<<20)
	}
	must(t, s.AppendRuns(bg, entries))
	at0 := len(entries)
	for e, err := range s.Runs(bg, store.RunQuery{}) {
		must(t, err)
		at0--
		if want := entries[at0]; e.Task != want.Task || !e.Ended.Equal(want.Ended) || !bytes.Equal(e.Data, want.Data) {
			t.Fatalf("row %d is of %s at %v", at0, e.Task, e.Ended)
		}
	}
	if at0 != 0 {
		t.Errorf("%d rows are missing", at0)
	}
	n, err := s.TrimRuns(bg, "", noon.Add(1000*time.Second), 5000)
	must(t, err)
	if n != 7000 {
		t.Errorf("%d rows were trimmed, want 7000", n)
	}
}

// Many rows are written as new ones; when their answer was lost they come again.
func TestManyRowsThatAreThereAlreadyAreReplaced(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	s := open(t, at)
	rows := make([]store.RunEntry, 250)
	for i := range rows {
		rows[i] = store.RunEntry{Task: "a", Fire: noon, Ended: noon.Add(time.Duration(i) * time.Second), Data: []byte("before")}
	}
	must(t, s.AppendRuns(bg, rows[100:101]))
	for i := range rows {
		rows[i].Data = []byte("after")
	}
	must(t, s.AppendRuns(bg, rows))
	n := 0
	for e, err := range s.Runs(bg, store.RunQuery{}) {
		if err != nil || string(e.Data) != "after" {
			t.Fatalf("%v: %q", err, e.Data)
		}
		n++
	}
	if n != len(rows) {
		t.Errorf("there are %d rows, not %d", n, len(rows))
	}
}
