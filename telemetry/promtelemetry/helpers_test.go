package promtelemetry_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
)

// bubble runs a test in which time passes only while everybody waits.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

// open returns a scheduler with metrics attached, which is shut down with the test.
func open(t *testing.T, m *promtelemetry.Metrics, opts ...asyncz.Option) *asyncz.Scheduler {
	t.Helper()
	s := bare(t, m, opts...)
	t.Cleanup(m.Attach(s))
	return s
}

// bare returns one whose metrics are not attached.
func bare(t *testing.T, m *promtelemetry.Metrics, opts ...asyncz.Option) *asyncz.Scheduler {
	t.Helper()
	all := append(m.Options(), asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""))
	s, err := asyncz.New(t.Context(), append(all, opts...)...)
	must(t, err)
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

func running(t *testing.T, m *promtelemetry.Metrics, opts ...asyncz.Option) *asyncz.Scheduler {
	t.Helper()
	s := open(t, m, opts...)
	must(t, s.Start(t.Context()))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A page is what Prometheus would be given, by series: `asyncz_tasks{scheduler="default",…}`.
// A histogram has its sum and its count.
type page map[string]float64

// scrape waits until all has been counted, and reads the metrics.
func scrape(t *testing.T, c prometheus.Collector) page {
	t.Helper()
	synctest.Wait()
	r := prometheus.NewPedanticRegistry()
	must(t, r.Register(c))
	families, err := r.Gather()
	must(t, err)
	return pageOf(families)
}

func pageOf(families []*dto.MetricFamily) page {
	p := page{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				if l.GetName() == "scheduler" && l.GetValue() == "default" {
					continue // all have it
				}
				labels = append(labels, fmt.Sprintf("%s=%s", l.GetName(), l.GetValue()))
			}
			in := "{" + strings.Join(labels, ",") + "}"
			switch name := f.GetName(); {
			case m.Histogram != nil:
				p[name+"_sum"+in], p[name+"_count"+in] = m.Histogram.GetSampleSum(), float64(m.Histogram.GetSampleCount())
			case m.Counter != nil:
				p[name+in] = m.Counter.GetValue()
			default:
				p[name+in] = m.Gauge.GetValue()
			}
		}
	}
	return p
}

// expect compares series with what they must be.
func (p page) expect(t *testing.T, want map[string]float64) {
	t.Helper()
	for series, v := range want {
		if got, there := p[series]; !there || got != v {
			t.Errorf("%s is %v, want %v; there are %v", series, got, v, p.like(series))
		}
	}
}

// like returns the series of the same name.
func (p page) like(series string) (same []string) {
	name, _, _ := strings.Cut(series, "{")
	for s := range p {
		if strings.HasPrefix(s, name+"{") {
			same = append(same, s)
		}
	}
	return same
}

// never expects that there are no series of these names.
func (p page) never(t *testing.T, names ...string) {
	t.Helper()
	for series := range p {
		for _, name := range names {
			if strings.HasPrefix(series, name) {
				t.Errorf("there is %s", series)
			}
		}
	}
}
