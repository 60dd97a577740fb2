package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
)

// A site is a handler with where it listens.
type site struct {
	api.Endpoint
	name    string // what it is
	page    string // to open, below the address
	handler http.Handler
	close   []func() // what ends what goes on for ever
}

// sites makes the handlers. measured is nil without --metrics.
func (f *serve) sites(s *asyncz.Scheduler, logger *slog.Logger, measured *promtelemetry.Metrics) ([]*site, error) {
	end := func(a address, authenticated bool) api.Endpoint {
		return api.Endpoint{Address: a.text, Authenticated: authenticated, Insecure: f.insecure, Certificate: f.cert, Key: f.key, Logger: logger}
	}
	var sites []*site
	if f.api.given {
		h, err := f.apiHandler(s, logger, measured)
		if err != nil {
			return nil, err
		}
		sites = append(sites, &site{Endpoint: end(f.api, f.tokens != ""), name: "API", page: "api/v1/docs", handler: h, close: []func(){h.Close}})
	}
	if f.dashboard.given {
		h, err := f.dashboardHandler(s, logger)
		if err != nil {
			return nil, err
		}
		sites = append(sites, &site{Endpoint: end(f.dashboard, f.users != ""), name: "dashboard", handler: h, close: []func(){func() { _ = h.Close() }}})
	}
	if f.together() {
		sites = []*site{join(sites[0], sites[1])}
	}
	return sites, nil
}

// apiPaths are those of the API where it shares an address.
var apiPaths = []string{"/api/", "/healthz", "/readyz", "/metrics"}

// join puts the API and the dashboard behind one address.
func join(a, d *site) *site {
	mux := http.NewServeMux()
	for _, p := range apiPaths {
		mux.Handle(p, a.handler)
	}
	mux.Handle("/", d.handler)
	both := &site{Endpoint: d.Endpoint, name: "dashboard and API", handler: mux, close: append(a.close, d.close...)}
	both.Authenticated = a.Authenticated && d.Authenticated
	return both
}

func (f *serve) apiHandler(s *asyncz.Scheduler, logger *slog.Logger, measured *promtelemetry.Metrics) (*api.Server, error) {
	opts := []api.Option{api.WithLogger(logger)}
	if f.tokens != "" {
		tokens, err := api.LoadTokens(f.tokens)
		if err != nil {
			return nil, err
		}
		if tokens.Len() == 0 {
			logger.Warn("the file of tokens has none, so that nobody can use the API; asyncz api-token create makes one", "file", f.tokens)
		}
		opts = append(opts, api.WithTokens(tokens))
	} else if f.insecure {
		opts = append(opts, api.WithInsecure())
	}
	if measured != nil {
		opts = append(opts, api.WithMetrics(measured.Handler()))
	}
	return api.New(s, opts...)
}

// listen opens what is to be listened on; end closes it again.
func (f *serve) listen(ctx context.Context, s *asyncz.Scheduler, logger *slog.Logger, measured *promtelemetry.Metrics) (end func(), err error) {
	sites, err := f.sites(s, logger, measured)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it answers while runs come to their end
	var open sync.WaitGroup
	end = func() { cancel(); open.Wait() }
	for _, one := range sites {
		l, err := one.Listen(ctx)
		if err != nil {
			end()
			switch {
			case errors.Is(err, api.ErrExposed):
				err = usageError{err}
			case errors.Is(err, syscall.EADDRINUSE):
				err = fmt.Errorf("%w; another program listens there: give another address, such as --dashboard=127.0.0.1:8643", err)
			}
			return nil, err
		}
		who := "who has a token or logs in"
		if !one.Authenticated {
			who = "everybody on this host"
			if one.Insecure {
				who = "everybody who reaches it"
			}
		}
		logger.Info("listening: "+one.name, "url", one.url(l.Addr()), "for", who)
		open.Go(func() {
			if err := one.Serve(ctx, l, one.handler, one.close...); err != nil {
				logger.Error("not listening any more; tasks are fired all the same", "what", one.name, "error", err)
			}
		})
	}
	return end, nil
}

// url is what to open in a browser on this host, or on another where others are let in.
func (s *site) url(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return at.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		name, _ := os.Hostname() // without one the address of this host does
		host = cmp.Or(name, "localhost")
	}
	if wanted, _, _ := net.SplitHostPort(s.Address); wanted != "" && net.ParseIP(strings.Trim(wanted, "[]")) == nil {
		host = wanted // the name that a certificate is for
	}
	return s.Scheme() + "://" + net.JoinHostPort(host, port) + "/" + s.page
}
