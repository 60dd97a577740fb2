package telemetrycheck

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/go-asyncz/asyncz/docs"
)

func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.Parse(docs.Alerts, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Error(err)
	}
	if groups == nil || len(groups.Groups) == 0 {
		t.Fatal("there are no rules")
	}
	var all []rulefmt.Rule
	for _, g := range groups.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func TestEachAlertAsksForMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, r := range rules(t) {
		if metrics := check(t, r.Alert, r.Expr); len(metrics) == 0 {
			t.Errorf("%s asks for nothing", r.Alert)
		}
		if names[r.Alert] || !strings.HasPrefix(r.Alert, "Asyncz") {
			t.Errorf("%s is there twice, or is not named after asyncz", r.Alert)
		}
		names[r.Alert] = true
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s has the severity %q", r.Alert, r.Labels["severity"])
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s does not say what is the matter", r.Alert)
		}
	}
}

// An annotation with a label that the expression does not keep is shown with a
// hole in it.
func TestAnnotationsNameLabelsThatTheAlertHas(t *testing.T) {
	t.Parallel()
	used := regexp.MustCompile(`\$labels\.(\w+)`)
	for _, r := range rules(t) {
		e, err := parser.NewParser(parser.Options{}).ParseExpr(r.Expr)
		if err != nil {
			continue // told by the other test
		}
		for _, text := range r.Annotations {
			for _, m := range used.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(kept(e), m[1]) {
					t.Errorf("%s names the label %s; its expression keeps %q", r.Alert, m[1], kept(e))
				}
			}
		}
	}
}

// kept returns the labels that the result of an expression has: those by which its
// left side is aggregated.
func kept(e parser.Expr) []string {
	switch e := e.(type) {
	case *parser.AggregateExpr:
		return e.Grouping
	case *parser.BinaryExpr:
		return slices.Concat(kept(e.LHS), kept(e.RHS))
	case *parser.Call:
		var all []string
		for _, a := range e.Args {
			all = append(all, kept(a)...)
		}
		return all
	case *parser.ParenExpr:
		return kept(e.Expr)
	}
	return nil
}
