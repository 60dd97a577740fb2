package scenario_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/scenario"
	"github.com/go-asyncz/asyncz/internal/testserver"
)

// one measures once, and holds the figures to being some.
func one(t *testing.T, s scenario.Setup) {
	t.Helper()
	f, err := scenario.Measure(t.Context(), s)
	if err != nil {
		t.Fatalf("%v, %s: %v", s.Case, s.System, err)
	}
	about, _ := scenario.Find(s.Scenario)
	if _, ok := f[about.Shows]; !ok {
		t.Errorf("%v, %s: no %s among %v", s.Case, s.System, about.Shows, f)
	}
	for name, value := range f {
		// An idle node may use nothing, and what grows by an addition shrinks by the
		// garbage of the tests beside it.
		free := []string{measure.CPU, measure.ServerCPU, measure.Bytes, measure.Goroutines, measure.Allocs, measure.Missed}
		if !slices.Contains(measure.Names, name) || value <= 0 && !slices.Contains(free, name) {
			t.Errorf("%v, %s: %s is %v", s.Case, s.System, name, value)
		}
	}
}

func TestEachScenarioInMemoryMeasuresEachOfItsSystems(t *testing.T) {
	t.Parallel()
	for _, s := range scenario.All {
		for _, c := range s.Cases(place.Memory, 100) {
			for _, name := range s.Systems(place.Memory) {
				t.Run(c.String()+", "+name, func(t *testing.T) {
					t.Parallel()
					one(t, scenario.Setup{Case: c, System: name, At: place.Place{Kind: place.Memory}, For: 2 * time.Second})
				})
			}
		}
	}
}

func TestEachScenarioOnSQLiteMeasuresEachOfItsSystems(t *testing.T) {
	t.Parallel()
	durable(t, place.Place{Kind: place.SQLite})
}

func TestEachScenarioOnPostgresMeasuresEachOfItsSystems(t *testing.T) {
	t.Parallel()
	durable(t, place.Place{Kind: place.Postgres, URL: testserver.URL(t, "postgres")})
}

func TestEachScenarioOnMariaDBMeasuresEachOfItsSystems(t *testing.T) {
	t.Parallel()
	durable(t, place.Place{Kind: place.MariaDB, URL: testserver.URL(t, "mysql")})
}

func TestEachScenarioOnRedisMeasuresEachOfItsSystems(t *testing.T) {
	t.Parallel()
	durable(t, place.Place{Kind: place.Redis, URL: testserver.URL(t, "redis")})
}

// durable measures one after the other, because they share the place; files they do
// not share. Systems that differ in their settings alone are only let drain, nodes are
// killed on SQLite alone, which takes as long as a lease, and work is shared by two.
func durable(t *testing.T, p place.Place) {
	sizes := map[string]int{"start": 3, "claim": 200}
	for _, s := range scenario.All {
		if s.Name == "recovery" && p.Kind != place.SQLite {
			continue
		}
		for _, name := range s.Systems(p.Kind) {
			if strings.Contains(name, "-") && s.Name != "drain" {
				continue
			}
			size := sizes[s.Name]
			if size == 0 {
				size = 50
			}
			for _, c := range s.Cases(p.Kind, size) {
				if s.Name == "scale" && c.Kind != "2 processes" {
					continue
				}
				t.Run(c.String()+", "+name, func(t *testing.T) {
					at := p
					if at.Kind == place.SQLite {
						t.Parallel()
						at.URL = "sqlite:///" + filepath.ToSlash(filepath.Join(t.TempDir(), "tasks.db"))
					}
					one(t, scenario.Setup{Case: c, System: name, At: at, For: time.Second})
				})
			}
		}
	}
}

// A size asked for takes the place of all sizes of a case, and kinds stay.
func TestCasesAreKindsAndSizes(t *testing.T) {
	t.Parallel()
	s, ok := scenario.Find("periodic")
	if !ok {
		t.Fatal("no such scenario")
	}
	var all []string
	for _, size := range []int{0, 7} {
		for _, c := range s.Cases(place.Memory, size) {
			all = append(all, c.String())
		}
	}
	want := []string{
		"periodic, memory, aligned, 1000", "periodic, memory, aligned, 10000", "periodic, memory, spread, 1000", "periodic, memory, spread, 10000",
		"periodic, memory, aligned, 7", "periodic, memory, spread, 7",
	}
	if !slices.Equal(all, want) {
		t.Errorf("%q", all)
	}
	if got := s.Cases(place.Redis, 0); got != nil {
		t.Errorf("%v on a server", got)
	}
}

func TestAMeasurementThatCantBeSaysWhy(t *testing.T) {
	t.Parallel()
	memory := place.Place{Kind: place.Memory}
	for want, s := range map[string]scenario.Setup{
		`scenario "nothing"`:          {Case: scenario.Case{Scenario: "nothing"}},
		`system "nobody" in memory`:   {Case: scenario.Case{Scenario: "add", Size: 1}, System: "nobody", At: memory},
		`durable system "robfig"`:     {Case: scenario.Case{Scenario: "drain", Size: 1}, System: "robfig", At: memory},
		`no place of the kind "disk"`: {Case: scenario.Case{Scenario: "drain", Size: 1}, System: "bare", At: place.Place{Kind: "disk"}},
		`"heap" has no cron`:          {Case: scenario.Case{Scenario: "cron", Kind: "* * * * *"}, System: "heap", At: memory},
	} {
		if f, err := scenario.Measure(t.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, %v", s, f, err)
		}
	}
}
