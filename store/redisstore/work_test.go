package redisstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

func TestManyHandlesClaimEachRecordOnce(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]place{"single": single(t), "cluster": newPlace(t, clusterURL(t))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n, handles = 10_000, 6
			s := p.open(t)
			writes := adds(0, n)
			for i := range writes {
				writes[i].Record.Due = noon.Add(-time.Duration(i%97) * time.Second)
				writes[i].Record.Executor = []string{"default", "pool"}[i%2]
			}
			batch(t, s, writes)
			var mu sync.Mutex
			taken := map[string]int{}
			var group sync.WaitGroup
			for h := range handles {
				handle := p.open(t)
				group.Go(func() {
					for {
						got, err := handle.Claim(bg, store.DueQuery{At: noon, Limit: 50 + 37*h}, noon.Add(time.Hour))
						if err != nil {
							t.Error(err)
							return
						}
						if len(got) == 0 {
							return
						}
						mu.Lock()
						for _, r := range got {
							taken[r.ID]++
						}
						mu.Unlock()
					}
				})
			}
			group.Wait()
			if len(taken) != n {
				t.Errorf("%d records were claimed, want %d", len(taken), n)
			}
			for id, times := range taken {
				if times != 1 {
					t.Fatalf("record %q was claimed %d times", id, times)
				}
			}
		})
	}
}

// More than one call of a script holds is done by several.
func TestLargeClaimsAndBatchesAreWhole(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	const n = 3500
	writes := adds(0, n)
	batch(t, s, writes)
	due, err := s.Due(bg, store.DueQuery{At: noon, Limit: n - 1})
	must(t, err)
	claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"pool", "default"}, Limit: n - 1}, noon.Add(time.Hour))
	must(t, err)
	if len(due) != n-1 || len(claimed) != n-1 {
		t.Fatalf("Due returned %d and Claim %d records, want %d", len(due), len(claimed), n-1)
	}
	for i, r := range claimed {
		if r.ID != id(i) || due[i].ID != id(i) || r.Rev != 2 || !r.Due.Equal(noon.Add(time.Hour)) {
			t.Fatalf("record %d is %q of revision %d due at %v", i, r.ID, r.Rev, r.Due)
		}
		writes[i] = store.Write{Op: store.OpDelete, Record: store.Record{ID: r.ID, Rev: 2}}
	}
	results, err := s.Batch(bg, writes)
	must(t, err)
	for i, err := range results[:n-1] {
		must(t, err)
		_ = i
	}
	if !errors.Is(results[n-1], store.ErrExists) {
		t.Errorf("the last write of the batch has the result %v, want that of its own", results[n-1])
	}
}

// A hold that is due itself puts records back into what the same claim looks at.
func TestLargeClaimWithAHoldThatIsDueTakesNothingTwice(t *testing.T) {
	t.Parallel()
	s := single(t).open(t)
	batch(t, s, adds(0, 1500))
	claimed, err := s.Claim(bg, store.DueQuery{At: noon.Add(time.Minute), Limit: 5000}, noon.Add(time.Second))
	must(t, err)
	seen := map[string]bool{}
	for _, r := range claimed {
		if seen[r.ID] || r.Rev != 2 {
			t.Fatalf("record %q was claimed twice by one call, and is at revision %d", r.ID, r.Rev)
		}
		seen[r.ID] = true
	}
	if len(seen) == 0 {
		t.Error("nothing was claimed")
	}
}

// Records of a megabyte are read and written in parts, so that neither side holds
// all of them at once.
func TestLargeRecordsAreReadInParts(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	const n = 40
	var writes []store.Write
	for i := range n {
		data := bytes.Repeat([]byte{byte(i)}, 1<<20)
		writes = append(writes, store.Write{Op: store.OpAdd, Record: store.Record{ID: id(i), Due: noon, Data: data}})
	}
	batch(t, s, writes)
	got, err := s.Claim(bg, store.DueQuery{At: noon, Limit: n}, noon.Add(time.Hour))
	must(t, err)
	if len(got) != n {
		t.Fatalf("claimed %d records, want %d", len(got), n)
	}
	for i, r := range got {
		if !bytes.Equal(r.Data, writes[i].Record.Data) {
			t.Fatalf("record %d has other data", i)
		}
	}
	good, bad := listed(t, s)
	if len(good) != n || len(bad) != 0 {
		t.Errorf("All yields %d records and %v", len(good), bad)
	}
}

// Ids and labels are compared by their bytes, whatever the locale of the server.
func TestOrderOverLabelsIsByTimeThenByBytes(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	order := []string{"B", "Z", "a", "aa", "b", "z", "ä", "é", "漢"}
	for i := len(order) - 1; i >= 0; i-- {
		r := task(order[i])
		r.Executor = []string{"x", "", "x\x01", "xx", "ä"}[i%5]
		add(t, s, r)
	}
	early := task("~")
	early.Due, early.Executor = noon.Add(-time.Microsecond), "zz"
	add(t, s, early)
	want := fmt.Sprint(append([]string{"~"}, order...))
	due, err := s.Due(bg, store.DueQuery{At: noon, Limit: 100})
	must(t, err)
	if ids(due) != want {
		t.Errorf("Due returned %s, want %s", ids(due), want)
	}
	good, _ := listed(t, s)
	if fmt.Sprint(good) != want {
		t.Errorf("All yields %s, want %s", good, want)
	}
	two, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 3}, time.Time{})
	must(t, err)
	if ids(two) != "[~ B Z]" {
		t.Errorf("Claim returned %s", ids(two))
	}
	if r, err := s.Get(bg, "~"); err != nil || !r.Due.IsZero() {
		t.Errorf("what was claimed with no hold is %v, %v", r, err)
	}
}

func TestWhatARecordCantHoldIsRefused(t *testing.T) {
	t.Parallel()
	s := single(t).open(t)
	for name, r := range map[string]store.Record{
		"label with NUL": {ID: "a", Executor: "x\x00y"},
		"long label":     {ID: "a", Executor: string(bytes.Repeat([]byte("x"), 256))},
		"label no UTF-8": {ID: "a", Executor: "\xff"},
		"before year 1":  {ID: "a", Due: time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC)},
		"year 10000":     {ID: "a", Due: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := s.Add(bg, r); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("Add of a %s returned %v", name, err)
		}
		if err := s.Update(bg, r); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("Update to a %s returned %v", name, err)
		}
	}
	_, err := s.Claim(bg, store.DueQuery{At: noon, Limit: 1}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	says(t, err, store.ErrInvalid)
	results, err := s.Batch(bg, []store.Write{{Op: 9, Record: task("a")}})
	must(t, err)
	says(t, results[0], store.ErrInvalid, "operation 9")
}

// A write wakes the other nodes when something is due before what they wait for,
// and leaves them alone when not.
func TestOnlyWhatIsDueFirstWakes(t *testing.T) {
	t.Parallel()
	// one write and many are of different scripts
	beside := []store.Write{{Op: store.OpDelete, Record: store.Record{ID: "nobody"}}}
	t.Run("one write", func(t *testing.T) { onlyWhatIsDueFirstWakes(t, nil) })
	t.Run("among others", func(t *testing.T) { onlyWhatIsDueFirstWakes(t, beside) })
}

func onlyWhatIsDueFirstWakes(t *testing.T, beside []store.Write) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	first := task("first")
	add(t, s, first)
	listening, messages := make(chan struct{}, 1), make(chan string, 100)
	go func() {
		with := rueidis.WithOnSubscriptionHook(t.Context(), func(rueidis.PubSubSubscription) { listening <- struct{}{} })
		channel := p.raw.B().Subscribe().Channel(p.tasks + ":wake").Build()
		_ = p.raw.Receive(with, channel, func(m rueidis.PubSubMessage) { messages <- m.Message })
	}()
	<-listening
	at := func(id, label string, d time.Duration) store.Record {
		return store.Record{ID: id, Executor: label, Due: noon.Add(d)}
	}
	for _, c := range []struct {
		what  string
		write store.Write
		wakes bool
	}{
		{"one that is due later", store.Write{Op: store.OpAdd, Record: at("later", "default", time.Hour)}, false},
		{"one that is due with the first", store.Write{Op: store.OpAdd, Record: at("tie", "default", 0)}, true},
		{"a pause", store.Write{Op: store.OpUpdate, Record: store.Record{ID: "tie", Rev: 1}}, false},
		{"a removal", store.Write{Op: store.OpDelete, Record: store.Record{ID: "tie"}}, false},
		{"the first of another label", store.Write{Op: store.OpAdd, Record: at("other", "other", 24*time.Hour)}, true},
		{"one that is due earlier", store.Write{Op: store.OpAdd, Record: at("early", "other", 23*time.Hour)}, true},
	} {
		results, err := s.Batch(bg, append([]store.Write{c.write}, beside...))
		must(t, err)
		must(t, results[0])
		p.do(t, "PUBLISH", p.tasks+":wake", "end")
		got := <-messages
		if woke := got != "end"; woke != c.wakes {
			t.Errorf("%s: it wakes: %v, want %v", c.what, woke, c.wakes)
		} else if woke {
			<-messages
		}
	}
}

// The run history keeps its order and its pages over more rows than a page holds.
func TestLongHistoryIsReadInPages(t *testing.T) {
	t.Parallel()
	p := single(t)
	s := p.open(t)
	const n = 2300
	var rows []store.RunEntry
	for i := range n {
		at := noon.Add(time.Duration(i) * time.Millisecond)
		rows = append(rows, store.RunEntry{Task: []string{"a", "a\x01", "b"}[i%3], Fire: at, Ended: at.Add(time.Second), Data: []byte(fmt.Sprint(i))})
	}
	must(t, s.AppendRuns(bg, rows))
	want := n - 1
	for r, err := range s.Runs(bg, store.RunQuery{}) {
		must(t, err)
		if string(r.Data) != fmt.Sprint(want) || !r.Fire.Equal(rows[want].Fire) || r.Task != rows[want].Task {
			t.Fatalf("row %d is %+v", want, r)
		}
		want--
	}
	if want != -1 {
		t.Errorf("%d rows were not returned", want+1)
	}
	count := 0
	for r, err := range s.Runs(bg, store.RunQuery{Task: "a", Limit: 700}) {
		must(t, err)
		if r.Task != "a" {
			t.Fatalf("a query for a returned %+v", r)
		}
		count++
	}
	if count != 700 {
		t.Errorf("a query of 700 rows returned %d", count)
	}
	if removed, err := s.TrimRuns(bg, "", rows[1200].Ended, 50); err != nil || removed != n-50 {
		t.Errorf("TrimRuns removed %d, %v, want %d", removed, err, n-50)
	}
	if n, _ := p.do(t, "ZCARD", p.tasks+":history").AsInt64(); n != 100 {
		t.Errorf("the history has %d entries for 50 rows, want 100", n)
	}
}
