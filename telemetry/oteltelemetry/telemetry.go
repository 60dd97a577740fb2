// Package oteltelemetry traces the runs of a scheduler, and counts what it does,
// with OpenTelemetry:
//
//	t := oteltelemetry.New()
//	s, err := asyncz.New(ctx, append(t.Options(), asyncz.WithStoreURL("default", "sqlite:///tasks.db"))...)
//	stop := t.Attach(s)
//	defer stop()
//	…
//	s.Add(ctx, sendMail.With(m), trigger.At(later), t.Carry(ctx)) // its runs link to the trace in ctx
//
// The metrics and the attributes of spans are listed in docs/observability.md.
package oteltelemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/measure"
)

// scope is the name of this instrumentation.
const scope = "github.com/go-asyncz/asyncz/telemetry/oteltelemetry"

// Telemetry are the traces and metrics of one scheduler. All methods may be called
// by several goroutines.
type Telemetry struct {
	settings settings
	tracer   trace.Tracer
	meter    *measure.Meter
	backend  *backend
}

type settings struct {
	scheduler  string
	traces     trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
	storeSpans bool
	measure    measure.Settings
}

// An Option is a setting of [New].
type Option func(*settings)

// Scheduler names the scheduler; the name is the attribute scheduler of all its
// metrics and asyncz.scheduler of its spans. The default is "default".
func Scheduler(name string) Option { return func(s *settings) { s.scheduler = name } }

// TracerProvider is where the spans go. The default is the global one.
func TracerProvider(p trace.TracerProvider) Option { return func(s *settings) { s.traces = p } }

// MeterProvider is where the metrics go. The default is the global one; the one of
// package [go.opentelemetry.io/otel/metric/noop] does without metrics.
func MeterProvider(p metric.MeterProvider) Option { return func(s *settings) { s.meters = p } }

// Propagator writes the trace context into tasks and reads it there. The default
// is the global one, or that of W3C (traceparent, tracestate, baggage) as long as
// no global one is set.
func Propagator(p propagation.TextMapPropagator) Option {
	return func(s *settings) { s.propagator = p }
}

// StoreSpans makes a span of each call on a store. They belong to no run, because
// the scheduler writes for many at a time. They are off by default.
func StoreSpans() Option { return func(s *settings) { s.storeSpans = true } }

// ByTask gives the metrics of fires and runs the attribute task: the first so many
// tasks that are met have series of their own until the process ends, and the
// others share "(others)". It is off by default.
func ByTask(most int) Option { return func(s *settings) { s.measure.MostTasks = most } }

// Every says how old what was read of the stores (nodes, tasks by state) may be
// when it is collected. The default is 10 s. Tasks are read less often where they
// are many, no more than a thousand a second: 100,000 every 100 s.
func Every(d time.Duration) Option { return func(s *settings) { s.measure.Every = d } }

// WithoutTasks leaves the metrics out for which all tasks are read: asyncz_tasks
// and asyncz_overdue_seconds. Reading takes about half a KiB of memory a task.
func WithoutTasks() Option { return func(s *settings) { s.measure.SkipTasks = true } }

// New returns telemetry of a scheduler: give Options to [asyncz.New], and the
// scheduler to Attach.
func New(opts ...Option) *Telemetry {
	t := &Telemetry{settings: settings{
		scheduler: "default", traces: otel.GetTracerProvider(), meters: otel.GetMeterProvider(), propagator: global{},
		measure: measure.Settings{Every: 10 * time.Second},
	}}
	for _, o := range opts {
		o(&t.settings)
	}
	t.tracer = t.settings.traces.Tracer(scope)
	t.backend = newBackend(t.settings)
	t.meter = measure.New(t.backend, t.settings.measure)
	return t
}

// Options are for the [asyncz.New] of the scheduler: they make a span of each
// attempt, and measure it and the calls on the stores. Middleware that is given
// after them runs within the span.
func (t *Telemetry) Options() []asyncz.Option {
	return []asyncz.Option{
		asyncz.WithMiddleware(t.trace, t.meter.Middleware),
		asyncz.WithStoreObserver(t.call),
	}
}

// Attach counts what happens in the scheduler that has the Options, and shows its
// state and that of its stores. Call it before Start to miss nothing; later works
// too. Traces need no Attach. stop ends it, which a program needs only if it goes
// on without the scheduler.
//
// Attach panics when a scheduler is attached already that has not shut down: each
// needs Telemetry of its own.
func (t *Telemetry) Attach(s *asyncz.Scheduler) (stop func()) {
	leave := t.meter.Attach(s)
	forget := t.backend.observe(t.meter.Read)
	return func() {
		forget()
		leave()
	}
}

func (t *Telemetry) call(c asyncz.StoreCall) {
	t.meter.Call(c)
	if t.settings.storeSpans {
		t.traceCall(context.Background(), c)
	}
}
