package api_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/trigger"
)

// loadFor is how long each half of BenchmarkBesideARunningScheduler takes; the
// figures in docs/performance.md were taken with 30s.
var loadFor = flag.Duration("load-for", 3*time.Second, "how long BenchmarkBesideARunningScheduler measures, with requests and without")

const (
	runsASecond     = 1000
	requestsASecond = 200
)

// late is how late the runs of tick began.
var (
	late lateness
	tick = asyncz.Register("tick", func(ctx context.Context, _ struct{}) (struct{}, error) {
		run, _ := asyncz.RunFrom(ctx)
		late.add(time.Since(run.Scheduled))
		return struct{}{}, nil
	})
)

// BenchmarkBesideARunningScheduler measures how late runs begin, 1,000 a second,
// without requests, with 200 requests a second, and without again; and how long the
// requests take. The network is the loopback interface.
func BenchmarkBesideARunningScheduler(b *testing.B) {
	for b.Loop() {
		s := bench(b)
		url, stop := listen(b, s)
		time.Sleep(time.Second) // the first fires find all cold
		late.take()
		time.Sleep(*loadFor)
		before := late.take()
		took := besiege(b, url, *loadFor)
		with := late.take()
		time.Sleep(*loadFor)
		without := append(before, late.take()...)
		stop()
		_ = s.Shutdown(context.Background())
		report(b, "without", without)
		report(b, "with", with)
		report(b, "request", took)
		b.ReportMetric(float64(at(with, 0.99))/float64(at(without, 0.99)), "p99-ratio")
		b.ReportMetric(float64(at(with, 0.5))/float64(at(without, 0.5)), "p50-ratio")
		b.ReportMetric(float64(len(with))/loadFor.Seconds(), "runs/s")
		b.ReportMetric(float64(len(took))/loadFor.Seconds(), "requests/s")
	}
}

// bench returns a scheduler that starts 1,000 runs a second, spread over it.
func bench(b *testing.B) *asyncz.Scheduler {
	b.Helper()
	s, err := asyncz.New(b.Context(), asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""))
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now().Truncate(time.Second).Add(time.Second)
	for i := range runsASecond {
		when, err := trigger.Every(time.Second, trigger.StartAt(begin.Add(time.Duration(i)*time.Second/runsASecond)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Add(b.Context(), tick.With(struct{}{}), when, asyncz.ID(fmt.Sprintf("tick-%04d", i))); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// listen serves the API.
func listen(b *testing.B, s *asyncz.Scheduler) (url string, stop func()) {
	b.Helper()
	srv, err := api.New(s)
	if err != nil {
		b.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- api.Endpoint{}.Serve(ctx, l, srv, srv.Close) }()
	return "http://" + l.Addr().String(), func() { cancel(); <-ended }
}

// besiege sends 200 requests a second, of eight kinds, a quarter of them writes, and
// returns how long each took.
func besiege(b *testing.B, url string, d time.Duration) []time.Duration {
	b.Helper()
	kinds := []struct{ method, path, body string }{
		{"GET", "/api/v1/tasks?limit=50", ""},
		{"GET", "/api/v1/tasks/tick-0007", ""},
		{"POST", "/api/v1/tasks/tick-0011/run", ""},
		{"GET", "/api/v1/runs?limit=50", ""},
		{"GET", "/api/v1/tasks?text=tick-09&sort=name", ""},
		{"GET", "/api/v1/tasks/tick-0013/fires", ""},
		{"PATCH", "/api/v1/tasks/tick-0017", `{"name":"a name"}`},
		{"GET", "/api/v1/nodes", ""},
	}
	took := &lateness{}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	begin := time.Now()
	for n := range int(d.Seconds() * requestsASecond) {
		due := begin.Add(time.Duration(n) * time.Second / requestsASecond)
		time.Sleep(time.Until(due))
		k := kinds[n%len(kinds)]
		wg.Go(func() {
			req, err := http.NewRequestWithContext(b.Context(), k.method, url+k.path, strings.NewReader(k.body))
			if err != nil {
				b.Error(err)
				return
			}
			resp, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode >= 300 && resp.StatusCode != http.StatusConflict { // too many runs wait
				b.Errorf("%s %s: %d", k.method, k.path, resp.StatusCode)
			}
			took.add(time.Since(due))
		})
	}
	wg.Wait()
	return took.take()
}

// A lateness collects times.
type lateness struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *lateness) add(d time.Duration) {
	l.mu.Lock()
	l.all = append(l.all, d)
	l.mu.Unlock()
}

func (l *lateness) take() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

func report(b *testing.B, what string, times []time.Duration) {
	b.Helper()
	b.ReportMetric(float64(at(times, 0.5).Microseconds()), what+"-p50-µs")
	b.ReportMetric(float64(at(times, 0.99).Microseconds()), what+"-p99-µs")
}

// at is the time below which this part of all is.
func at(times []time.Duration, part float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(float64(len(times))*part))]
}
