package oteltelemetry_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/telemetry/oteltelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

// burst is how many tasks are due at once.
const burst = 10_000

// BenchmarkRun shows what traces and metrics cost: tasks that do nothing, all due
// at one instant, in the memory store, from the start until the last has run.
// Spans are made and thrown away: exporting them is not in the figure.
func BenchmarkRun(b *testing.B) {
	sampled := func(ratio float64) oteltelemetry.Option {
		return oteltelemetry.TracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.TraceIDRatioBased(ratio))))
	}
	counted := oteltelemetry.MeterProvider(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())))
	b.Run("without", func(b *testing.B) { run(b, nil) })
	b.Run("metrics", func(b *testing.B) { run(b, oteltelemetry.New(counted)) })
	b.Run("traces of 1 percent", func(b *testing.B) { run(b, oteltelemetry.New(sampled(0.01))) })
	b.Run("traces of all", func(b *testing.B) { run(b, oteltelemetry.New(sampled(1))) })
}

func run(b *testing.B, m *oteltelemetry.Telemetry) {
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
