package telemetrycheck

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/go-asyncz/asyncz/docs"
	"github.com/go-asyncz/asyncz/internal/measure"
)

// A view is what these tests look at in a dashboard.
type view struct {
	Panels     []panel
	Templating struct {
		List []struct {
			Name, Type string
			Query      json.RawMessage
		}
	}
}

type panel struct {
	ID         int
	Type       string
	Title      string
	GridPos    struct{ X, Y, W, H int }
	Datasource struct{ UID string }
	Targets    []struct {
		Expr       string
		Datasource struct{ UID string }
	}
}

func read(t *testing.T) (v view) {
	t.Helper()
	if err := json.Unmarshal(docs.Dashboard, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheDashboardIsOneThatGrafanaReads(t *testing.T) {
	t.Parallel()
	plugins.RegisterDefaultPlugins()
	var d dashboard.Dashboard                                                          //nolint:staticcheck // the form that Grafana 10 and 11 read
	if err := d.UnmarshalJSONStrict(docs.Dashboard); err != nil && err.Error() != "" { // it returns an empty list as an error
		t.Errorf("it does not keep to Grafana's schema: %v", err)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
}

// filled puts values in place of the dashboard's variables.
var filled = strings.NewReplacer("$scheduler", ".*", "$store", ".*", "$instance", ".*", "$__rate_interval", "5m")

func TestEachPanelAsksForMetricsThatThereAreAndEachMetricIsInAPanel(t *testing.T) {
	t.Parallel()
	v := read(t)
	shown := map[string]bool{}
	expressions := 0
	for _, p := range v.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			expressions++
			if p.Datasource.UID != "${datasource}" || target.Datasource.UID != "${datasource}" {
				t.Errorf("the panel %q does not use the data source that is chosen", p.Title)
			}
			for _, m := range check(t, p.Title, filled.Replace(target.Expr)) {
				shown[family(m)] = true
			}
			if rest := filled.Replace(target.Expr); strings.Contains(rest, "$") {
				t.Errorf("the panel %q uses a variable that is not there: %s", p.Title, rest)
			}
		}
	}
	if expressions < 30 {
		t.Errorf("only %d expressions were found", expressions)
	}
	for _, i := range measure.Instruments() {
		if !shown[i.PrometheusName()] {
			t.Errorf("%s is in no panel", i.PrometheusName())
		}
	}
}

func TestTheVariablesOfTheDashboardAskForLabelsThatThereAre(t *testing.T) {
	t.Parallel()
	v := read(t)
	var names []string
	for _, variable := range v.Templating.List {
		names = append(names, variable.Name)
		if variable.Type != "query" {
			continue
		}
		var q struct{ Query string }
		if err := json.Unmarshal(variable.Query, &q); err != nil {
			t.Fatal(err)
		}
		inner, ok := strings.CutPrefix(filled.Replace(q.Query), "label_values(")
		end := strings.LastIndex(inner, ",")
		if !ok || end < 0 {
			t.Fatalf("%s: %q", variable.Name, q.Query)
		}
		label := strings.Trim(inner[end:], ", )")
		for _, m := range check(t, variable.Name, inner[:end]) {
			if !slices.Contains(labelsOf(m), label) {
				t.Errorf("%s: %s has no label %s", variable.Name, m, label)
			}
		}
	}
	if want := []string{"datasource", "scheduler", "store", "instance"}; !slices.Equal(names, want) {
		t.Errorf("the variables are %q, want %q", names, want)
	}
}

func TestPanelsDoNotOverlapAndHaveNumbersOfTheirOwn(t *testing.T) {
	t.Parallel()
	v := read(t)
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range v.Panels {
		if ids[p.ID] {
			t.Errorf("the panel %q has the id %d of another", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 || p.GridPos.H == 0 {
			t.Errorf("the panel %q is outside of the grid: %+v", p.Title, p.GridPos)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other, there := taken[at]; there {
					t.Fatalf("the panels %q and %q overlap", p.Title, other)
				}
				taken[at] = p.Title
			}
		}
	}
}
