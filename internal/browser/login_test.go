package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/dashboard"
)

// The hash of "password" in test.c of the reference implementation of Argon2: it is cheap.
const hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

func (p *page) login(name string) {
	p.t.Helper()
	p.fill("Name", name)
	p.fill("Password", "password")
	p.click("button", "Sign in")
}

var users = dashboard.WithUsers(
	dashboard.Account{Name: "olga", Role: dashboard.Operator, Hash: hash},
	dashboard.Account{Name: "viktor", Role: dashboard.Viewer, Hash: hash})

func TestALoginLeadsToThePageThatWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, users)
	s.add(s.work.sum.With(sumArgs{}), "sum")
	p := s.visit("tasks?q=sum", desktop)
	p.at("login?next=")
	p.allow("403") // the answer to a wrong password
	p.fill("Name", "olga")
	p.fill("Password", "guess")
	p.click("button", "Sign in")
	p.see("[role=alert]", "The name or the password is wrong.")
	p.login("olga")
	p.at("tasks?q=sum")
	p.see(titles, "sum")
	p.see("#link", "live")
	p.see(".side-foot", "olga · operator")

	p.click("button", "Sign out")
	p.at("login")
	p.open("tasks")
	p.at("login?next=")
}

func TestAViewerSeesEverythingAndIsOfferedNothingToChange(t *testing.T) {
	t.Parallel()
	s := populated(t, newSite(t, users))
	p := s.visit("", desktop)
	p.login("viktor")
	p.see("h1", "Overview")
	p.loaded()
	for _, page := range pages {
		if strings.HasPrefix(page.Name, "task-") {
			continue
		}
		p.open(page.Address)
		p.see("h1", page.Title)
		offered := words(p, "main form button, main a.button, main input[type=checkbox]")
		if len(offered) > 1 || offered[0] != "" {
			t.Errorf("%s offers a viewer %q", page.Name, offered)
		}
	}
	p.allow("403") // the answer to what only operators may see
	p.open("task-new")
	p.see("[role=alert]", "viewer")
}

func TestALogoutInOneTabEndsTheOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, users)
	p := s.visit("", desktop)
	p.login("olga")
	p.see("#link", "live")
	other := p.another("tasks", desktop)
	other.see("#link", "live")
	other.allow("401") // what a page is answered whose session has ended
	p.allow("401")
	p.click("button", "Sign out")
	p.at("login")
	other.at("login?next=")
}

func TestTheDashboardWorksBelowAPathAndBehindAProxyThatTakesItAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{[]int{1}}), "sum")
	back, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(back)
		r.SetXForwarded()
	}}
	mux := http.NewServeMux()
	mux.Handle("/ops/tasks-of-us/", http.StripPrefix("/ops/tasks-of-us", proxy))
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	t.Cleanup(front.CloseClientConnections)
	p := visit(t, front.URL+"/ops/tasks-of-us/", "", desktop)
	p.see("#link", "live")
	p.click("nav a", "Tasks")
	p.at("/ops/tasks-of-us/tasks")
	p.click("#live a", "sum")
	p.see("h1", "sum")
	p.click("button", "Run now")
	p.see(".tile", "executed")
	p.click("button", "Remove")
	p.click("dialog[open] button", "Remove")
	p.at("/ops/tasks-of-us/tasks")
	p.see(".none", "There is no task yet")
}
