// Package client talks to a scheduler through its HTTP API. Its methods have the
// names and the shapes of those of [asyncz.Scheduler], so that a program can use
// either behind one interface:
//
//	c, err := client.New("https://scheduler.example:8642", client.WithToken(secret))
//	page, err := c.TaskPage(ctx, asyncz.Filter{State: asyncz.StatePaused})
//
// What the server refuses is a [*Problem], for which errors.Is answers as it does
// for the errors of a scheduler: asyncz.ErrNotFound, asyncz.ErrExists,
// asyncz.ErrConflict, asyncz.ErrTask and so on.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer is how much of an answer is read; more means that it is no answer of ours.
const maxAnswer = 64 << 20

// A Client talks to one server. It may be used by several goroutines at a time.
type Client struct {
	base      *url.URL
	token     string
	agent     string
	http      *http.Client
	plainText bool
}

// New returns a client of the server at this address, such as
// "https://scheduler.example:8642" or, where the API has a prefix,
// "https://example.com/asyncz". It does not connect yet.
//
// A token goes over https, or to this host; [WithPlainText] allows more.
func New(server string, opts ...Option) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("server: %q is not a URL such as https://scheduler.example:8642", u.Redacted())
	case u.User != nil:
		return nil, fmt.Errorf("server: %s has a user in it; the API knows tokens alone", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("server: %q has a query or a fragment; leave it out", u.Redacted())
	}
	c := &Client{base: u, http: &http.Client{}, agent: "asyncz-client"}
	for _, o := range opts {
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if c.token != "" && u.Scheme == "http" && !c.plainText && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("server: the token would go to %s for all to read; use https, or allow it by WithPlainText", u.Host)
	}
	if c.http.CheckRedirect == nil { // a redirect would take the token along, or turn a write into a read
		c.http = withoutRedirects(c.http)
	}
	return c, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func withoutRedirects(h *http.Client) *http.Client {
	changed := *h
	changed.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &changed
}

// A call is one request, and into what its answer is read.
type call struct {
	method string
	path   []string // below /api/v1; each element is escaped
	query  url.Values
	header http.Header
	body   []byte
	into   any // nil: the body of the answer does not matter
}

// do sends a request and reads its answer.
func (c *Client) do(ctx context.Context, r call) error {
	resp, err := c.send(ctx, r, "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: the answer broke off: %w", c.base.Host, err)
	case len(body) > maxAnswer:
		return fmt.Errorf("%s: the answer is longer than %d bytes", c.base.Host, maxAnswer)
	case resp.StatusCode >= 300:
		return c.problem(resp, body)
	case r.into == nil:
		return nil
	}
	if err := json.Unmarshal(body, r.into); err != nil {
		return fmt.Errorf("%s does not answer as the API of asyncz does: %w", c.base.Host, err)
	}
	return nil
}

// send sends a request; the body of the answer is the caller's to close.
func (c *Client) send(ctx context.Context, r call, accept string) (*http.Response, error) {
	u := c.base.JoinPath("api", "v1")
	escaped := u.EscapedPath()
	for _, p := range r.path {
		escaped += "/" + escape(p)
	}
	var err error
	if u.Path, err = url.PathUnescape(escaped); err != nil {
		return nil, err
	}
	u.RawPath = escaped
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", c.agent)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var u *url.Error // its text has the whole URL, which says nothing to people
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("server %s: %w", c.base.Host, err)
	}
	return resp, nil
}

// escape writes an element of a path. Dots alone would be taken for a way up.
func escape(s string) string {
	if strings.Trim(s, ".") == "" {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}

// problem reads the answer to a request that was refused.
func (c *Client) problem(resp *http.Response, body []byte) error {
	p := &Problem{Server: c.base.Host, Status: resp.StatusCode, Title: http.StatusText(resp.StatusCode)}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "application/problem+json" {
		_ = json.Unmarshal(body, p) // what can't be read leaves the status, which tells enough
	}
	if p.Detail == "" && resp.StatusCode < 400 {
		p.Detail = "it sends us elsewhere, to " + resp.Header.Get("Location") + "; name that server"
	}
	return p
}
