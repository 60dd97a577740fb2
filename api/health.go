package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
)

const healthTag = "health"

type healthy struct{ Body form.Health }

// healthOperations are those for what watches over the process.
func (s *Server) healthOperations() {
	add(s, nothing, huma.Operation{
		OperationID: "get-health", Method: http.MethodGet, Path: "/healthz", Tags: []string{healthTag},
		Summary: "Tell whether the process lives", Description: "503 after the scheduler has been shut down.",
	}, func(context.Context, *struct{}) (*healthy, error) {
		if s.over() {
			return nil, asyncz.ErrStopped
		}
		return &healthy{form.Health{Status: "ok"}}, nil
	})
	ready := &readiness{ask: s.ready}
	add(s, nothing, huma.Operation{
		OperationID: "get-readiness", Method: http.MethodGet, Path: "/readyz", Tags: []string{healthTag},
		Summary: "Tell whether the process can work", Description: "503 while a store does not answer.",
	}, func(ctx context.Context, _ *struct{}) (*healthy, error) {
		if err := ready.now(ctx); err != nil {
			return nil, err
		}
		return &healthy{form.Health{Status: "ok"}}, nil
	})
	add(s, reading, huma.Operation{
		OperationID: "get-metrics", Method: http.MethodGet, Path: "/metrics", Tags: []string{healthTag},
		Summary: "Get metrics", Description: "In the form of Prometheus, where the program has them; else 404.",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, s.metrics)
}

func (s *Server) over() bool { return s.scheduler.State() == asyncz.NodeStopped }

// probe is the id of a task that nobody has.
const probe = "asyncz readiness probe"

// ready asks each store for something. Who asks is not known, so that only the
// aliases are told; why is in the log.
func (s *Server) ready(ctx context.Context) error {
	if s.over() {
		return asyncz.ErrStopped
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, alias := range s.scheduler.Stores() {
		_, err := s.scheduler.Task(ctx, probe, asyncz.InStore(alias))
		if err != nil && !errors.Is(err, asyncz.ErrNotFound) {
			s.settings.logger.Warn("not ready: a store does not answer", "store", alias, "error", err)
			return newProblem(http.StatusServiceUnavailable, "not-ready", "the store "+alias+" does not answer")
		}
	}
	return nil
}

// A readiness is what was found out a second ago at most: who asks need not say
// who he is, and must not be able to keep the stores busy.
type readiness struct {
	ask func(context.Context) error

	mu    sync.Mutex
	asked time.Time
	found error
}

func (r *readiness) now(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); r.asked.IsZero() || now.Sub(r.asked).Abs() >= time.Second {
		r.found = r.ask(context.WithoutCancel(ctx))
		r.asked = time.Now()
	}
	return r.found
}

func (s *Server) metrics(context.Context, *struct{}) (*huma.StreamResponse, error) {
	if s.settings.metrics == nil {
		return nil, newProblem(http.StatusNotFound, "no-metrics", "this program has no metrics")
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		s.settings.metrics.ServeHTTP(w, r)
	}}, nil
}
