package auth

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// The hash of "password" in test.c of the reference implementation of Argon2.
const hashOfPassword = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

func must(t testing.TB, c Config) *Auth {
	t.Helper()
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func people() []Account {
	return []Account{{"olga", Operator, hashOfPassword}, {"viktor", Viewer, hashOfPassword}}
}

// log keeps what is audited.
type log struct {
	mu     sync.Mutex
	events []Event
}

func (l *log) hear(_ context.Context, e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *log) actions() (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		all = append(all, e.Action+" "+e.User)
	}
	return all
}

// A browser keeps cookies and sends them.
type browser struct {
	handler http.Handler
	from    string
	headers map[string]string
	cookies map[string]*http.Cookie
}

// greet answers with the name of the user.
var greet = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	u := UserFrom(r.Context())
	io.WriteString(w, u.Name+" "+string(u.Role))
})

func open(a *Auth) *browser {
	return &browser{handler: a.Wrap(greet), from: "192.0.2.1:4000", headers: map[string]string{}, cookies: map[string]*http.Cookie{}}
}

func (b *browser) send(method, target string, form url.Values) *http.Response {
	return b.sendWith(context.Background(), method, target, form)
}

func (b *browser) sendWith(ctx context.Context, method, target string, form url.Values) *http.Response {
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	r.RemoteAddr = b.from
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.headers {
		r.Header.Set(name, value)
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	resp := w.Result()
	for _, c := range resp.Cookies() {
		if b.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return resp
}

func (b *browser) login(name, password string) *http.Response {
	return b.send("POST", "/login", url.Values{"name": {name}, "password": {password}})
}

func (b *browser) cookie() *http.Cookie {
	for _, c := range b.cookies {
		return c
	}
	return nil
}

// who asks for a page, and returns whom it greets, or the status.
func (b *browser) who() string {
	resp := b.send("GET", "/", nil)
	if resp.StatusCode != http.StatusOK {
		return resp.Status
	}
	return body(resp)
}

func body(resp *http.Response) string {
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}
