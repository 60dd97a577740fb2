package dashboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/html"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// bubble runs a test in which time passes only while everybody waits. It begins
// at midnight UTC of 1 January 2000.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

// A house is a scheduler with its dashboard, and somebody who looks at it.
type house struct {
	t       *testing.T
	s       *asyncz.Scheduler
	d       *dashboard.Dashboard
	handler http.Handler // where the dashboard is mounted
	base    string       // before the paths of pages
	user    string
	role    dashboard.Role
	cookies map[string]string
	htmx    bool
}

type args struct {
	Days int    `json:"days,omitempty"`
	Fail string `json:"fail,omitempty"`
	Wait bool   `json:"wait,omitempty"`
}

func functions() *asyncz.Functions {
	fs := &asyncz.Functions{}
	asyncz.RegisterIn(fs, "cleanup", func(ctx context.Context, a args) (map[string]int, error) {
		asyncz.Logger(ctx).Info("cleaning", "days", a.Days)
		_, _ = asyncz.RunOutput(ctx).Write([]byte("three files\n"))
		if a.Wait {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		if a.Fail == "panic" {
			panic("out of range")
		}
		if a.Fail != "" {
			return nil, errors.New(a.Fail)
		}
		return map[string]int{"removed": 3}, nil
	})
	return fs
}

// bytesOnly is a memory store without its optional parts: what it keeps are
// bytes, so that it can hold a record that nobody can read.
type bytesOnly struct{ store.Store }

// newBytes returns an empty one.
func newBytes() bytesOnly { return bytesOnly{memstore.New()} }

func newGet(t *testing.T, target string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
}

// open returns a house whose scheduler has not been started.
func open(t *testing.T, opts ...asyncz.Option) *house {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	s, err := asyncz.New(t.Context(), append([]asyncz.Option{asyncz.WithLogger(quiet), asyncz.WithEncryptionKey(""), asyncz.WithFunctions(functions())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, s: s, user: "olga", role: dashboard.Operator, cookies: map[string]string{}}
	h.d, err = dashboard.New(s, dashboard.WithLogger(quiet), dashboard.WithHostAuth(func(*http.Request) (string, dashboard.Role, bool) {
		return h.user, h.role, h.user != ""
	}))
	if err != nil {
		t.Fatal(err)
	}
	h.handler = h.d
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // runs that wait are broken off
	})
	t.Cleanup(func() { _ = h.d.Close() })
	return h
}

func (h *house) start() {
	h.t.Helper()
	if err := h.s.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) add(id string, when trigger.Trigger, a args, opts ...asyncz.TaskOption) asyncz.Task {
	h.t.Helper()
	task, err := h.s.Add(h.t.Context(), asyncz.Named("cleanup", a), when, append(opts, asyncz.ID(id))...)
	if err != nil {
		h.t.Fatal(err)
	}
	return task
}

// spoil puts a record that nobody can read into a store.
func spoil(t *testing.T, s store.Store, id string) {
	t.Helper()
	if err := s.Add(t.Context(), store.Record{ID: id, Due: time.Now().Add(time.Hour), Executor: "default", Data: []byte("no task")}); err != nil {
		t.Fatal(err)
	}
}

func hourly() trigger.Trigger { return trigger.MustEvery(time.Hour) }

// An answer is what the dashboard answered.
type answer struct {
	t      *testing.T
	Code   int
	Header http.Header
	Body   string
}

func (h *house) get(page string) answer {
	h.t.Helper()
	return h.send(httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, h.base+"/"+strings.TrimPrefix(page, "./"), nil))
}

func (h *house) post(page string, pairs ...string) answer {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, h.base+"/"+page, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(r)
}

func (h *house) send(r *http.Request) answer {
	h.t.Helper()
	for name, value := range h.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if h.htmx {
		r.Header.Set("HX-Request", "true")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if h.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(h.cookies, c.Name)
		}
	}
	return answer{h.t, w.Code, w.Header(), w.Body.String()}
}

func (a answer) is(code int) answer {
	a.t.Helper()
	if a.Code != code {
		a.t.Fatalf("got %d, not %d: %s", a.Code, code, text(a.Body))
	}
	return a
}

func (a answer) has(parts ...string) answer {
	a.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text(a.Body), p) {
			a.t.Errorf("the page does not say %q but:\n%s", p, text(a.Body))
		}
	}
	return a
}

func (a answer) hasNot(parts ...string) answer {
	a.t.Helper()
	for _, p := range parts {
		if strings.Contains(text(a.Body), p) {
			a.t.Errorf("the page says %q:\n%s", p, text(a.Body))
		}
	}
	return a
}

var spaces = regexp.MustCompile(`\s+`)

// text is what a page says, without its markup.
func text(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(spaces.ReplaceAllString(b.String(), " "))
		case html.TextToken:
			b.Write(z.Text())
			b.WriteByte(' ')
		}
	}
}

// elements are those of a page, in order.
func elements(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// fields are what the form of a page would send, without its buttons.
func fields(t *testing.T, page string) map[string]string {
	t.Helper()
	m := map[string]string{}
	for _, n := range elements(t, page) {
		name := attr(n, "name")
		switch n.Data {
		case "input":
			if kind := attr(n, "type"); kind == "checkbox" && !has(n, "checked") {
				continue
			}
			m[name] = attr(n, "value")
		case "textarea":
			if n.FirstChild != nil {
				m[name] = n.FirstChild.Data
			} else {
				m[name] = ""
			}
		case "select":
			for o := range n.Descendants() {
				if o.Data == "option" && (has(o, "selected") || m[name] == "" && !hasKey(m, name)) {
					m[name] = attr(o, "value")
					if !has(o, "value") && o.FirstChild != nil {
						m[name] = o.FirstChild.Data
					}
				}
			}
		}
	}
	return m
}

func hasKey(m map[string]string, k string) bool { _, ok := m[k]; return ok }

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// again sends the form of a page with some fields changed.
func (h *house) again(page, form string, pairs ...string) answer {
	h.t.Helper()
	m := fields(h.t, form)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	var all []string
	for k, v := range m {
		all = append(all, k, v)
	}
	return h.post(page, all...)
}

func (h *house) audits() []asyncz.AuditEntry {
	h.t.Helper()
	page, err := h.s.Audit(h.t.Context(), asyncz.AuditFilter{})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Entries
}

func (h *house) task(id string) asyncz.Task {
	h.t.Helper()
	task, err := h.s.Task(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return task
}

func (h *house) gone(id string) bool {
	_, err := h.s.Task(h.t.Context(), id)
	return errors.Is(err, asyncz.ErrNotFound)
}

func told(t *testing.T, a answer) string {
	t.Helper()
	var m map[string]struct{ Kind, Text string }
	if err := json.Unmarshal([]byte(a.Header.Get("HX-Trigger")), &m); err != nil {
		t.Fatalf("%q: %v", a.Header.Get("HX-Trigger"), err)
	}
	return m["asyncz:told"].Kind + ": " + m["asyncz:told"].Text
}
