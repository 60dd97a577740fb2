package httpcall_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/go-asyncz/asyncz/httpcall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server for one test and returns its URL.
func serve(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func TestRunSendsTheRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "made\n")
	})
	res, err := httpcall.Run(t.Context(), httpcall.Args{
		Method:  "post",
		URL:     strings.Replace(url, "http://", "http://ada:p%40ss@", 1) + "/jobs?x=1",
		Headers: map[string]string{"Content-Type": "text/csv", "host": "jobs.example", "idempotency-key": "forged"},
		Body:    "a,b\n",
		Extra:   map[string]string{"Idempotency-Key": "nightly@2026-01-01"},
	})
	if err != nil || res.Status != 201 || res.Body != "made\n" || res.Truncated || res.Duration <= 0 {
		t.Fatalf("Run = %+v, %v", res, err)
	}
	user, password, _ := got.BasicAuth()
	for what, pair := range map[string][2]string{
		"method":          {got.Method, "POST"},
		"target":          {got.RequestURI, "/jobs?x=1"},
		"host":            {got.Host, "jobs.example"},
		"user":            {user, "ada"},
		"password":        {password, "p@ss"},
		"Content-Type":    {got.Header.Get("Content-Type"), "text/csv"},
		"Idempotency-Key": {strings.Join(got.Header["Idempotency-Key"], "|"), "nightly@2026-01-01"},
		"User-Agent":      {got.UserAgent(), "asyncz"},
		"body":            {body, "a,b\n"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("the server got the %s %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestRunJudgesTheStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expect string
		status int
		says   string // of the error; empty: there is none
	}{
		{"", 200, ""},
		{"", 204, ""},
		{"", 299, ""},
		{"", 404, "the status is 404 Not Found, expected 200-299: no such"},
		{"", 503, "the status is 503 Service Unavailable, expected 200-299: no such"},
		{"", 599, "the status is 599, expected 200-299: no such"},
		{"404", 404, ""},
		{"200-204, 404", 203, ""},
		{"200-204, 404", 205, "the status is 205 Reset Content, expected 200-204,404"},
		{"404", 200, "the status is 200 OK, expected 404: no such"},
	} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, "\n no such\nthing")
		})
		res, err := httpcall.Run(t.Context(), httpcall.Args{URL: url + "/health?token=hush", ExpectStatus: c.expect})
		if res.Status != c.status {
			t.Errorf("Run = %+v, want status %d", res, c.status)
		}
		switch {
		case c.says == "" && err != nil:
			t.Errorf("status %d, expected %q: %v", c.status, c.expect, err)
		case c.says != "" && (err == nil || !strings.HasPrefix(err.Error(), "GET "+url+"/health: "+c.says)):
			t.Errorf("status %d, expected %q: error %v, want … %s", c.status, c.expect, err, c.says)
		}
	}
}

func TestRunKeepsTheBeginningOfABody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sent, body string
		truncated  bool
	}{
		{strings.Repeat("x", 65536), strings.Repeat("x", 65536), false},
		{strings.Repeat("x", 65537), strings.Repeat("x", 65536), true},
		{strings.Repeat("x", 65535) + "é", strings.Repeat("x", 65535), true},
		{strings.Repeat("x", 65533) + "日日", strings.Repeat("x", 65533) + "日", true},
		{"caf\xe9", "caf\uFFFD", false},
	} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.sent) })
		res, err := httpcall.Run(t.Context(), httpcall.Args{URL: url})
		if err != nil || res.Body != c.body || res.Truncated != c.truncated {
			t.Errorf("of %d bytes %d were kept, truncated: %t, error %v", len(c.sent), len(res.Body), res.Truncated, err)
		}
	}
}

func TestRunDoesNotWaitForTheEndOfAnEndlessBody(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for line := strings.Repeat("x", 1023) + "\n"; ; {
			if _, err := io.WriteString(w, line); err != nil {
				return
			}
		}
	})
	res, err := httpcall.Run(t.Context(), httpcall.Args{URL: url})
	if err != nil || len(res.Body) != 65536 || !res.Truncated {
		t.Errorf("%d bytes, truncated: %t, error %v", len(res.Body), res.Truncated, err)
	}
}

func TestRunReportsABodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	res, err := httpcall.Run(t.Context(), httpcall.Args{URL: url})
	if !errors.Is(err, io.ErrUnexpectedEOF) || res.Status != 200 || res.Body != "half" {
		t.Errorf("Run = %+v, %v", res, err)
	}
}

func TestRunFollowsTheRedirectsOfAGet(t *testing.T) {
	t.Parallel()
	var seen http.Header
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		_, _ = io.WriteString(w, "other")
	})
	own := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/own":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/other":
			http.Redirect(w, r, other, http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			seen = r.Header
			_, _ = io.WriteString(w, "own")
		}
	})
	secret := map[string]string{"X-Api-Key": "hush", "Cookie": "hush"}
	extra := map[string]string{"Idempotency-Key": "t@1"}
	url := strings.Replace(own, "http://", "http://ada:hush@", 1)

	res, err := httpcall.Run(t.Context(), httpcall.Args{URL: url + "/own", Headers: secret, Extra: extra})
	if err != nil || res.Body != "own" {
		t.Errorf("on the same origin: %+v, %v", res, err)
	}
	for _, name := range []string{"Authorization", "X-Api-Key", "Cookie", "Idempotency-Key"} {
		if seen.Get(name) == "" {
			t.Errorf("%s got lost on the same origin", name)
		}
	}

	res, err = httpcall.Run(t.Context(), httpcall.Args{URL: url + "/other?q=hush", Headers: secret, Extra: extra})
	if err != nil || res.Body != "other" {
		t.Errorf("to another origin: %+v, %v", res, err)
	}
	for _, name := range []string{"Authorization", "X-Api-Key", "Cookie", "Idempotency-Key", "Referer"} {
		if v := seen.Get(name); v != "" {
			t.Errorf("the other origin got %s: %s", name, v)
		}
	}

	_, err = httpcall.Run(t.Context(), httpcall.Args{URL: url + "/loop"})
	if err == nil || !strings.Contains(err.Error(), "10 redirects") || strings.Contains(err.Error(), "hush") {
		t.Errorf("redirects without end: %v", err)
	}
}

func TestRunDoesNotRepeatAPostAfterARedirect(t *testing.T) {
	t.Parallel()
	calls := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	})
	res, err := httpcall.Run(t.Context(), httpcall.Args{URL: url, Method: "POST", Body: "x"})
	if err == nil || res.Status != 307 || calls != 1 {
		t.Errorf("Run = %+v, %v after %d calls", res, err, calls)
	}
	if _, err := httpcall.Run(t.Context(), httpcall.Args{URL: url, Method: "POST", ExpectStatus: "307"}); err != nil {
		t.Errorf("where the redirect was expected: %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the node stops")
	for name, write := range map[string]bool{"before the response": false, "within the body": true} {
		ctx, cancel := context.WithCancelCause(t.Context())
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if write {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
			}
			cancel(reason)
			<-r.Context().Done()
		})
		if res, err := httpcall.Run(ctx, httpcall.Args{URL: url}); !errors.Is(err, reason) {
			t.Errorf("%s: Run = %+v, %v", name, res, err)
		}
		if res, err := httpcall.Run(ctx, httpcall.Args{URL: url}); !errors.Is(err, reason) || res.Status != 0 {
			t.Errorf("%s, again: Run = %+v, %v", name, res, err)
		}
	}
}

func TestRunEndsAtItsTimeout(t *testing.T) {
	t.Parallel()
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := httpcall.Run(t.Context(), httpcall.Args{URL: url, Timeout: 0.05})
	if !errors.Is(err, httpcall.ErrTimeout) {
		t.Errorf("Run = %v, want ErrTimeout", err)
	}
}

func TestErrorsShowNoSecrets(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	headers := map[string]string{"Authorization": "Bearer hush"}
	for name, location := range map[string]string{
		"redirect to a closed port":    strings.Replace(closed.URL, "http://", "http://ada:hush@", 1) + "/?t=hush",
		"redirect to an unknown kind":  "gopher://ada:hush@example.invalid/?t=hush",
		"redirect that can't be read":  "http://ada:hush@example.invalid:port/?t=hush",
		"redirect with an odd address": "http://ada:hu sh@example.invalid/?t=hu sh",
	} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		url = strings.Replace(url, "http://", "http://ada:hush@", 1) + "/?t=hush#hush"
		_, err := httpcall.Run(t.Context(), httpcall.Args{URL: url, Headers: headers})
		if err == nil || strings.Contains(err.Error(), "hu") || strings.Contains(err.Error(), "ada") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	url := strings.Replace(closed.URL, "http://", "http://ada:hush@", 1) + "/?t=hush"
	_, err := httpcall.Run(t.Context(), httpcall.Args{URL: url, Headers: headers})
	if !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "GET "+closed.URL+"/: ") {
		t.Errorf("closed port: the error is %v", err)
	}
}

func TestRunRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	if res, err := httpcall.Run(t.Context(), httpcall.Args{URL: "ftp://x"}); !errors.Is(err, httpcall.ErrInvalid) || res.Status != 0 {
		t.Errorf("Run = %+v, %v", res, err)
	}
}
