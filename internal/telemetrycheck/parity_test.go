package telemetrycheck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/oteltelemetry"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

// One dashboard does for both modules because what OpenTelemetry's own exporter
// makes of the one is what the other has: the same names, labels and values.
func TestBothModulesTellPrometheusTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := prometheus.NewRegistry(), prometheus.NewRegistry()
		m := promtelemetry.New()
		ours.MustRegister(m)
		exporter, err := otelprom.New(otelprom.WithRegisterer(theirs), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
		if err != nil {
			t.Fatal(err)
		}
		o := oteltelemetry.New(oteltelemetry.MeterProvider(metric.NewMeterProvider(metric.WithReader(exporter))))

		s, err := asyncz.New(t.Context(), append(append(m.Options(), o.Options()...),
			asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""))...)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Shutdown(context.Background())
		defer m.Attach(s)()
		defer o.Attach(s)()
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, f := range []func(context.Context) error{
			func(context.Context) error { time.Sleep(time.Second); return nil },
			func(context.Context) error { return errors.New("no") },
			func(context.Context) error { panic("a bug") },
		} {
			_, err := s.Add(t.Context(), asyncz.Do(f), trigger.MustEvery(time.Minute), asyncz.Retry(2, asyncz.Constant(time.Second)))
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10*time.Minute + 30*time.Second)
		synctest.Wait()
		a, b := gather(t, ours), gather(t, theirs)
		if len(a) < 40 {
			t.Errorf("there are only %d series", len(a))
		}
		for _, series := range slices.Sorted(maps.Keys(a)) {
			if got, there := b[series]; !there || got != a[series] {
				t.Errorf("%s is %s by promtelemetry and %q by oteltelemetry", series, a[series], got)
			}
			delete(b, series)
		}
		for series := range b {
			t.Errorf("%s is told by oteltelemetry alone", series)
		}
	})
}

// gather returns all series with their type and value.
func gather(t *testing.T, from prometheus.Gatherer) map[string]string {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			all[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = fmt.Sprintf("a %s of %s", f.GetType(), value(m))
		}
	}
	return all
}

func value(m *dto.Metric) string {
	switch {
	case m.Counter != nil:
		return fmt.Sprint(m.Counter.GetValue())
	case m.Gauge != nil:
		return fmt.Sprint(m.Gauge.GetValue())
	}
	h := m.GetHistogram()
	text := fmt.Sprintf("%d, %v in all:", h.GetSampleCount(), h.GetSampleSum())
	for _, b := range h.GetBucket() {
		if b.GetUpperBound() <= 3600 { // one of them says so of infinity too
			text += fmt.Sprintf(" %v:%d", b.GetUpperBound(), b.GetCumulativeCount())
		}
	}
	return text
}
