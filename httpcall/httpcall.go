// Package httpcall makes an HTTP request as a task: a ping, a web hook, a call
// that starts work elsewhere.
//
// [Run] has the shape of a task's function and [Args] of its arguments, so that
// a scheduler can register it like any other.
package httpcall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// BodyLimit is how much of a response's body is kept, in bytes.
const BodyLimit = 64 << 10

// DefaultTimeout is how long a call may take when its arguments don't say.
const DefaultTimeout = 30 * time.Second

// ErrTimeout is the cause of the end of a call that took longer than
// [Args.Timeout].
var ErrTimeout = errors.New("no complete response within the timeout")

// A Result is what is known of a call that has ended.
type Result struct {
	// Status is the response's status code; 0 when there was no response.
	Status int `json:"status"`
	// Body is the beginning of the response's body: the first [BodyLimit] bytes.
	// What is not UTF-8 is replaced.
	Body string `json:"body"`
	// Truncated says that the body went on after Body.
	Truncated bool `json:"truncated,omitempty"`
	// Duration is the time from start to end, in seconds.
	Duration float64 `json:"duration"`
}

// summaryLen is how much of the body is in a summary, in bytes.
const summaryLen = 1 << 10

// Summary returns the result with the first KiB of its body.
func (r Result) Summary() any {
	if len(r.Body) > summaryLen {
		r.Body, r.Truncated = strings.ToValidUTF8(r.Body[:summaryLen], ""), true
	}
	return r
}

// transport keeps no connection open between calls: most servers have closed
// one by the time of a task's next run.
var transport = func() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
	return t
}()

var client = &http.Client{Transport: transport, CheckRedirect: checkRedirect}

// Run makes a call, and returns an error unless the response's status is one of
// [Args.ExpectStatus]. The error says what came instead; the result is complete
// in either case. When ctx ends first, the error wraps its cause.
//
// A GET or HEAD follows up to ten redirects, but never from https to http. A
// redirect to another origin gets none of the headers and no credentials of the
// call. Any other method follows none: the redirect itself is the response.
//
// Proxies are those of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).
// Errors show neither the URL's user, password, query and fragment nor headers.
func Run(ctx context.Context, a Args) (Result, error) {
	var res Result
	if err := a.Validate(); err != nil {
		return res, err
	}
	if ctx.Err() != nil {
		return res, fmt.Errorf("%s was not sent: %w", a.name(), context.Cause(ctx))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, a.timeout(), ErrTimeout)
	defer cancel()
	req, err := a.request(ctx)
	if err != nil {
		return res, fmt.Errorf("%s: %s", a.name(), clean(err))
	}
	start := time.Now()
	err = call(req, &res)
	res.Duration = time.Since(start).Seconds()
	switch {
	case ctx.Err() != nil && err != nil:
		return res, fmt.Errorf("%s: %w", a.name(), context.Cause(ctx))
	case err != nil:
		return res, fmt.Errorf("%s: %w", a.name(), err)
	}
	return res, a.judge(res)
}

// call sends the request and reads as much of the response as is kept.
func call(req *http.Request, res *Result) error {
	resp, err := client.Do(req)
	if err != nil {
		return failure{err}
	}
	defer func() { _ = resp.Body.Close() }()
	res.Status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, BodyLimit+1))
	if len(body) > BodyLimit {
		body, res.Truncated = wholeRunes(body[:BodyLimit]), true
	}
	res.Body = strings.ToValidUTF8(string(body), "\uFFFD")
	if err != nil {
		return fmt.Errorf("status %d, but the body broke off: %w", resp.StatusCode, failure{err})
	}
	return nil
}

// wholeRunes takes off the beginning of a character that the cut went through.
func wholeRunes(b []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

// judge returns an error when the status isn't one of those expected.
func (a Args) judge(res Result) error {
	want, err := parseStatuses(a.ExpectStatus)
	if err != nil || want.contain(res.Status) {
		return err
	}
	line := ""
	if text := firstLine(res.Body); text != "" {
		line = ": " + text
	}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", res.Status, http.StatusText(res.Status)))
	return fmt.Errorf("%s: the status is %s, expected %s%s", a.name(), status, want, line)
}

// firstLine returns the first line that holds something, shortened.
func firstLine(text string) string {
	const most = 200
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	r := []rune(strings.TrimSpace(line))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}
