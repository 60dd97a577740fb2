package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// An Option is a setting of a [Server].
type Option func(*settings) error

type settings struct {
	who       Authenticator // nil: everybody may do everything
	insecure  bool
	origins   []string
	metrics   http.Handler
	timeout   time.Duration
	maxBody   int64
	heartbeat time.Duration
	logger    *slog.Logger
}

// Defaults of a server.
const (
	DefaultTimeout   = 30 * time.Second
	DefaultMaxBody   = 1 << 20 // bytes
	DefaultHeartbeat = 15 * time.Second
)

// WithTokens lets those in who have one of these tokens.
func WithTokens(t *Tokens) Option {
	return func(s *settings) error {
		if t == nil {
			return errors.New("tokens: there are none")
		}
		s.who = t.authenticate
		return nil
	}
}

// WithAuthenticator lets the host application say who makes a request, in place of tokens.
func WithAuthenticator(a Authenticator) Option {
	return func(s *settings) error { s.who = a; return nil }
}

// WithInsecure says that it is meant that all who reach the server may do
// everything. Without it, and without tokens, requests are refused that name this
// host by anything but localhost or an address, which protects it from pages in a
// browser on it.
func WithInsecure() Option {
	return func(s *settings) error { s.insecure = true; return nil }
}

// WithTrustedOrigin lets pages of another origin, such as "https://ops.example",
// send writes. Browsers do so only if a proxy before the server allows it by the
// headers of CORS; the server itself never does.
func WithTrustedOrigin(origin string) Option {
	return func(s *settings) error { s.origins = append(s.origins, origin); return nil }
}

// WithMetrics is what /metrics answers, such as that of package promtelemetry.
func WithMetrics(h http.Handler) Option {
	return func(s *settings) error { s.metrics = h; return nil }
}

// WithTimeout says how long a request may take, events aside. The default is 30 seconds.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("timeout: %v is not more than 0", d)
		}
		s.timeout = d
		return nil
	}
}

// WithMaxBody says how many bytes the body of a request may have. The default is 1 MiB.
func WithMaxBody(n int64) Option {
	return func(s *settings) error {
		if n <= 0 {
			return fmt.Errorf("body: a limit of %d bytes is not more than 0", n)
		}
		s.maxBody = n
		return nil
	}
}

// WithHeartbeat says how often a stream of events says that it is alive when
// nothing happens, so that proxies leave it open. The default is 15 seconds.
func WithHeartbeat(d time.Duration) Option {
	return func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("heartbeat: %v is not more than 0", d)
		}
		s.heartbeat = d
		return nil
	}
}

// WithLogger says where the server logs what it can't tell its callers. The default
// is slog's.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.logger = l; return nil }
}
