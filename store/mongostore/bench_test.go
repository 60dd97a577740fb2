package mongostore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// On FerretDB these figures mean nothing for MongoDB: it looks at all documents
// for each query.

// payload is about the size of a sealed task.
var payload = make([]byte, 300)

func adds(n int) []store.Write {
	writes := make([]store.Write, n)
	for i := range writes {
		writes[i] = store.Write{Op: store.OpAdd, Record: store.Record{ID: fmt.Sprintf("task-%08d", i), Due: noon, Executor: "default", Data: payload}}
	}
	return writes
}

func batch(tb testing.TB, s store.Batcher, writes []store.Write) {
	tb.Helper()
	results, err := s.Batch(bg, writes)
	must(tb, errors.Join(append(results, err)...))
}

func perSecond(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "tasks/s")
}

// A cycle is what a scheduler does with one-shot tasks: claim, write that they
// run, remove them.
func BenchmarkCycle(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newPlace(b).open(b)
			for b.Loop() {
				b.StopTimer()
				batch(b, s, adds(n))
				b.StartTimer()
				claimed, err := s.Claim(bg, store.DueQuery{At: noon, Executors: []string{"default"}, Limit: n}, noon.Add(time.Minute))
				must(b, err)
				writes := make([]store.Write, len(claimed))
				for i, r := range claimed {
					writes[i] = store.Write{Op: store.OpUpdate, Record: r}
				}
				batch(b, s, writes)
				for i := range writes {
					writes[i].Op = store.OpDelete
					writes[i].Record.Rev++
				}
				batch(b, s, writes)
			}
			perSecond(b, n)
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	s := newPlace(b).open(b)
	n := 0
	for b.Loop() {
		must(b, s.Add(bg, store.Record{ID: fmt.Sprint(n), Due: noon, Executor: "default", Data: payload}))
		n++
	}
	perSecond(b, 1)
}

func BenchmarkBatchAdd(b *testing.B) {
	const n = 1000
	s := newPlace(b).open(b)
	for b.Loop() {
		b.StopTimer()
		must(b, s.Clear(bg))
		b.StartTimer()
		batch(b, s, adds(n))
	}
	perSecond(b, n)
}

func BenchmarkNextDue(b *testing.B) {
	s := newPlace(b).open(b)
	batch(b, s, adds(1000))
	for b.Loop() {
		_, err := s.NextDue(bg, []string{"default"})
		must(b, err)
	}
}

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	s := newPlace(b).open(b)
	rows := make([]store.RunEntry, 1000)
	data := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		for n := range rows {
			at := noon.Add(time.Duration(1000*i+n) * time.Millisecond)
			rows[n] = store.RunEntry{Task: fmt.Sprintf("task-%03d", n*7%300), Fire: at, Ended: at.Add(time.Second), Data: data}
		}
		must(b, s.AppendRuns(bg, rows))
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}
