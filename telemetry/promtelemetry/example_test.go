package promtelemetry_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

func Example() {
	ctx := context.Background()
	m := promtelemetry.New()
	s, err := asyncz.New(ctx, m.Options()...) // and the options of your own
	if err != nil {
		panic(err)
	}
	stop := m.Attach(s)
	defer stop()
	http.Handle("/metrics", m.Handler())

	if err := s.Start(ctx); err != nil {
		panic(err)
	}
	hello := asyncz.Do(func(context.Context) error { return nil })
	if _, err := s.Add(ctx, hello, trigger.At(time.Now())); err != nil {
		panic(err)
	}
	if err := s.Shutdown(ctx); err != nil { // runs what has begun to its end
		panic(err)
	}

	page := httptest.NewRecorder()
	http.DefaultServeMux.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, `asyncz_task_changes_total{change="added"`) || strings.HasPrefix(line, "asyncz_scheduler_state{") {
			fmt.Print(line)
		}
	}
	// Output:
	// asyncz_scheduler_state{scheduler="default",state="not_started"} 0
	// asyncz_scheduler_state{scheduler="default",state="paused"} 0
	// asyncz_scheduler_state{scheduler="default",state="running"} 0
	// asyncz_scheduler_state{scheduler="default",state="stopped"} 1
	// asyncz_task_changes_total{change="added",scheduler="default",store="default"} 1
}

// Several schedulers of a process share a registry, each under a name.
func ExampleScheduler() {
	registry := prometheus.NewRegistry()
	for _, name := range []string{"billing", "mail"} {
		m := promtelemetry.New(promtelemetry.Scheduler(name))
		registry.MustRegister(m)
		s, err := asyncz.New(context.Background(), m.Options()...)
		if err != nil {
			panic(err)
		}
		defer m.Attach(s)()
		defer s.Shutdown(context.Background())
	}
	families, err := registry.Gather()
	if err != nil {
		panic(err)
	}
	for _, f := range families {
		if f.GetName() == "asyncz_events_lost_total" {
			for _, series := range f.GetMetric() {
				fmt.Println(f.GetName(), series.GetLabel()[0].GetValue(), series.GetCounter().GetValue())
			}
		}
	}
	// Output:
	// asyncz_events_lost_total billing 0
	// asyncz_events_lost_total mail 0
}
