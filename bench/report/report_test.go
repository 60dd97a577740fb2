package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/report"
	"github.com/go-asyncz/asyncz/bench/scenario"
	"github.com/go-asyncz/asyncz/bench/system"
	"github.com/go-asyncz/asyncz/bench/target"
)

// results are made up.
func results(t *testing.T) *report.Results {
	t.Helper()
	r := &report.Results{
		Began:   time.Date(2026, time.November, 28, 21, 30, 0, 0, time.UTC),
		Machine: measure.Machine{System: "an operating system", Processor: "a processor", Cores: 2, MemoryMiB: 24105, Go: "go1.26.0"},
		Reps:    3,
		Places:  map[string]place.Facts{place.Redis: {"version": "7.0.15", "appendonly": "yes"}},
		Systems: []report.System{
			{Name: "bare", About: "a baseline"},
			{Name: "asyncz", About: "defaults", Module: "github.com/go-asyncz/asyncz", Version: "of this checkout"},
			{Name: "peer", About: "its best", Module: "example.org/peer", Version: "v1.2.3"},
		},
	}
	drain := &report.Case{Case: scenario.Case{Scenario: "drain", Place: place.Redis, Size: 100_000}, Shows: measure.PerSecond, Load: 0.25}
	for _, f := range []measure.Figures{
		{measure.PerSecond: 80_000, measure.CPU: 55}, {measure.PerSecond: 60_000.4, measure.CPU: 50}, {measure.PerSecond: 70_000, measure.CPU: 45},
	} {
		drain.Row("bare").Add(f)
	}
	for _, f := range []measure.Figures{
		{measure.PerSecond: 30_000, measure.CPU: 99.96}, {measure.PerSecond: 31_000, measure.CPU: 101}, {measure.PerSecond: 28_000, measure.CPU: 100},
	} {
		drain.Row("asyncz").Add(f)
	}
	drain.Row("peer").Add(measure.Figures{measure.PerSecond: 8900, measure.P99: 1.25})
	drain.Row("peer").Failed = "not done within 3m0s"
	small := &report.Case{Case: scenario.Case{Scenario: "claim", Place: place.Redis, Size: 10}, Shows: measure.Nanos}
	small.Row("asyncz").Add(measure.Figures{measure.Nanos: 8})
	large := &report.Case{Case: scenario.Case{Scenario: "claim", Place: place.Redis, Size: 1000}, Shows: measure.Nanos}
	large.Row("asyncz").Add(measure.Figures{measure.Nanos: 10})
	r.Cases = []*report.Case{drain, small, large}
	targets, err := target.Read(strings.NewReader(`scenario,place,kind,size,system,figure,relation,limit,against
drain,redis,,100000,asyncz,per_second,at least,0.5,bare
drain,redis,,*,asyncz,per_second,at least,3,peer
drain,redis,,*,asyncz,cpu_percent,below,101,
claim,*,,1000,asyncz,ns,at most,1.3,size=10
claim,*,,1000,asyncz,ns,at most,1.3,size=11
drain,redis,,*,nobody,per_second,at least,1,bare
drain,postgres,,*,asyncz,per_second,at least,1,bare
`))
	if err != nil {
		t.Fatal(err)
	}
	r.Judge(targets)
	return r
}

func TestTheTextAndTheTablesAreAsTheyShouldBe(t *testing.T) {
	t.Parallel()
	r := results(t)
	for file, write := range map[string]func(io.Writer) error{"results.txt": r.Text, "results.md": r.Markdown} {
		want, err := os.ReadFile(filepath.Join("testdata", file)) // written by hand
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s: got:\n%s\nwant:\n%s", file, &got, want)
		}
	}
}

func TestATableSaysWhyASystemHasNoFigures(t *testing.T) {
	t.Parallel()
	c := &report.Case{Case: scenario.Case{Scenario: "burst", Place: place.Memory, Size: 7}}
	c.Row("heap").Add(measure.Figures{measure.Seconds: 1})
	c.Row("slow").Failed = "not done | within 1m0s"
	var got bytes.Buffer
	if err := (&report.Results{Cases: []*report.Case{c}}).Markdown(&got); err != nil {
		t.Fatal(err)
	}
	if want := "|  | slow | not done \\| within 1m0s |\n"; !strings.HasSuffix(got.String(), want) {
		t.Errorf("%q does not end with %q", &got, want)
	}
}

func TestTheJSONHasAllThatWasMeasured(t *testing.T) {
	t.Parallel()
	want := results(t)
	var text bytes.Buffer
	if err := want.JSON(&text); err != nil {
		t.Fatal(err)
	}
	got, err := report.Read(&text)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestATargetIsHeldAgainstMedians(t *testing.T) {
	t.Parallel()
	r := results(t)
	var met []bool
	var values []float64
	for _, v := range r.Verdicts {
		met, values = append(met, v.Met), append(values, v.Value)
	}
	// What was not measured, itself or what it is compared with, is not judged.
	if want := []bool{false, true, true, true}; !slices.Equal(met, want) {
		t.Errorf("met: %v", met)
	}
	if want := []float64{30_000. / 70_000, 30_000. / 8900, 100, 1.25}; !slices.Equal(values, want) {
		t.Errorf("values: %v", values)
	}
	if head := r.Headline(); len(head) != 2 || head[0] != r.Cases[0] || head[1] != r.Cases[2] {
		t.Errorf("%d cases are asked for", len(head))
	}
}

func TestAChartHasAPanelACaseWithAllSystems(t *testing.T) {
	t.Parallel()
	r := results(t)
	var svg bytes.Buffer
	if err := r.Chart(&svg, r.Cases); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for d := xml.NewDecoder(&svg); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			texts = append(texts, strings.TrimSpace(string(text)))
		}
	}
	for _, want := range []string{"drain, redis, 100000", "claim, redis, 10", "claim, redis, 1000", "per second", "bare", "asyncz", "peer", "70,000", "30,000", "8,900"} {
		if !slices.Contains(texts, want) {
			t.Errorf("%q is not written among %q", want, texts)
		}
	}
	if err := r.Chart(&svg, nil); !errors.Is(err, report.ErrNothing) {
		t.Errorf("no case: %v", err)
	}
	empty := &report.Case{Shows: measure.Nanos}
	empty.Row("asyncz").Failed = "broken"
	if err := r.Chart(&svg, []*report.Case{empty}); !errors.Is(err, report.ErrNothing) {
		t.Errorf("a case without figures: %v", err)
	}
}

// A target that nothing can be held against would never be missed.
func TestEachTargetNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	targets, err := target.All()
	if err != nil || len(targets) < 30 {
		t.Fatal(len(targets), err)
	}
	for _, x := range targets {
		s, ok := scenario.Find(x.Scenario)
		if !ok {
			t.Errorf("%v: no scenario %q", x, x.Scenario)
			continue
		}
		cases, taking := 0, map[string]bool{}
		for _, at := range s.Places {
			for _, c := range s.Cases(at, 0) {
				if x.Matches(c.Scenario, c.Place, c.Kind, c.Size) {
					cases++
					for _, name := range s.Systems(at) {
						taking[name] = true
					}
				}
			}
		}
		if cases == 0 {
			t.Errorf("%+v: is for no case", x)
		}
		other, size, absolute := x.Other()
		if !taking[x.System] || !absolute && size == 0 && !taking[other] {
			t.Errorf("%+v: %v take part", x, taking)
		}
		if !slices.Contains(measure.Names, x.Figure) {
			t.Errorf("%+v: no figure %q", x, x.Figure)
		}
		if more := x.Relation == target.AtLeast; more != measure.MoreIsBetter(x.Figure) {
			t.Errorf("%+v: %s is better when there is less, or more", x, x.Figure)
		}
	}
	for _, s := range system.All {
		for _, name := range s.Without {
			if _, ok := scenario.Find(name); !ok {
				t.Errorf("%s is without the scenario %q, which there is not", s.Name, name)
			}
		}
	}
}
