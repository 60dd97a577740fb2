package executor_test

import (
	"sync/atomic"
	"testing"

	"github.com/go-asyncz/asyncz/executor"
)

// burst is the number of no-op jobs that are started at once.
const burst = 100_000

// countdown is a no-op job that tells when the last of its kind has run.
type countdown struct {
	left atomic.Int64
	done chan struct{}
}

func newCountdown() *countdown {
	c := &countdown{done: make(chan struct{})}
	c.left.Store(burst)
	return c
}

func (c *countdown) Run() {
	if c.left.Add(-1) == 0 {
		close(c.done)
	}
}

// BenchmarkBurst shows what executors cost beside a bare go statement.
func BenchmarkBurst(b *testing.B) {
	b.Run("bare go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := newCountdown()
			for range burst {
				var j executor.Job = c
				go j.Run()
			}
			<-c.done
		}
	})
	for _, k := range []struct {
		name string
		make func() executor.Executor
	}{
		{"goroutines", func() executor.Executor { return executor.NewGoroutines(burst) }},
		{"goroutines of 1000", func() executor.Executor { return executor.NewGoroutines(0) }},
		{"pool", func() executor.Executor { return executor.NewPool(10, burst) }},
		{"pool of 110", func() executor.Executor { return executor.NewPool(10, 100) }},
		{"inline", func() executor.Executor { return executor.NewInline() }},
	} {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			e := k.make()
			wake := make(chan struct{}, 1)
			defer e.OnFree(func() { signal(wake) })()
			for b.Loop() {
				c := newCountdown()
				for left := burst; left > 0; {
					got := e.Reserve(left)
					if got == 0 {
						<-wake
					}
					for range got {
						e.Start(c)
					}
					left -= got
				}
				<-c.done
			}
		})
	}
}
