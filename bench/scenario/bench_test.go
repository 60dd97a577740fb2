package scenario_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/scenario"
)

// These are the scenarios in a short form, for us and the limit, so that they can't
// rot. Figures that mean something are those of cmd/compare.

func BenchmarkMemory(b *testing.B) {
	for _, name := range []string{"add", "burst", "periodic", "cron"} {
		benchmark(b, name, 1000, place.Place{Kind: place.Memory}, "heap", "asyncz")
	}
}

func BenchmarkSQLite(b *testing.B) {
	p := place.Place{Kind: place.SQLite, URL: "sqlite:///" + filepath.ToSlash(filepath.Join(b.TempDir(), "tasks.db"))}
	for name, size := range map[string]int{"drain": 1000, "add-durable": 100, "claim": 1000, "scale": 1000} {
		benchmark(b, name, size, p, "bare", "asyncz", "asyncz-sealed")
	}
}

// benchmark measures the first kind of a scenario.
func benchmark(b *testing.B, name string, size int, p place.Place, systems ...string) {
	s, ok := scenario.Find(name)
	if !ok {
		b.Fatalf("there is no scenario %q", name)
	}
	c := s.Cases(p.Kind, size)[0]
	takes := map[string]bool{}
	for _, system := range s.Systems(p.Kind) {
		takes[system] = true
	}
	for _, system := range systems {
		if !takes[system] {
			continue
		}
		b.Run(name+"/"+system, func(b *testing.B) {
			found := map[string]measure.Sample{}
			for range b.N {
				f, err := scenario.Measure(b.Context(), scenario.Setup{Case: c, System: system, At: p, For: time.Second})
				if err != nil {
					b.Fatal(err)
				}
				for figure, value := range f {
					found[figure] = append(found[figure], value)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(found[s.Shows].Median(), s.Shows)
		})
	}
}
