package dashboard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// The hash of "password" in test.c of the reference implementation of Argon2: it is cheap.
const hashOfPassword = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

// Who sends a request.
const (
	nobody      = iota
	viewer      // with a session
	operator    // with a session
	forged      // with a cookie that was made up
	expired     // with the cookie of a session that has ended
	crossOrigin // an operator whose browser shows a page of another site
	whoever
)

var whos = [whoever]string{"nobody", "a viewer", "an operator", "a wrong cookie", "an expired session", "another origin"}

// authorisation says what each route answers to whom. A route without a row fails
// the test.
var authorisation = []struct {
	route  string
	target string
	form   string
	want   [whoever]int
}{
	//                                           nobody viewer operator forged expired cross
	{"GET /{$}", "/", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /tasks", "/tasks", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /task", "/task?store=default&id=t", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /task-new", "/task-new", "", [...]int{303, 403, 200, 303, 303, 200}},
	{"POST /task-new", "/task-new", "as=json&json=%7B%22function%22%3A%22f%22%2C%22trigger%22%3A%7B%22type%22%3A%22interval%22%2C%22hours%22%3A1%7D%7D&store=default&step=preview", [...]int{401, 403, 200, 401, 401, 403}},
	{"GET /task-edit", "/task-edit?store=default&id=t", "", [...]int{303, 403, 200, 303, 303, 200}},
	{"POST /task-edit", "/task-edit?store=default&id=t", "as=json&json=%7B%7D&base=%7B%7D&step=edit", [...]int{401, 403, 200, 401, 401, 403}},
	{"POST /act", "/act", "action=pause&pick=store%3Ddefault%26id%3Dt", [...]int{401, 403, 303, 401, 401, 403}},
	{"GET /runs", "/runs", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /run", "/run?store=default&id=RUN", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /timeline", "/timeline", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /nodes", "/nodes", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /stores", "/stores", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /events", "/events", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /audit", "/audit", "", [...]int{303, 200, 200, 303, 303, 200}},
	{"GET /live", "/live", "", [...]int{401, 200, 200, 401, 401, 200}},
	{"GET /assets/{name}", "/assets/APP.CSS", "", [...]int{200, 200, 200, 200, 200, 200}},
	{"GET /", "/no-such-page", "", [...]int{303, 404, 404, 303, 303, 404}},
	{"GET /login", "/login", "", [...]int{200, 303, 303, 200, 200, 303}},
	{"POST /login", "/login", "name=olga&password=guess", [...]int{403, 403, 403, 403, 403, 403}},
	{"GET /logout", "/logout", "", [...]int{405, 405, 405, 405, 405, 405}},
	{"POST /logout", "/logout", "", [...]int{303, 303, 303, 303, 303, 403}}, // the last: it ends the sessions
}

func TestEachRouteAnswersOnlyThoseWhoMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, run := guarded(t)
		rows := map[string]bool{}
		for _, row := range authorisation {
			rows[row.route] = true
		}
		for _, r := range d.table() {
			if !rows[r.pattern] {
				t.Errorf("the route %q has no row: say who may use it", r.pattern)
			}
		}
		sheet, err := d.assets.link("app.css")
		if err != nil {
			t.Fatal(err)
		}
		fill := strings.NewReplacer("RUN", url.QueryEscape(run), "/assets/APP.CSS", "/"+sheet)
		cookies := sessionsOf(t, d)
		for _, row := range authorisation {
			method, _, _ := strings.Cut(row.route, " ")
			for who, want := range row.want {
				r := request(t, method, fill.Replace(row.target), row.form)
				if c := cookies[who]; c != nil {
					r.AddCookie(c)
				}
				if who == crossOrigin {
					r.Header.Set("Sec-Fetch-Site", "cross-site")
					r.Header.Set("Origin", "https://evil.example")
				}
				if got := respond(d, r); got.Code != want {
					t.Errorf("%s to %s: %d, not %d", row.route, whos[who], got.Code, want)
				} else if got.Header().Get("Content-Security-Policy") == "" {
					t.Errorf("%s to %s: no content security policy", row.route, whos[who])
				}
			}
		}
	})
}

// guarded is a dashboard with two users, of a scheduler with one task that has run.
func guarded(t *testing.T) (d *Dashboard, run string) {
	t.Helper()
	var fs asyncz.Functions
	f := asyncz.RegisterIn(&fs, "f", func(context.Context, struct{}) (any, error) { return nil, nil })
	s, err := asyncz.New(t.Context(), asyncz.WithFunctions(&fs))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Shutdown(context.WithoutCancel(t.Context())) })
	ended := make(chan string, 1)
	asyncz.On(s, func(e asyncz.RunEnded) { ended <- e.Run.ID() })
	if _, err := s.Add(t.Context(), f.With(struct{}{}), trigger.MustEvery(1000*time.Hour), asyncz.ID("t")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunTask(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	run = <-ended
	d, err = New(s, WithUsers(Account{Name: "olga", Role: Operator, Hash: hashOfPassword}, Account{Name: "viktor", Role: Viewer, Hash: hashOfPassword}), WithSession(time.Minute, time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, run
}

// sessionsOf returns the cookie with which each sends his requests.
func sessionsOf(t *testing.T, d *Dashboard) (cookies [whoever]*http.Cookie) {
	t.Helper()
	login := func(name string) *http.Cookie {
		w := respond(d, request(t, http.MethodPost, "/login", "name="+name+"&password=password"))
		for _, c := range w.Result().Cookies() {
			return c
		}
		t.Fatalf("%s can't log in: %d %s", name, w.Code, w.Body)
		return nil
	}
	cookies[expired] = login("olga")
	time.Sleep(time.Minute)
	cookies[viewer], cookies[operator], cookies[crossOrigin] = login("viktor"), login("olga"), login("olga")
	wrong := *cookies[operator]
	wrong.Value = strings.Repeat("A", len(wrong.Value))
	cookies[forged] = &wrong
	return cookies
}

func request(t *testing.T, method, target, form string) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if target == "/live" {
		r.Header.Set("Accept", "text/event-stream")
	}
	return r
}

// respond returns what the dashboard answers; a stream ends when it begins.
func respond(d *Dashboard, r *http.Request) *httptest.ResponseRecorder {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	w := httptest.NewRecorder()
	d.ServeHTTP(flushed{w, cancel}, r.WithContext(ctx))
	return w
}

type flushed struct {
	*httptest.ResponseRecorder
	then func()
}

func (f flushed) Flush() {
	f.ResponseRecorder.Flush()
	f.then()
}
