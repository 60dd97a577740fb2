package oteltelemetry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/oteltelemetry"
)

// That all metrics are there, under the names that Prometheus has for them and
// with the same values, is shown in internal/telemetrycheck.
func TestWhatHappensIsCounted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := open(t, []oteltelemetry.Option{oteltelemetry.Scheduler("night")})
		soon(c, t, func(context.Context) error { time.Sleep(3 * time.Second); return nil })
		soon(c, t, func(context.Context) error { return errors.New("no") })
		m := c.metrics(t)
		night := attribute.String("scheduler", "night")
		for outcome, want := range map[string]int64{"executed": 1, "failed": 1, "missed": 0} {
			if n := count(m["asyncz.fires"], night, attribute.String("outcome", outcome)); n != want {
				t.Errorf("%d fires %s, want %d", n, outcome, want)
			}
		}
		if n := count(m["asyncz.runs.in_flight"]); n != 0 {
			t.Errorf("%d in flight", n)
		}
		h := m["asyncz.run.duration"].Data.(metricdata.Histogram[float64]).DataPoints
		if m["asyncz.run.duration"].Unit != "s" || len(h) != 1 || h[0].Sum != 3 || h[0].Count != 2 {
			t.Errorf("durations: %+v", h)
		}
		up := m["asyncz.store.up"].Data.(metricdata.Gauge[float64]).DataPoints
		if len(up) != 1 || up[0].Value != 1 {
			t.Errorf("the store is up: %+v", up)
		}
	})
}

func TestWhatIsNotAttachedIsNotRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		reader := metric.NewManualReader()
		c := &scene{reader: reader}
		tel := oteltelemetry.New(oteltelemetry.MeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
		s, err := asyncz.New(t.Context(), append(tel.Options(), asyncz.WithEncryptionKey(""))...)
		must(t, err)
		defer s.Shutdown(t.Context())
		for _, attached := range []bool{false, true, false, true} { // it may be attached anew
			stop := func() {}
			if attached {
				stop = tel.Attach(s)
			}
			if _, there := c.metrics(t)["asyncz.scheduler.state"]; there != attached {
				t.Errorf("attached %v, and the gauges are there: %v", attached, there)
			}
			stop()
		}
	})
}
