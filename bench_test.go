package asyncz_test

import (
	"container/heap"
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// The baseline of these benchmarks is the least that a scheduler can be: a heap,
// one timer, and go f().

type bareTask struct {
	at    time.Time
	every time.Duration
	f     func(at time.Time)
}

type bareHeap []bareTask

func (h bareHeap) Len() int           { return len(h) }
func (h bareHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h bareHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *bareHeap) Push(x any)        { *h = append(*h, x.(bareTask)) }
func (h *bareHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// run fires tasks until the heap is empty or stop is closed.
func (h *bareHeap) run(stop <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for h.Len() > 0 {
		if wait := time.Until((*h)[0].at); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-stop:
				return
			}
			continue
		}
		x := heap.Pop(h).(bareTask)
		go x.f(x.at)
		if x.every > 0 {
			x.at = x.at.Add(x.every)
			heap.Push(h, x)
		}
	}
}

func benchScheduler(b *testing.B, opts ...asyncz.Option) *asyncz.Scheduler {
	b.Helper()
	s, err := asyncz.New(b.Context(), append([]asyncz.Option{asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey("")}, opts...)...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

const burst = 100_000

// BenchmarkBurst is the time from the moment at which 100,000 one-shot tasks are
// due until the last of them has begun.
func BenchmarkBurst(b *testing.B) {
	b.Run("heap", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			runtime.GC()
			var wg sync.WaitGroup
			wg.Add(burst)
			due := time.Now().Add(500 * time.Millisecond)
			h := &bareHeap{}
			for range burst {
				heap.Push(h, bareTask{at: due, f: func(time.Time) { wg.Done() }})
			}
			go h.run(nil)
			time.Sleep(time.Until(due))
			b.StartTimer()
			wg.Wait()
		}
	})
	b.Run("asyncz", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			s := benchScheduler(b)
			var wg sync.WaitGroup
			wg.Add(burst)
			due := time.Now().Add(2 * time.Second)
			call := asyncz.Do(func(context.Context) error { wg.Done(); return nil })
			at := trigger.At(due)
			for i := range burst {
				if _, err := s.Add(b.Context(), call, at, asyncz.ID(strconv.Itoa(i))); err != nil {
					b.Fatal(err)
				}
			}
			_ = s.Start(b.Context())
			runtime.GC()
			time.Sleep(time.Until(due))
			b.StartTimer()
			wg.Wait()
			b.StopTimer()
			_ = s.Shutdown(context.Background())
			b.StartTimer()
		}
	})
}

// BenchmarkAligned is the lateness of 10,000 tasks that fire every second, all
// at the same moment.
func BenchmarkAligned(b *testing.B) {
	const tasks, seconds = 10_000, 5
	report := func(b *testing.B, late []time.Duration) {
		slices.Sort(late)
		b.ReportMetric(float64(late[len(late)/2].Microseconds())/1000, "ms-p50")
		b.ReportMetric(float64(late[len(late)*99/100].Microseconds())/1000, "ms-p99")
		b.ReportMetric(0, "ns/op")
	}
	record := func() (*[tasks * (seconds + 2)]time.Duration, *atomic.Int64, func(time.Time)) {
		var late [tasks * (seconds + 2)]time.Duration
		var n atomic.Int64
		return &late, &n, func(at time.Time) {
			if i := n.Add(1) - 1; i < int64(len(late)) {
				late[i] = time.Since(at)
			}
		}
	}
	b.Run("heap", func(b *testing.B) {
		for b.Loop() {
			late, n, note := record()
			first := time.Now().Add(time.Second)
			h := &bareHeap{}
			for range tasks {
				heap.Push(h, bareTask{at: first, every: time.Second, f: note})
			}
			stop := make(chan struct{})
			go h.run(stop)
			time.Sleep(time.Until(first.Add(seconds*time.Second - time.Second/2)))
			close(stop)
			report(b, late[:n.Load()])
		}
	})
	b.Run("asyncz", func(b *testing.B) {
		for b.Loop() {
			s := benchScheduler(b)
			late, n, note := record()
			first := time.Now().Add(2 * time.Second)
			call := asyncz.Do(func(ctx context.Context) error {
				r, _ := asyncz.RunFrom(ctx)
				note(r.Scheduled)
				return nil
			})
			every := trigger.MustEvery(time.Second, trigger.StartAt(first))
			for i := range tasks {
				if _, err := s.Add(b.Context(), call, every, asyncz.ID(strconv.Itoa(i))); err != nil {
					b.Fatal(err)
				}
			}
			_ = s.Start(b.Context())
			time.Sleep(time.Until(first.Add(seconds*time.Second - time.Second/2)))
			_ = s.Shutdown(context.Background())
			report(b, late[:n.Load()])
		}
	})
}

// BenchmarkAdd adds tasks one by one to a memory store.
func BenchmarkAdd(b *testing.B) {
	b.Run("asyncz", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			s := benchScheduler(b)
			call := asyncz.Do(func(context.Context) error { return nil })
			at := trigger.At(time.Now().Add(time.Hour))
			ids := make([]string, burst)
			for i := range ids {
				ids[i] = strconv.Itoa(i)
			}
			before := live()
			b.StartTimer()
			began := time.Now()
			for _, id := range ids {
				if _, err := s.Add(b.Context(), call, at, asyncz.ID(id)); err != nil {
					b.Fatal(err)
				}
			}
			took := time.Since(began)
			b.StopTimer()
			b.ReportMetric(float64(took.Nanoseconds())/burst, "ns/task")
			b.ReportMetric(float64(live()-before)/burst, "B/task")
			runtime.KeepAlive(s)
			b.StartTimer()
		}
	})
	b.Run("heap", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			before := live()
			h := &bareHeap{}
			due := time.Now().Add(time.Hour)
			b.StartTimer()
			began := time.Now()
			for range burst {
				heap.Push(h, bareTask{at: due})
			}
			took := time.Since(began)
			b.StopTimer()
			b.ReportMetric(float64(took.Nanoseconds())/burst, "ns/task")
			b.ReportMetric(float64(live()-before)/burst, "B/task")
			runtime.KeepAlive(h)
			b.StartTimer()
		}
	})
}

func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
