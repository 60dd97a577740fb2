package oteltelemetry

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/go-asyncz/asyncz/internal/measure"
)

// A backend has an instrument of OpenTelemetry for each of ours.
type backend struct {
	scheduler attribute.KeyValue
	byTask    bool
	meter     metric.Meter

	counters   map[*measure.Instrument]metric.Int64Counter
	upDowns    map[*measure.Instrument]metric.Int64UpDownCounter
	histograms map[*measure.Instrument]metric.Float64Histogram
	read       map[*measure.Instrument]metric.Float64ObservableGauge
}

func newBackend(s settings) *backend {
	b := &backend{
		scheduler: attribute.String(measure.SchedulerLabel, s.scheduler), byTask: s.measure.MostTasks > 0,
		meter:    s.meters.Meter(scope),
		counters: map[*measure.Instrument]metric.Int64Counter{}, upDowns: map[*measure.Instrument]metric.Int64UpDownCounter{},
		histograms: map[*measure.Instrument]metric.Float64Histogram{}, read: map[*measure.Instrument]metric.Float64ObservableGauge{},
	}
	for _, i := range measure.Instruments() {
		if err := b.add(i); err != nil { // what does not count is there all the same
			otel.Handle(err)
		}
	}
	return b
}

func (b *backend) add(i *measure.Instrument) (err error) {
	help, unit := metric.WithDescription(i.Help), metric.WithUnit(i.Unit)
	switch i.Kind {
	case measure.Counter:
		b.counters[i], err = b.meter.Int64Counter(i.Name, help, unit)
	case measure.UpDown:
		b.upDowns[i], err = b.meter.Int64UpDownCounter(i.Name, help, unit)
	case measure.Histogram:
		b.histograms[i], err = b.meter.Float64Histogram(i.Name, help, unit, metric.WithExplicitBucketBoundaries(i.Buckets...))
	case measure.Gauge:
		b.read[i], err = b.meter.Float64ObservableGauge(i.Name, help, unit)
	}
	return err
}

func (b *backend) set(i *measure.Instrument, values []string) metric.MeasurementOption {
	all := []attribute.KeyValue{b.scheduler}
	for n, label := range i.LabelNames(b.byTask) {
		all = append(all, attribute.String(label, values[n]))
	}
	return metric.WithAttributeSet(attribute.NewSet(all...))
}

// Adder implements measure.Backend. A counter is told of with zero at once, so that
// what it grows by first can be seen.
func (b *backend) Adder(i *measure.Instrument, values ...string) measure.Adder {
	with := []metric.AddOption{b.set(i, values)}
	if u := b.upDowns[i]; u != nil {
		return adder{u.Add, with}
	}
	a := adder{b.counters[i].Add, with}
	a.Add(0)
	return a
}

type adder struct {
	add  func(context.Context, int64, ...metric.AddOption)
	with []metric.AddOption
}

func (a adder) Add(n float64) { a.add(context.Background(), int64(n), a.with...) }

// Observer implements measure.Backend.
func (b *backend) Observer(i *measure.Instrument, values ...string) measure.Observer {
	return observer{b.histograms[i], []metric.RecordOption{b.set(i, values)}}
}

type observer struct {
	of   metric.Float64Histogram
	with []metric.RecordOption
}

func (o observer) Observe(ctx context.Context, v float64) { o.of.Record(ctx, v, o.with...) }

// observe lets the gauges be read. forget ends it.
func (b *backend) observe(read func(context.Context) []measure.Sample) (forget func()) {
	var gauges []metric.Observable
	for _, g := range b.read {
		gauges = append(gauges, g)
	}
	r, err := b.meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		for _, s := range read(ctx) {
			o.ObserveFloat64(b.read[s.Of], s.Value, b.set(s.Of, s.Values))
		}
		return nil
	}, gauges...)
	if err != nil {
		otel.Handle(err)
		return func() {}
	}
	return func() {
		if err := r.Unregister(); err != nil {
			otel.Handle(err)
		}
	}
}
