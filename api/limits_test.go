package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/api/client"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	body := func(n int) string {
		const frame = `{"id":"t","function":"noop","trigger":{"type":"interval","hours":1},"name":""}`
		return strings.Replace(frame, `"name":"`, `"name":"`+strings.Repeat("x", n-len(frame)), 1)
	}
	r := start(t, api.WithMaxBody(2000))
	r.ask("POST", "/api/v1/tasks", body(2000)).want(201)
	r.ask("POST", "/api/v1/tasks", body(2001)).problem(413, "")
	r.ask("PATCH", "/api/v1/tasks/t", body(1<<20)).problem(413, "")
	start(t).ask("POST", "/api/v1/tasks", body(1<<20+1)).problem(413, "")
}

// A stuck store answers when the context ends.
type stuck struct{ store.Store }

func (stuck) Get(ctx context.Context, _ string) (store.Record, error) {
	<-ctx.Done()
	return store.Record{}, ctx.Err()
}

func TestARequestThatTakesTooLongEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := idle(t, asyncz.WithStore("default", stuck{memstore.New()}))
		r := serve(t, s, api.WithTimeout(7*time.Second))
		began := time.Now()
		if p := r.ask("GET", "/api/v1/tasks/t", "").problem(504, ""); p.Type != "urn:asyncz:timeout" {
			t.Errorf("the problem is %q", p.Type)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A broken store does not answer.
type broken struct{ store.Store }

func (broken) Get(context.Context, string) (store.Record, error) {
	return store.Record{}, errors.New("connection refused")
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.token = ""
	r.ask("GET", "/healthz", "").want(200)
	r.ask("GET", "/readyz", "").want(200)
	_ = r.scheduler.Shutdown(t.Context())
	r.ask("GET", "/healthz", "").problem(503, "")

	r = serve(t, idle(t, asyncz.WithStore("default", broken{memstore.New()})))
	r.token = ""
	r.ask("GET", "/healthz", "").want(200)
	if p := r.ask("GET", "/readyz", "").problem(503, ""); strings.Contains(p.Detail, "refused") {
		t.Errorf("everybody is told: %s", p.Detail)
	}
}

func TestMetricsAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	start(t).ask("GET", "/metrics", "").problem(404, "")
	r := start(t, api.WithMetrics(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintln(w, "asyncz_runs_total 7")
	})))
	if got := r.ask("GET", "/metrics", "").want(200); string(got.body) != "asyncz_runs_total 7\n" {
		t.Errorf("got %q", got.body)
	}
}

func TestWrongTokensAreLimitedByAddressAndRightOnesAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		wrong := func() reply { return r.ask("GET", "/api/v1/tasks", "", "Authorization: Bearer asz_wrong") }
		for range 10 {
			wrong().problem(401, "")
		}
		limited := wrong()
		limited.problem(429, "")
		if limited.header.Get("Retry-After") == "" {
			t.Error("it is not said when to come back")
		}
		r.ask("GET", "/api/v1/tasks", "").want(200) // somebody else behind the same proxy
		r.come("192.0.2.2")
		wrong().problem(401, "")
		r.come("192.0.2.1")
		wrong().problem(429, "")
		time.Sleep(6 * time.Second)
		wrong().problem(401, "")
		wrong().problem(429, "")
		r.come("2001:db8::1")
		for range 10 {
			wrong().problem(401, "")
		}
		r.come("2001:db8::2") // of the same host, as far as one can know
		wrong().problem(429, "")
	})
}

func TestAnswersAreNotKeptByBrowsersAndProxies(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.add("t")
	for _, path := range []string{"/api/v1/tasks/t", "/api/v1/tasks/nobody", "/nowhere"} {
		got := r.ask("GET", path, "")
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
	}
}

func TestItWorksUnderAnyPrefix(t *testing.T) {
	t.Parallel()
	r := start(t)
	mux := http.NewServeMux()
	mux.Handle("/ops/asyncz/", http.StripPrefix("/ops/asyncz", r.server))
	srv := &http.Server{Handler: mux} //nolint:gosec // a test
	n := newNetwork()
	ended := make(chan struct{})
	go func() { _ = srv.Serve(n); close(ended) }()
	transport := &http.Transport{DialContext: n.dial}
	t.Cleanup(func() { _ = srv.Close(); transport.CloseIdleConnections(); <-ended })
	c, err := client.New("http://localhost/ops/asyncz/", client.WithToken(r.token), client.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	task, err := c.AddJSON(t.Context(), []byte(`{"id":"a/b","function":"noop","trigger":`+hourly+`}`))
	if err != nil || task.ID != "a/b" {
		t.Fatal(task, err)
	}
	if _, err := c.Task(t.Context(), "a/b"); err != nil {
		t.Error(err)
	}
}
