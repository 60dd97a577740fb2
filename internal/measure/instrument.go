// Package measure is what the telemetry modules share: which metrics there are,
// and how the hooks of a scheduler become their values. It knows no client of
// Prometheus or OpenTelemetry; those are backends.
package measure

import "strings"

// A Kind says how a metric behaves.
type Kind string

const (
	Counter   Kind = "counter"   // only grows
	UpDown    Kind = "updown"    // is counted up and down as things happen
	Histogram Kind = "histogram" // how values are spread
	Gauge     Kind = "gauge"     // is read when somebody asks for it
)

// An Instrument is one metric.
type Instrument struct {
	Name    string // in the form of OpenTelemetry, such as "asyncz.run.duration"
	Kind    Kind
	Unit    string // by UCUM: "s", or what is counted in braces; "" for what has none
	Help    string
	Labels  []string  // beside scheduler
	ByTask  bool      // it has the label task too, where that is asked for
	Buckets []float64 // of a histogram: upper bounds
}

// PrometheusName is the name that Prometheus has for it, by the rules by which
// OpenTelemetry's names become Prometheus's: asyncz_run_duration_seconds.
func (i *Instrument) PrometheusName() string {
	name := strings.ReplaceAll(i.Name, ".", "_")
	if i.Unit == "s" {
		name += "_seconds"
	}
	if i.Kind == Counter {
		name += "_total"
	}
	return name
}

// PrometheusType is the type that Prometheus shows for it.
func (i *Instrument) PrometheusType() string {
	if i.Kind == UpDown {
		return string(Gauge)
	}
	return string(i.Kind)
}

// Names of labels.
const (
	SchedulerLabel = "scheduler" // all metrics have it
	TaskLabel      = "task"      // those that are ByTask, where that is asked for
)

// LabelNames returns the labels beside scheduler, in the order of their values.
func (i *Instrument) LabelNames(byTask bool) []string {
	if byTask && i.ByTask {
		return append(i.Labels[:len(i.Labels):len(i.Labels)], TaskLabel)
	}
	return i.Labels
}
