package httpcall

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// maxTimeout is the longest timeout, in seconds.
	maxTimeout = 24 * 3600
	// userAgent names the caller unless the headers do.
	userAgent = "asyncz"
)

// ErrInvalid: the arguments can't be those of a call.
var ErrInvalid = errors.New("invalid HTTP call")

// Args say which request to make, and what is a good response.
type Args struct {
	// Method is GET (also when empty), HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
	Method string `json:"method,omitempty"`
	// URL begins with http:// or https://. A user and password in it are sent as
	// basic authentication.
	URL string `json:"url"`
	// Headers are sent as they are, Host included.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is what is sent.
	Body string `json:"body,omitempty"`
	// ExpectStatus lists the status codes of success, and ranges of them:
	// "200-299,404". Empty: 200-299.
	ExpectStatus string `json:"expect_status,omitempty"`
	// Timeout is how long the whole call may take, in seconds, redirects and body
	// included; 0: [DefaultTimeout].
	Timeout float64 `json:"timeout,omitempty"`

	// Extra are further headers, which win over Headers. They are no part of the
	// arguments as they are kept: the scheduler tells the server here which run
	// calls (Idempotency-Key).
	Extra map[string]string `json:"-"`
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
	http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// Validate returns nil when a call can be made with these arguments. Its errors
// wrap [ErrInvalid] and name the field and what is allowed; they show no value
// that may hold a password.
func (a Args) Validate() error {
	_, urlErr := a.target()
	_, statusErr := parseStatuses(a.ExpectStatus)
	err := errors.Join(a.checkMethod(), urlErr, checkHeaders("headers", a.Headers), checkHeaders("extra", a.Extra), statusErr, a.checkTimeout())
	if err != nil {
		return fmt.Errorf("%w: %s", ErrInvalid, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return nil
}

func (a Args) method() string {
	if a.Method == "" {
		return http.MethodGet
	}
	return strings.ToUpper(a.Method)
}

func (a Args) checkMethod() error {
	if !slices.Contains(methods, a.method()) {
		return fmt.Errorf("method is %q; it must be one of %s", a.Method, strings.Join(methods, ", "))
	}
	return nil
}

func (a Args) checkTimeout() error {
	if math.IsNaN(a.Timeout) || a.Timeout < 0 || a.Timeout > maxTimeout {
		return fmt.Errorf("timeout is %v; it must be between 0 and %d seconds", a.Timeout, maxTimeout)
	}
	return nil
}

func (a Args) timeout() time.Duration {
	if a.Timeout == 0 {
		return DefaultTimeout
	}
	return time.Duration(a.Timeout * float64(time.Second))
}

// target returns the parsed URL. What is wrong with one that may hold a password
// is not said, because the reason quotes a part of it.
func (a Args) target() (*url.URL, error) {
	u, err := url.Parse(a.URL)
	var at *url.Error
	switch {
	case a.URL == "":
		return nil, errors.New("url is empty; it must begin with http:// or https://")
	case err != nil && !strings.Contains(a.URL, "@") && errors.As(err, &at):
		return nil, fmt.Errorf("url can't be read: %w", at.Err)
	case err != nil:
		return nil, errors.New("url can't be read; characters like / ? # @ % in a password must be percent-encoded")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("url must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("url has no host")
	}
	return u, nil
}

// checkHeaders shows names and no values.
func checkHeaders(field string, headers map[string]string) error {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !isToken(name):
			return fmt.Errorf("%s has the name %q; a name has letters, digits and !#$%%&'*+-.^_`|~", field, name)
		case canonical == "Content-Length" || canonical == "Transfer-Encoding" || canonical == "Trailer" || canonical == "Connection":
			return fmt.Errorf("%s has %s, which follows from the call and can't be set", field, canonical)
		case seen[canonical]:
			return fmt.Errorf("%s has %s twice", field, canonical)
		case strings.ContainsFunc(headers[name], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return fmt.Errorf("%s[%q] holds a line break or another control character", field, name)
		}
		seen[canonical] = true
	}
	return nil
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// request returns what is sent. The user and password leave the URL, so that no
// error of the client can show them and redirects on the same origin keep them.
func (a Args) request(ctx context.Context) (*http.Request, error) {
	u, err := a.target()
	if err != nil {
		return nil, err
	}
	user := u.User
	u.User = nil
	req, err := http.NewRequestWithContext(ctx, a.method(), u.String(), strings.NewReader(a.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	for _, headers := range []map[string]string{a.Headers, a.Extra} {
		for name, value := range headers {
			req.Header.Set(name, value)
		}
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	return req, nil
}

// name is what errors call the request: without user, query and fragment.
func (a Args) name() string {
	u, err := a.target()
	if err != nil {
		return a.method()
	}
	return a.method() + " " + (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
