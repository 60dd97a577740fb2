package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-asyncz/asyncz"
)

// A Server is the API of one scheduler: an [http.Handler] that answers under
// /api/v1, and /healthz, /readyz and /metrics. Mount it under any prefix with
// [http.StripPrefix]; what it tells of itself is relative to where it is.
type Server struct {
	scheduler *asyncz.Scheduler
	settings  settings
	mux       *http.ServeMux
	huma      huma.API
	origins   *http.CrossOriginProtection
	tries     limiter
	feed      *feed
	document  document

	closing   chan struct{}
	closeOnce sync.Once
}

// New returns the API of a scheduler, which may be one that isn't started. Without
// [WithTokens] or [WithAuthenticator] everybody who reaches it may do everything;
// see [CheckExposure].
func New(s *asyncz.Scheduler, opts ...Option) (*Server, error) {
	c := settings{timeout: DefaultTimeout, maxBody: DefaultMaxBody, heartbeat: DefaultHeartbeat, logger: slog.Default()}
	for _, o := range opts {
		if err := o(&c); err != nil {
			return nil, err
		}
	}
	srv := &Server{scheduler: s, settings: c, mux: http.NewServeMux(), origins: http.NewCrossOriginProtection(), closing: make(chan struct{})}
	srv.feed = newFeed(s.Listen)
	for _, o := range c.origins {
		if err := srv.origins.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("trusted origin: %w", err)
		}
	}
	srv.huma = humago.New(routes{srv.mux}, configuration())
	srv.operations()
	srv.publish()
	return srv, nil
}

// Authenticated reports whether nobody is let in who does not say who he is.
func (s *Server) Authenticated() bool { return s.settings.who != nil }

// Close ends the streams of events. Requests after it are answered as before.
func (s *Server) Close() {
	s.closeOnce.Do(func() { close(s.closing); s.feed.close() })
}

// operations adds all of them.
func (s *Server) operations() {
	s.taskOperations()
	s.taskWrites()
	s.previewOperations()
	s.runOperations()
	s.storeOperations()
	s.schedulerOperations()
	s.eventOperations()
	s.healthOperations()
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if s.settings.who == nil && !s.settings.insecure && rebound(r) {
		write(w, newProblem(http.StatusForbidden, "host", fmt.Sprintf("without authentication this server answers to localhost and to addresses alone, not to the name %q", r.Host)))
		return
	}
	if err := s.origins.Check(r); err != nil {
		write(w, newProblem(http.StatusForbidden, "cross-origin", "a page of another origin may not write here"))
		return
	}
	if p := r.URL.EscapedPath(); path.Clean("/"+p) != p {
		write(w, newProblem(http.StatusNotFound, "", "the path has empty elements, or elements that are dots alone; write a dot as %2E"))
		return
	}
	r = routable(r)
	handler, pattern := s.mux.Handler(r)
	if pattern == "" {
		s.noRoute(w, r, handler)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), addressKey{}, addressOf(r)))
	s.mux.ServeHTTP(w, r)
}

// noRoute says in our form what the mux says in its own: not found, or another method.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	answer := &verdict{header: http.Header{}}
	handler.ServeHTTP(answer, r)
	p := newProblem(http.StatusNotFound, "", "there is nothing at this path")
	if answer.status == http.StatusMethodNotAllowed {
		allowed := answer.header.Get("Allow")
		w.Header().Set("Allow", allowed)
		p = newProblem(answer.status, "", fmt.Sprintf("%s is not allowed here; allowed is %s", r.Method, strings.ReplaceAll(allowed, ", ", " or ")))
	}
	write(w, p)
}

// A verdict takes down what a handler answers.
type verdict struct {
	header http.Header
	status int
}

func (v *verdict) Header() http.Header         { return v.header }
func (v *verdict) Write(b []byte) (int, error) { return len(b), nil }
func (v *verdict) WriteHeader(status int)      { v.status = status }
