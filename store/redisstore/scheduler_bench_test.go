package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// drain is how many one-shot tasks are due when a scheduler of the benchmark starts.
const drain = 100_000

// BenchmarkRuns is how many durable runs a second a scheduler makes of tasks that
// are due: each is read, written as running, run, and removed. The baseline does
// reads and writes of the same number without a scheduler and without conditions.
func BenchmarkRuns(b *testing.B) {
	b.Run("scheduler/plain", func(b *testing.B) { benchmarkRuns(b, "") })
	b.Run("scheduler/sealed", func(b *testing.B) { benchmarkRuns(b, "the key of a benchmark, long enough") })
	b.Run("bare", func(b *testing.B) {
		const n = 1000
		p := single(b)
		for b.Loop() {
			b.StopTimer()
			for from := 0; from < drain; from += n {
				p.bareAdds(b, from, n)
			}
			b.StartTimer()
			for range drain / n {
				p.bareCycle(b, n)
			}
		}
		perSecond(b, drain)
	})
}

func benchmarkRuns(b *testing.B, key string) {
	var wg sync.WaitGroup
	fs := new(asyncz.Functions)
	noop := asyncz.RegisterIn(fs, "noop", func(context.Context, struct{}) (struct{}, error) {
		wg.Done()
		return struct{}{}, nil
	})
	var adding time.Duration
	for b.Loop() {
		b.StopTimer()
		p := single(b)
		s, err := asyncz.New(bg, asyncz.WithStoreURL("default", p.fullURL()), asyncz.WithFunctions(fs),
			asyncz.WithEncryptionKey(key), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
		must(b, err)
		tasks := make([]asyncz.NewTask, drain)
		at := trigger.At(time.Now())
		for i := range tasks {
			tasks[i] = asyncz.NewTask{Call: noop.With(struct{}{}), Trigger: at, Options: []asyncz.TaskOption{asyncz.ID(id(i))}}
		}
		began := time.Now()
		results, err := s.AddMany(bg, tasks)
		must(b, err)
		for _, err := range results {
			must(b, err)
		}
		adding += time.Since(began)
		wg.Add(drain)
		b.StartTimer()
		must(b, s.Start(bg))
		wg.Wait()
		must(b, s.Shutdown(bg)) // returns when the last finish is written
		b.StopTimer()
		p.mustBeEmpty(b)
		b.StartTimer()
	}
	perSecond(b, drain)
	b.ReportMetric(float64(b.N)*drain/adding.Seconds(), "adds/s")
}

// fullURL is the URL of the server with the keys in it.
func (p place) fullURL() string {
	sign := "?"
	if strings.Contains(p.url, "?") {
		sign = "&"
	}
	return fmt.Sprintf("%s%stasks_key=%s&run_times_key=%s", p.url, sign, url.QueryEscape(p.tasks), url.QueryEscape(p.times))
}

// mustBeEmpty holds the benchmark to having finished what it counts.
func (p place) mustBeEmpty(b *testing.B) {
	left, err := p.open(b).Due(bg, store.DueQuery{At: noon.AddDate(100, 0, 0), Limit: drain})
	must(b, err)
	if len(left) > 0 {
		b.Fatalf("%d tasks are left", len(left))
	}
}
