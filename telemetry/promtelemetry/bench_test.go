package promtelemetry_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

// burst is how many tasks are due at once.
const burst = 10_000

// BenchmarkRun shows what the metrics cost: tasks that do nothing, all due at one
// instant, in the memory store, from the start until the last has run.
func BenchmarkRun(b *testing.B) {
	b.Run("without", func(b *testing.B) { run(b, nil) })
	b.Run("with", func(b *testing.B) { run(b, promtelemetry.New()) })
	b.Run("by task", func(b *testing.B) { run(b, promtelemetry.New(promtelemetry.ByTask(100))) })
}

func run(b *testing.B, m *promtelemetry.Metrics) {
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		opts := []asyncz.Option{
			asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""),
			asyncz.WithExecutor("all", executor.NewGoroutines(burst)),
		}
		if m != nil {
			opts = append(opts, m.Options()...)
		}
		s, err := asyncz.New(ctx, opts...)
		if err != nil {
			b.Fatal(err)
		}
		if m != nil {
			m.Attach(s)
		}
		done, left := make(chan struct{}), atomic.Int64{}
		left.Store(burst)
		f := asyncz.Do(func(context.Context) error {
			if left.Add(-1) == 0 {
				close(done)
			}
			return nil
		})
		now := trigger.At(time.Now())
		for range burst {
			if _, err := s.Add(ctx, f, now, asyncz.OnExecutor("all")); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := s.Start(ctx); err != nil {
			b.Fatal(err)
		}
		<-done
		b.StopTimer()
		if err := s.Shutdown(ctx); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/burst, "ns/run")
}
