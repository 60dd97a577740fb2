package oteltelemetry_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/oteltelemetry"
)

// bubble runs a test in which time passes only while everybody waits.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A scene is a scheduler that runs, with all that it tells.
type scene struct {
	s      *asyncz.Scheduler
	t      *oteltelemetry.Telemetry
	spans  *tracetest.SpanRecorder
	traces *sdktrace.TracerProvider
	reader *metric.ManualReader
}

func open(t *testing.T, opts []oteltelemetry.Option, more ...asyncz.Option) *scene {
	t.Helper()
	c := &scene{spans: tracetest.NewSpanRecorder(), reader: metric.NewManualReader()}
	c.traces = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(c.spans))
	meters := metric.NewMeterProvider(metric.WithReader(c.reader))
	c.t = oteltelemetry.New(append([]oteltelemetry.Option{oteltelemetry.TracerProvider(c.traces), oteltelemetry.MeterProvider(meters)}, opts...)...)
	all := append(c.t.Options(), asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""))
	s, err := asyncz.New(t.Context(), append(all, more...)...)
	must(t, err)
	c.s = s
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	t.Cleanup(c.t.Attach(s))
	must(t, s.Start(t.Context()))
	return c
}

// ended returns the spans that have ended, the first first.
func (c *scene) ended() []sdktrace.ReadOnlySpan {
	synctest.Wait()
	return c.spans.Ended()
}

// attributes returns those of a span by name.
func attributes(s sdktrace.ReadOnlySpan) map[string]any {
	all := map[string]any{}
	for _, a := range s.Attributes() {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

// metrics returns what is collected, by name.
func (c *scene) metrics(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	synctest.Wait()
	var all metricdata.ResourceMetrics
	must(t, c.reader.Collect(t.Context(), &all))
	by := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			by[m.Name] = m
		}
	}
	return by
}

// count returns the value of the series of a counter that has these attributes.
func count(m metricdata.Metrics, with ...attribute.KeyValue) (n int64) {
	sum, _ := m.Data.(metricdata.Sum[int64])
points:
	for _, p := range sum.DataPoints {
		for _, a := range with {
			if v, ok := p.Attributes.Value(a.Key); !ok || v != a.Value {
				continue points
			}
		}
		n += p.Value
	}
	return n
}
