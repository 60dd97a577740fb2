// Package promtelemetry tells Prometheus how a scheduler is doing:
//
//	m := promtelemetry.New()
//	s, err := asyncz.New(ctx, append(m.Options(), asyncz.WithStoreURL("default", "sqlite:///tasks.db"))...)
//	stop := m.Attach(s)
//	defer stop()
//	http.Handle("/metrics", m.Handler())
//
// The metrics are listed in docs/observability.md, where a Grafana dashboard and
// alert rules for them are too.
package promtelemetry

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/measure"
)

// Metrics are the metrics of one scheduler. They are a [prometheus.Collector]:
// register them in a registry of your own, or serve them by Handler. All methods
// may be called by several goroutines.
type Metrics struct {
	meter   *measure.Meter
	backend *backend
}

var _ prometheus.Collector = (*Metrics)(nil)

type settings struct {
	scheduler string
	native    bool
	measure   measure.Settings
}

// An Option is a setting of [New].
type Option func(*settings)

// Scheduler names the scheduler; the name is the label scheduler of all its
// metrics, and tells several in one registry apart. The default is "default".
func Scheduler(name string) Option { return func(s *settings) { s.scheduler = name } }

// ByTask gives the metrics of fires and runs the label task: the first so many
// tasks that are met have series of their own until the process ends, and the
// others share "(others)". Each task is some fifty series, so this is for tasks
// that stay, by the dozen. It is off by default.
func ByTask(most int) Option { return func(s *settings) { s.measure.MostTasks = most } }

// NativeHistograms makes the histograms native ones beside the classic ones, for
// a Prometheus that scrapes them.
func NativeHistograms() Option { return func(s *settings) { s.native = true } }

// Every says how old what was read of the stores (nodes, tasks by state) may be
// when Prometheus asks. The default is 10 s. Tasks are read less often where they
// are many, no more than a thousand a second: 100,000 every 100 s.
func Every(d time.Duration) Option { return func(s *settings) { s.measure.Every = d } }

// WithoutTasks leaves the metrics out for which all tasks are read: asyncz_tasks
// and asyncz_overdue_seconds. Reading takes about half a KiB of memory a task.
func WithoutTasks() Option { return func(s *settings) { s.measure.SkipTasks = true } }

// New returns metrics that count nothing yet: give Options to [asyncz.New], and
// the scheduler to Attach.
func New(opts ...Option) *Metrics {
	s := settings{scheduler: "default", measure: measure.Settings{Every: 10 * time.Second}}
	for _, o := range opts {
		o(&s)
	}
	b := newBackend(s)
	return &Metrics{meter: measure.New(b, s.measure), backend: b}
}

// Options are for the [asyncz.New] of the scheduler: they measure its runs and
// the calls on its stores.
func (m *Metrics) Options() []asyncz.Option {
	return []asyncz.Option{asyncz.WithMiddleware(m.meter.Middleware), asyncz.WithStoreObserver(m.meter.Call)}
}

// Attach counts what happens in the scheduler that has the Options, and shows its
// state and that of its stores. Call it before Start to miss nothing; later works
// too. stop ends it, which a program needs only if it goes on without the
// scheduler.
//
// Attach panics when a scheduler is attached already that has not shut down: each
// needs Metrics of its own.
func (m *Metrics) Attach(s *asyncz.Scheduler) (stop func()) { return m.meter.Attach(s) }

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(to chan<- *prometheus.Desc) { m.backend.describe(to) }

// Collect implements [prometheus.Collector]. It waits for the stores for five
// seconds at most; what they do not tell is left out.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.backend.collect(to, m.meter.Read(context.Background()))
}

// Handler serves the metrics, and with them those of the Go runtime and of the
// process, for a program that has no registry of its own.
func (m *Metrics) Handler() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{EnableOpenMetrics: true, Registry: r})
}
