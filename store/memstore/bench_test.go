package memstore_test

import (
	"container/heap"
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

var start = time.Date(2031, time.March, 5, 12, 0, 0, 0, time.UTC)

func names(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("task-%08d", i)
	}
	return list
}

// spread is a due time for each of n records, no two of them neighbours.
func spread(i, n int) time.Time {
	return start.Add(time.Duration(i*7919%n) * time.Millisecond)
}

func filled(b *testing.B, n int) *memstore.Store {
	b.Helper()
	s := memstore.New()
	for i, id := range names(n) {
		if err := s.Add(b.Context(), store.Record{ID: id, Due: spread(i, n), Executor: "default"}); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

var sizes = []int{10_000, 1_000_000}

// BenchmarkClaim goes on by a millisecond a record, claims what is due then, and
// puts it a round later, as tasks do that repeat. The first round, in which the
// store sorts what was added, is not measured.
func BenchmarkClaim(b *testing.B) {
	for _, n := range sizes {
		for _, limit := range []int{1, 100} {
			b.Run(fmt.Sprintf("%d/by %d", n, limit), func(b *testing.B) {
				s := filled(b, n)
				q := store.DueQuery{Executors: []string{"default"}, Limit: limit}
				step := func(i int) {
					q.At = start.Add(time.Duration((i+1)*limit-1) * time.Millisecond)
					hold := q.At.Add(time.Duration(n) * time.Millisecond)
					if got, err := s.Claim(context.Background(), q, hold); err != nil || len(got) != limit {
						b.Fatal(len(got), err)
					}
				}
				first := n / limit
				for i := range first {
					step(i)
				}
				b.ReportAllocs()
				for i := first; b.Loop(); i++ {
					step(i)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*limit), "ns/record")
			})
		}
	}
}

func BenchmarkNextDue(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, labels := filled(b, n), []string{"default"}
			b.ReportAllocs()
			for b.Loop() {
				if next, err := s.NextDue(b.Context(), labels); err != nil || next.IsZero() {
					b.Fatal(next, err)
				}
			}
		})
	}
}

func BenchmarkDue100(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := filled(b, n)
			q := store.DueQuery{At: start.Add(time.Hour), Limit: 100}
			b.ReportAllocs()
			for b.Loop() {
				if got, err := s.Due(b.Context(), q); err != nil || len(got) != 100 {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}

// BenchmarkAdd100k adds 100,000 records to an empty store. It reports the time
// and the memory that stays, of one record, its id and value not counted.
func BenchmarkAdd100k(b *testing.B) {
	const n = 100_000
	ids := names(n)
	ctx := context.Background()
	var before, after runtime.MemStats
	var live uint64
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		s := memstore.New()
		for i, id := range ids {
			if err := s.Add(ctx, store.Record{ID: id, Due: spread(i, n), Executor: "default", Value: s}); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		live = (after.HeapAlloc - before.HeapAlloc) / n
		runtime.KeepAlive(s)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
	b.ReportMetric(float64(live), "B/record")
}

// BenchmarkRun100kAtOnce carries 100,000 one-shot records that are due at one
// instant through their life, as an engine does: claimed, updated and deleted
// in batches of 1000. Bare is the least that any scheduler does: pop a heap.
func BenchmarkRun100kAtOnce(b *testing.B) {
	const n, batch = 100_000, 1000
	ids := names(n)
	ctx := context.Background()
	for _, update := range []bool{true, false} {
		name := "claim+delete"
		if update {
			name = "claim+update+delete"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := memstore.New()
				for _, id := range ids {
					if err := s.Add(ctx, store.Record{ID: id, Due: start, Executor: "default", Value: s}); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				q := store.DueQuery{At: start, Executors: []string{"default"}, Limit: batch}
				writes := make([]store.Write, batch)
				for range n / batch {
					claimed, err := s.Claim(ctx, q, start.Add(time.Minute))
					if err != nil || len(claimed) != batch {
						b.Fatal(len(claimed), err)
					}
					for i, r := range claimed {
						r.Due = start.Add(time.Hour)
						writes[i] = store.Write{Op: store.OpUpdate, Record: r}
					}
					if update {
						do(b, s, writes)
						for i := range writes {
							writes[i].Record.Rev++
						}
					}
					for i := range writes {
						writes[i].Op = store.OpDelete
					}
					do(b, s, writes)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
		})
	}
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			h := &bare{}
			for _, id := range ids {
				heap.Push(h, &bareTask{start, id})
			}
			b.StartTimer()
			for h.Len() > 0 {
				heap.Pop(h)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
	})
}

func do(b *testing.B, s *memstore.Store, writes []store.Write) {
	results, err := s.Batch(context.Background(), writes)
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range results {
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareHeap is the baseline of BenchmarkClaim: take the first, put it
// behind all others.
func BenchmarkBareHeap(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := &bare{}
			for i, id := range names(n) {
				heap.Push(h, &bareTask{spread(i, n), id})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				t := heap.Pop(h).(*bareTask)
				t.due = start.Add(time.Duration(i+n) * time.Millisecond)
				heap.Push(h, t)
			}
		})
	}
}

type bareTask struct {
	due time.Time
	id  string
}

type bare []*bareTask

func (h bare) Len() int           { return len(h) }
func (h bare) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h bare) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *bare) Push(x any)        { *h = append(*h, x.(*bareTask)) }
func (h *bare) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	*h = (*h)[:last]
	return t
}

// BenchmarkAppendRuns is how many rows of the history a second are appended, a
// thousand of 400 bytes at a time.
func BenchmarkAppendRuns(b *testing.B) {
	s := memstore.New()
	rows := make([]store.RunEntry, 1000)
	data := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		for n := range rows {
			at := start.Add(time.Duration(1000*i+n) * time.Millisecond)
			rows[n] = store.RunEntry{Task: fmt.Sprintf("task-%03d", n*7%300), Fire: at, Ended: at.Add(time.Second), Data: data}
		}
		if err := s.AppendRuns(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}
