package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/go-asyncz/asyncz/api/client"
)

// A rig is a server with what tests need to talk to it. Its network is in memory,
// so that it works in a synctest bubble too.
type rig struct {
	t         *testing.T
	scheduler *asyncz.Scheduler
	server    *api.Server
	net       *network
	http      *http.Client // each answer is held against the OpenAPI document
	token     string       // that requests have; "": none
	secrets   map[string]string
}

// start returns a rig whose requests have a full token.
func start(t *testing.T, opts ...api.Option) *rig {
	t.Helper()
	return serve(t, idle(t), opts...)
}

// idle returns a scheduler that is not started, which knows the function noop.
func idle(t *testing.T, opts ...asyncz.Option) *asyncz.Scheduler {
	t.Helper()
	quiet := []asyncz.Option{
		asyncz.WithLogger(slog.New(slog.DiscardHandler)), asyncz.WithEncryptionKey(""),
	}
	s, err := asyncz.New(t.Context(), append(quiet, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

// serve returns a rig on a scheduler.
func serve(t *testing.T, s *asyncz.Scheduler, opts ...api.Option) *rig {
	t.Helper()
	return build(t, s, true, opts...)
}

// open returns a rig without authentication.
func open(t *testing.T, opts ...api.Option) *rig {
	t.Helper()
	return build(t, idle(t), false, opts...)
}

func build(t *testing.T, s *asyncz.Scheduler, authenticated bool, opts ...api.Option) *rig {
	t.Helper()
	r := &rig{t: t, scheduler: s, net: newNetwork(), secrets: map[string]string{}}
	var list []api.Token
	for name, role := range map[string]api.Role{"reader": api.ReadOnly, "full": api.Full, "expired": api.Full} {
		secret, token, err := api.NewToken(name, role)
		if err != nil {
			t.Fatal(err)
		}
		if name == "expired" {
			token.Expires = time.Now().Add(-time.Second)
		}
		r.secrets[name], list = secret, append(list, token)
	}
	tokens, err := api.NewTokens(list...)
	if err != nil {
		t.Fatal(err)
	}
	quiet := []api.Option{api.WithLogger(slog.New(slog.DiscardHandler))}
	if authenticated {
		r.token = r.secrets["full"]
		quiet = append(quiet, api.WithTokens(tokens))
	}
	if r.server, err = api.New(s, append(quiet, opts...)...); err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: r.server, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)} //nolint:gosec // a test
	ended := make(chan struct{})
	go func() { _ = srv.Serve(r.net); close(ended) }()
	transport := &http.Transport{DialContext: r.net.dial}
	r.http = &http.Client{Transport: checked{t, transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() {
		r.server.Close()
		_ = srv.Close()
		transport.CloseIdleConnections()
		<-ended
	})
	return r
}

// client is a client of the server.
func (r *rig) client(opts ...client.Option) *client.Client {
	r.t.Helper()
	c, err := client.New("http://localhost", append([]client.Option{client.WithHTTPClient(r.http), client.WithToken(r.token)}, opts...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// A reply is what a server answered.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// ask sends a request. Headers are given as "Name: value".
func (r *rig) ask(method, path, body string, headers ...string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply{r.t, resp.StatusCode, resp.Header, text}
}

// want fails the test unless the status is this one.
func (a reply) want(status int) reply {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// read decodes the body.
func (a reply) read(into any) reply {
	a.t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return a
}

// A problem is an error as it is told.
type problem struct {
	Type, Title, Detail string
	Status              int
	Errors              []struct {
		Location, Message string
		Value             any
	}
}

// problem fails the test unless the answer is one of this status, whose first error
// has this location; "" is any.
func (a reply) problem(status int, location string) problem {
	a.t.Helper()
	var p problem
	a.want(status).read(&p)
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		a.t.Errorf("a problem has the type %q", kind)
	}
	if p.Status != status || p.Title == "" || p.Detail == "" {
		a.t.Errorf("the problem does not tell its status, its title and its detail: %s", a.body)
	}
	if location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != location) {
		a.t.Errorf("the problem is not at %s: %s", location, a.body)
	}
	return p
}

const hourly = `{"type":"interval","hours":1}`

// add creates a task.
func (r *rig) add(id string) reply {
	r.t.Helper()
	return r.ask("POST", "/api/v1/tasks", fmt.Sprintf(`{"id":%q,"function":"noop","trigger":%s}`, id, hourly)).want(201)
}

// A network is one in memory.
type network struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
	mu     sync.Mutex
	from   string // the address that connections come from
}

func newNetwork() *network {
	return &network{conns: make(chan net.Conn), closed: make(chan struct{})}
}

type endpoint string

func (endpoint) Network() string  { return "memory" }
func (e endpoint) String() string { return string(e) }

type conn struct {
	net.Conn
	from endpoint
}

func (c conn) RemoteAddr() net.Addr { return c.from }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	n.mu.Lock()
	from := n.from
	n.mu.Unlock()
	if from == "" {
		from = "192.0.2.1:1234"
	}
	select {
	case n.conns <- conn{there, endpoint(from)}:
		return here, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { n.once.Do(func() { close(n.closed) }); return nil }
func (n *network) Addr() net.Addr { return endpoint("memory") }

// come makes further connections come from an address.
func (r *rig) come(from string) {
	r.net.mu.Lock()
	r.net.from = net.JoinHostPort(from, "1234")
	r.net.mu.Unlock()
	r.http.CloseIdleConnections()
}

// Functions that the tasks of the tests call.
var (
	_ = asyncz.Register("noop", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	_ = asyncz.Register("speak", func(ctx context.Context, in struct {
		Word string `json:"word"`
	}) (string, error) {
		fmt.Fprintln(asyncz.RunOutput(ctx), in.Word)
		asyncz.Logger(ctx).Info("said", "word", in.Word)
		return in.Word, nil
	})
)

// checked is a transport that holds each answer against the OpenAPI document.
type checked struct {
	t    *testing.T
	next http.RoundTripper
}

func (c checked) CloseIdleConnections() { c.next.(*http.Transport).CloseIdleConnections() }

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	op, documented := contract().operation(r)
	if !documented {
		if resp.StatusCode < 300 && r.Method != http.MethodHead && !slices.Contains(undocumented, r.URL.Path) {
			c.t.Errorf("%s %s is answered with %d, and the document does not have it", r.Method, r.URL, resp.StatusCode)
		}
		return resp, nil
	}
	contract().note(op, resp.StatusCode)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp, nil // it has no end
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	if err := contract().check(op, r, resp, body); err != nil {
		c.t.Errorf("%s %s: %d is not as the document says: %v\n%s", r.Method, r.URL, resp.StatusCode, err, body)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && wholeRun() {
		for _, gap := range contract().gaps() {
			fmt.Fprintln(os.Stderr, "FAIL: no test has seen the answer that the OpenAPI document has:", gap)
			code = 1
		}
	}
	os.Exit(code)
}
