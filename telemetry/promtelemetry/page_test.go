package promtelemetry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/measure"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

// busy brings a scheduler to where each metric has a series.
func busy(t *testing.T, m *promtelemetry.Metrics) {
	t.Helper()
	functions := &asyncz.Functions{}
	fails := asyncz.RegisterIn(functions, "fails", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, errors.New("no") })
	s := running(t, m, asyncz.WithFunctions(functions), asyncz.WithStore("default", timed{memstore.New()}))
	_, err := s.Add(t.Context(), fails.With(struct{}{}),
		trigger.MustEvery(time.Minute), asyncz.Retry(2, asyncz.Constant(time.Second)))
	must(t, err)
	time.Sleep(10*time.Minute + 30*time.Second)
	synctest.Wait()
}

// timed is a memory store with a clock of its own.
type timed struct{ store.Store }

func (timed) Now(context.Context) (time.Time, error) { return time.Now(), nil }

// What Prometheus gets is what internal/measure lists, which docs/observability.md,
// the dashboard and the alert rules are compared with.
func TestWhatIsShownIsWhatIsListed(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"tasks together": 0, "by task": 10} {
		byTask := most > 0
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := promtelemetry.New(promtelemetry.ByTask(most))
				busy(t, m)
				r := prometheus.NewPedanticRegistry()
				must(t, r.Register(m))
				families, err := r.Gather()
				must(t, err)
				got := map[string]*dto.MetricFamily{}
				for _, f := range families {
					got[f.GetName()] = f
				}
				for _, i := range measure.Instruments() {
					f := got[i.PrometheusName()]
					if f == nil {
						t.Errorf("%s is not shown", i.PrometheusName())
						continue
					}
					delete(got, i.PrometheusName())
					if kind := strings.ToLower(f.GetType().String()); kind != i.PrometheusType() {
						t.Errorf("%s is a %s, not a %s", f.GetName(), kind, i.PrometheusType())
					}
					var labels []string
					for _, l := range f.GetMetric()[0].GetLabel() {
						labels = append(labels, l.GetName())
					}
					want := append(slices.Clone(i.LabelNames(byTask)), measure.SchedulerLabel)
					slices.Sort(want)
					if !slices.Equal(labels, want) {
						t.Errorf("%s has the labels %q, want %q", f.GetName(), labels, want)
					}
				}
				for name := range got {
					t.Errorf("%s is not listed", name)
				}
			})
		})
	}
}

func TestNamesAndHelpFollowTheConventionsOfPrometheus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		busy(t, m)
		problems, err := testutil.CollectAndLint(m)
		must(t, err)
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	})
}

func TestHistogramsCanBeNativeToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New(promtelemetry.NativeHistograms())
		busy(t, m)
		r := prometheus.NewPedanticRegistry()
		must(t, r.Register(m))
		families, err := r.Gather()
		must(t, err)
		for _, f := range families {
			if f.GetName() != "asyncz_run_duration_seconds" {
				continue
			}
			h := f.GetMetric()[0].GetHistogram()
			if h.Schema == nil || len(h.GetBucket()) == 0 {
				t.Errorf("native: %v, classic buckets: %d", h.Schema != nil, len(h.GetBucket()))
			}
			return
		}
		t.Error("there is no histogram")
	})
}

func TestTheHandlerServesThemWithThoseOfTheProcess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		busy(t, m)
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		text, err := io.ReadAll(w.Result().Body)
		must(t, err)
		for _, line := range []string{
			`asyncz_fires_total{outcome="failed",scheduler="default",store="default"} 10`, "go_goroutines ",
			"# HELP asyncz_run_lateness_seconds From the scheduled time",
		} {
			if !strings.Contains(string(text), line) {
				t.Errorf("%d: there is no %q", w.Code, line)
			}
		}
	})
}
