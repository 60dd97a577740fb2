package telemetrycheck

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/go-asyncz/asyncz/internal/measure"
)

// added are the labels that Prometheus gives to all that it scrapes.
var added = []string{"instance", "job"}

// labelsOf returns the labels that the series of a name have; nil if nothing has
// this name.
func labelsOf(series string) []string {
	for _, i := range measure.Instruments() {
		all := append(append(slices.Clone(i.Labels), measure.SchedulerLabel), added...)
		name := i.PrometheusName()
		switch {
		case i.Kind == measure.Histogram && series == name+"_bucket":
			return append(all, labels.BucketLabel)
		case i.Kind == measure.Histogram && (series == name+"_sum" || series == name+"_count"),
			i.Kind != measure.Histogram && series == name:
			return all
		}
	}
	return nil
}

// check parses an expression, and returns which metrics it asks for. It fails if
// it asks for a metric or a label that is not there.
func check(t *testing.T, where, expression string) (metrics []string) {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		t.Errorf("%s: %v\n%s", where, err, expression)
		return nil
	}
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		s, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		have := labelsOf(s.Name)
		if have == nil {
			t.Errorf("%s: there is no metric %s", where, s.Name)
			return nil
		}
		metrics = append(metrics, s.Name)
		wanted := asked(path)
		for _, m := range s.LabelMatchers {
			if m.Name != labels.MetricName { //nolint:staticcheck // it stands in the matchers that the parser returns
				wanted = append(wanted, m.Name)
			}
		}
		for _, label := range wanted {
			if !slices.Contains(have, label) {
				t.Errorf("%s: %s has no label %s; it has %s", where, s.Name, label, strings.Join(have, ", "))
			}
		}
		return nil
	})
	return metrics
}

// asked returns the labels by which what is around a selector groups and joins.
func asked(path []parser.Node) (wanted []string) {
	for _, around := range path {
		switch a := around.(type) {
		case *parser.AggregateExpr:
			if !a.Without {
				wanted = append(wanted, a.Grouping...)
			}
		case *parser.BinaryExpr:
			if a.VectorMatching != nil && a.VectorMatching.On {
				wanted = append(wanted, a.VectorMatching.MatchingLabels...)
			}
		}
	}
	return wanted
}

// family is the name of the metric that a series belongs to.
func family(series string) string {
	for _, i := range measure.Instruments() {
		if name := i.PrometheusName(); series == name || i.Kind == measure.Histogram && strings.HasPrefix(series, name+"_") {
			return name
		}
	}
	return series
}
