// Package dashboard shows a scheduler to operators and lets them steer it: an
// [http.Handler] with all that it needs embedded, to be mounted in any server.
//
//	d, err := dashboard.New(s, dashboard.WithLogin(users))
//	…
//	defer d.Close()
//	mux.Handle("/asyncz/", http.StripPrefix("/asyncz", d))
//
// All its links are relative, so it works under any path, and behind a proxy
// that strips one, without being told. Who may see it and who may change
// anything is said by options; see docs/dashboard.md.
package dashboard

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

// A Dashboard is the handler of all pages. Its methods may be called from any
// number of goroutines.
type Dashboard struct {
	s       *asyncz.Scheduler
	set     settings
	pages   pages
	assets  assets
	pulse   *pulse
	cached  cached
	handler http.Handler

	done  chan struct{} // closed by Close: streams end
	close func()
}

// An Option is a setting of a Dashboard.
type Option func(*settings) error

type settings struct {
	prefix string
	logger *slog.Logger
	access auth.Config
}

// WithPrefix says under which path the dashboard is mounted, such as "/asyncz",
// where nothing strips that from a request's path. It is not needed with
// [http.StripPrefix].
func WithPrefix(path string) Option {
	return func(s *settings) error {
		if !strings.HasPrefix(path, "/") {
			return errors.New("dashboard: the prefix " + path + " must begin with a slash")
		}
		s.prefix = strings.TrimRight(path, "/")
		return nil
	}
}

// WithLogger gives the dashboard a logger for what goes wrong; the default is
// [slog.Default].
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.logger = l; return nil }
}

// New returns the dashboard of a scheduler, which need not be started: one that
// isn't shows and changes what is in its stores. An option must say who may use
// it. New begins to listen to the scheduler's events; [Dashboard.Close] ends that.
func New(s *asyncz.Scheduler, opts ...Option) (*Dashboard, error) {
	if s == nil {
		return nil, errors.New("dashboard: there is no scheduler to show")
	}
	d := &Dashboard{s: s, set: settings{logger: slog.Default()}, done: make(chan struct{})}
	for _, o := range opts {
		if err := o(&d.set); err != nil {
			return nil, err
		}
	}
	var err error
	if d.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if d.pages, err = d.loadPages(); err != nil {
		return nil, err
	}
	if d.handler, err = d.protect(d.routes()); err != nil {
		return nil, err
	}
	d.pulse = newPulse(time.Now)
	stop := s.Listen(d.pulse.hear)
	d.close = sync.OnceFunc(func() {
		stop()
		close(d.done)
	})
	return d, nil
}

// Close ends the streams of open pages and stops listening to the scheduler.
// [http.Server.Shutdown] waits for open streams, so give Close to
// [http.Server.RegisterOnShutdown]. The pages can still be read after it.
func (d *Dashboard) Close() error {
	d.close()
	return nil
}

// ServeHTTP implements [http.Handler].
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.set.prefix != "" && (r.URL.Path == d.set.prefix || strings.HasPrefix(r.URL.Path, d.set.prefix+"/")) {
		http.StripPrefix(d.set.prefix, d.handler).ServeHTTP(w, r)
		return
	}
	d.handler.ServeHTTP(w, r)
}
