package promtelemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/go-asyncz/asyncz/internal/measure"
)

// A backend has a vector for each instrument that is counted, and a description
// of each that is read.
type backend struct {
	counters   map[*measure.Instrument]*prometheus.CounterVec
	gauges     map[*measure.Instrument]*prometheus.GaugeVec
	histograms map[*measure.Instrument]*prometheus.HistogramVec
	read       map[*measure.Instrument]*prometheus.Desc
}

func newBackend(s settings) *backend {
	b := &backend{
		counters: map[*measure.Instrument]*prometheus.CounterVec{}, gauges: map[*measure.Instrument]*prometheus.GaugeVec{},
		histograms: map[*measure.Instrument]*prometheus.HistogramVec{}, read: map[*measure.Instrument]*prometheus.Desc{},
	}
	same := prometheus.Labels{measure.SchedulerLabel: s.scheduler}
	for _, i := range measure.Instruments() {
		labels := i.LabelNames(s.measure.MostTasks > 0)
		opts := prometheus.Opts{Name: i.PrometheusName(), Help: i.Help, ConstLabels: same}
		switch i.Kind {
		case measure.Counter:
			b.counters[i] = prometheus.NewCounterVec(prometheus.CounterOpts(opts), labels)
		case measure.UpDown:
			b.gauges[i] = prometheus.NewGaugeVec(prometheus.GaugeOpts(opts), labels)
		case measure.Histogram:
			b.histograms[i] = prometheus.NewHistogramVec(histogram(opts, i.Buckets, s.native), labels)
		case measure.Gauge:
			b.read[i] = prometheus.NewDesc(opts.Name, opts.Help, labels, same)
		}
	}
	return b
}

func histogram(o prometheus.Opts, buckets []float64, native bool) prometheus.HistogramOpts {
	h := prometheus.HistogramOpts{Name: o.Name, Help: o.Help, ConstLabels: o.ConstLabels, Buckets: buckets}
	if native { // at most a tenth off, in at most 160 buckets, as the client's manual advises
		h.NativeHistogramBucketFactor, h.NativeHistogramMaxBucketNumber, h.NativeHistogramMinResetDuration = 1.1, 160, time.Hour
	}
	return h
}

// Adder implements measure.Backend.
func (b *backend) Adder(i *measure.Instrument, values ...string) measure.Adder {
	if g := b.gauges[i]; g != nil {
		return g.WithLabelValues(values...)
	}
	return b.counters[i].WithLabelValues(values...)
}

// Observer implements measure.Backend.
func (b *backend) Observer(i *measure.Instrument, values ...string) measure.Observer {
	return observer{b.histograms[i].WithLabelValues(values...)}
}

type observer struct{ of prometheus.Observer }

func (o observer) Observe(_ context.Context, v float64) { o.of.Observe(v) }

func (b *backend) counted(each func(prometheus.Collector)) {
	for _, c := range b.counters {
		each(c)
	}
	for _, g := range b.gauges {
		each(g)
	}
	for _, h := range b.histograms {
		each(h)
	}
}

func (b *backend) describe(to chan<- *prometheus.Desc) {
	b.counted(func(c prometheus.Collector) { c.Describe(to) })
	for _, d := range b.read {
		to <- d
	}
}

func (b *backend) collect(to chan<- prometheus.Metric, read []measure.Sample) {
	b.counted(func(c prometheus.Collector) { c.Collect(to) })
	for _, s := range read {
		to <- prometheus.MustNewConstMetric(b.read[s.Of], prometheus.GaugeValue, s.Value, s.Values...)
	}
}
