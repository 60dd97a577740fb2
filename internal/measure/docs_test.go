package measure

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// That promtelemetry registers these very metrics is shown in its own tests.
func TestTheDocumentationHasEachMetricAsItIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\r\n", "\n")) {
		if strings.HasPrefix(line, "| `asyncz_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	var want []string
	for _, i := range Instruments() {
		labels := "–"
		if len(i.Labels) > 0 {
			labels = "`" + strings.Join(i.Labels, "`, `") + "`"
		}
		if i.ByTask {
			labels += " (`task`)"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |", i.PrometheusName(), i.PrometheusType(), labels, i.Help))
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("docs/observability.md does not have the line\n%s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("docs/observability.md has a line about what is not there:\n%s", line)
		}
	}
}

func TestNamesOfPrometheusAreMadeAsOpenTelemetryMakesThem(t *testing.T) {
	t.Parallel()
	for want, i := range map[string]Instrument{
		"asyncz_fires_total":          {Name: "asyncz.fires", Kind: Counter, Unit: "{fire}"},
		"asyncz_run_duration_seconds": {Name: "asyncz.run.duration", Kind: Histogram, Unit: "s"},
		"asyncz_runs_in_flight":       {Name: "asyncz.runs.in_flight", Kind: UpDown, Unit: "{run}"},
	} {
		if got := i.PrometheusName(); got != want {
			t.Errorf("%s has the name %s, want %s", i.Name, got, want)
		}
	}
}
