package auth

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func prefixes(all ...string) (list []netip.Prefix) {
	for _, p := range all {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

func TestWithoutASessionTheUserIsSentToLogInAndBack(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people()}))
	b.handler = http.StripPrefix("/ops", b.handler)
	to := func(resp *http.Response) string {
		t.Helper()
		if resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("the answer is %s", resp.Status)
		}
		return resp.Header.Get("Location")
	}
	for target, want := range map[string]string{
		"/ops/":                   "./login?next=.%2F",
		"/ops/tasks?state=paused": "./login?next=.%2Ftasks%3Fstate%3Dpaused",
		"/ops/no/such/page":       "../.././login?next=.%2Fpage",
	} {
		if got := to(b.send("GET", target, nil)); got != want {
			t.Errorf("from %s to %s, not %s", target, got, want)
		}
	}
	page := body(b.send("GET", "/ops/login?next=.%2Ftasks%3Fstate%3Dpaused", nil))
	if !strings.Contains(page, `name="next" value="./tasks?state=paused"`) {
		t.Fatalf("the page is %s", page)
	}
	form := url.Values{"name": {"olga"}, "password": {"password"}, "next": {"./tasks?state=paused"}}
	if got := to(b.send("POST", "/ops/login", form)); got != "./tasks?state=paused" {
		t.Errorf("after the login to %s", got)
	}
	if got := to(b.send("GET", "/ops/login?next=runs", nil)); got != "./runs" {
		t.Errorf("who is logged in already is sent from the page to log in to %s", got)
	}
}

func TestPartsOfPagesAndStreamsAreNotSentToLogIn(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people()}))
	b.headers = map[string]string{"HX-Request": "true", "HX-Current-URL": "https://us.example/ops/tasks?page=2"}
	resp := b.send("GET", "/tasks", nil)
	if to := resp.Header.Get("HX-Redirect"); resp.StatusCode != http.StatusUnauthorized || to != "./login?next=.%2Ftasks%3Fpage%3D2" {
		t.Errorf("htmx: %s to %q", resp.Status, to)
	}
	b.headers = map[string]string{"Accept": "text/event-stream"}
	if resp := b.send("GET", "/events", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stream: %s", resp.Status)
	}
	b.headers = nil
	if resp := b.send("POST", "/tasks", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a write: %s", resp.Status)
	}
}

func TestAWrongPasswordAndAWrongNameLookTheSame(t *testing.T) {
	t.Parallel()
	var heard log
	b := open(must(t, Config{Users: people(), Audit: heard.hear}))
	one, two := b.login("olga", "guess"), b.login("igor", "password")
	if one.StatusCode != http.StatusForbidden || two.StatusCode != http.StatusForbidden ||
		body(one) != strings.ReplaceAll(body(two), "igor", "olga") || b.cookie() != nil {
		t.Errorf("%s and %s", one.Status, two.Status)
	}
	if got := strings.Join(heard.actions(), ", "); got != "login_failed olga, login_failed igor" {
		t.Errorf("audited was %s", got)
	}
}

func TestWhatIsEnteredIsEscapedAndCutShort(t *testing.T) {
	t.Parallel()
	var heard log
	b := open(must(t, Config{Users: people(), Audit: heard.hear}))
	page := body(b.login(`"><script>alert(1)</script>`+strings.Repeat("x", 1000), "password"))
	if strings.Contains(page, "<script") {
		t.Errorf("the page holds the script: %s", page)
	}
	if n := len(heard.events[0].User); n != maxName {
		t.Errorf("a name of %d bytes was audited", n)
	}
	if resp := b.login("olga", strings.Repeat("x", maxForm)); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a long form: %s", resp.Status)
	}
}

func TestViewersChangeNothing(t *testing.T) {
	t.Parallel()
	a := must(t, Config{Users: people()})
	viewer, operator := open(a), open(a)
	viewer.login("viktor", "password")
	operator.login("olga", "password")
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
		if resp := viewer.send(method, "/tasks", nil); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s of a viewer: %s", method, resp.Status)
		}
		if resp := operator.send(method, "/tasks", nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s of an operator: %s", method, resp.Status)
		}
	}
	var refused []string
	told := must(t, Config{Users: people(), Deny: func(_ http.ResponseWriter, r *http.Request, _ int, _ string) {
		refused = append(refused, UserFrom(r.Context()).Name+" from "+AddressFrom(r.Context()))
	}})
	b := open(told)
	b.send("POST", "/tasks", nil)
	b.login("viktor", "password")
	b.send("POST", "/tasks", nil)
	if want := []string{" from 192.0.2.1", "viktor from 192.0.2.1"}; !slices.Equal(refused, want) {
		t.Errorf("refused were %q, not %q", refused, want)
	}
	for b, want := range map[*browser]int{viewer: 403, operator: 200} {
		b.handler = a.Wrap(a.RequireOperator(greet))
		if resp := b.send("GET", "/edit", nil); resp.StatusCode != want {
			t.Errorf("a page for operators: %s, not %d", resp.Status, want)
		}
	}
	if resp := viewer.send("POST", "/logout", url.Values{}); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("a viewer can't log out: %s", resp.Status)
	}
}

func TestOtherSitesCanNotWrite(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people(), TrustedOrigins: []string{"https://portal.example"}}))
	b.login("olga", "password")
	for _, c := range []struct {
		headers map[string]string
		want    int
	}{
		{map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{map[string]string{"Origin": "https://evil.example"}, 403},
		{map[string]string{"Origin": "null"}, 403},
		{map[string]string{"Origin": "http://example.com"}, 200},
		{map[string]string{"Origin": "https://portal.example", "Sec-Fetch-Site": "cross-site"}, 200},
	} {
		b.headers = c.headers
		if resp := b.send("POST", "/tasks", nil); resp.StatusCode != c.want {
			t.Errorf("%v: %s, not %d", c.headers, resp.Status, c.want)
		}
	}
	b.headers = map[string]string{"Sec-Fetch-Site": "cross-site"}
	for _, path := range []string{"/login", "/logout"} {
		if resp := b.send("POST", path, url.Values{"name": {"viktor"}, "password": {"password"}}); resp.StatusCode != http.StatusForbidden {
			t.Errorf("another site may send to %s: %s", path, resp.Status)
		}
	}
	if got := b.who(); got != "olga operator" {
		t.Errorf("then the user is %s", got)
	}
}

func TestAllAnswersHaveTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people(), Public: func(r *http.Request) bool { return r.URL.Path == "/style.css" }}))
	for _, target := range []string{"/", "/login", "/logout", "/style.css"} {
		h := b.send("GET", target, nil).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"X-Frame-Options":         "DENY",
			"Referrer-Policy":         "same-origin",
			"Cache-Control":           "no-store",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		if h.Get("Permissions-Policy") == "" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: headers are missing in %v", target, h)
		}
	}
}

func TestAssetsNeedNoUserButWritesDo(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people(), Public: func(*http.Request) bool { return true }}))
	if resp := b.send("GET", "/style.css", nil); resp.StatusCode != http.StatusOK {
		t.Errorf("GET: %s", resp.Status)
	}
	if resp := b.send("POST", "/style.css", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("POST: %s", resp.Status)
	}
}

func TestAProxyIsBelievedFromListedAddressesOnly(t *testing.T) {
	t.Parallel()
	plain := &Proxy{}
	groups := &Proxy{UserHeader: "X-Auth-User", RoleHeader: "X-Auth-Groups", OperatorRoles: []string{"sre"}, ViewerRoles: []string{"staff"}}
	for _, c := range []struct {
		proxy   *Proxy
		from    string
		headers map[string]string
		want    string
	}{
		{plain, "10.0.0.5:1", map[string]string{"X-Forwarded-User": "olga"}, "olga viewer"},
		{plain, "[::ffff:10.0.0.5]:1", map[string]string{"X-Forwarded-User": "olga"}, "olga viewer"},
		{plain, "10.0.1.5:1", map[string]string{"X-Forwarded-User": "olga"}, "401 Unauthorized"},
		{plain, "10.0.1.5:1", map[string]string{"X-Forwarded-User": "olga", "X-Forwarded-For": "10.0.0.5"}, "401 Unauthorized"},
		{plain, "10.0.0.5:1", map[string]string{"X-Forwarded-User": ""}, "401 Unauthorized"},
		{plain, "10.0.0.5:1", nil, "401 Unauthorized"},
		{plain, "not an address", map[string]string{"X-Forwarded-User": "olga"}, "401 Unauthorized"},
		{&Proxy{DefaultRole: Operator}, "10.0.0.5:1", map[string]string{"X-Forwarded-User": "olga"}, "olga operator"},
		{groups, "10.0.0.5:1", map[string]string{"X-Auth-User": "olga", "X-Auth-Groups": "staff, sre"}, "olga operator"},
		{groups, "10.0.0.5:1", map[string]string{"X-Auth-User": "viktor", "X-Auth-Groups": "staff"}, "viktor viewer"},
		{groups, "10.0.0.5:1", map[string]string{"X-Auth-User": "igor", "X-Auth-Groups": "sales"}, "401 Unauthorized"},
		{groups, "10.0.0.5:1", map[string]string{"X-Auth-User": "igor"}, "401 Unauthorized"},
		{groups, "10.0.0.5:1", map[string]string{"X-Forwarded-User": "igor", "X-Auth-Groups": "sre"}, "401 Unauthorized"},
	} {
		b := open(must(t, Config{Proxy: c.proxy, TrustedProxies: prefixes("10.0.0.0/24")}))
		b.from, b.headers = c.from, c.headers
		if got := b.who(); got != c.want {
			t.Errorf("%s with %v: %q, not %q", c.from, c.headers, got, c.want)
		}
	}
}

func TestAProxyThatNamesTwoUsersNamesNobody(t *testing.T) {
	t.Parallel()
	p, _ := (&Proxy{}).complete(prefixes("10.0.0.0/24"))
	if u, ok := p.user(http.Header{"X-Forwarded-User": {"olga", "viktor"}}); ok {
		t.Errorf("it names %v", u)
	}
}

func TestTheAddressIsThatOfTheClient(t *testing.T) {
	t.Parallel()
	a := must(t, Config{Open: true, TrustedProxies: prefixes("10.0.0.0/24", "::1/128")})
	for _, c := range []struct{ from, forwarded, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.1", "192.0.2.1"}, // not our proxy
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "203.0.113.9, 198.51.100.1", "198.51.100.1"}, // the first is the client's own word
		{"[::1]:1", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1, nonsense", "10.0.0.1"},
		{"10.0.0.1:1", "10.0.0.2", "10.0.0.2"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		got := ""
		a.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = AddressFrom(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s, forwarded for %q: %s, not %s", c.from, c.forwarded, got, c.want)
		}
	}
}

func TestTheHostApplicationSaysWhoTheUserIs(t *testing.T) {
	t.Parallel()
	answer := func(u User, ok bool) string {
		return open(must(t, Config{Middleware: func(*http.Request) (User, bool) { return u, ok }})).who()
	}
	for got, want := range map[string]string{
		answer(User{"olga", Operator}, true):  "olga operator",
		answer(User{"olga", Operator}, false): "401 Unauthorized",
		answer(User{"olga", "root"}, true):    "401 Unauthorized",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestAStreamOfSomebodyElsesUserIsAskedForAgainEachHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Middleware: func(*http.Request) (User, bool) { return User{"olga", Operator}, true }})
		began := time.Now()
		b := open(a)
		b.handler = a.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		b.send("GET", "/events", nil)
		if took := time.Since(began); took != time.Hour {
			t.Errorf("it lasted %s", took)
		}
	})
}

func TestWithoutLoginEverybodyIsOperatorAndThereIsNoPageToLogIn(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Open: true}))
	if got := b.who(); got != "anonymous operator" {
		t.Errorf("the user is %s", got)
	}
	if got := body(b.send("GET", "/login", nil)); got != "anonymous operator" {
		t.Errorf("/login answers %s", got)
	}
}

func TestWithoutLoginASiteThatPointsItsNameHereIsRefused(t *testing.T) {
	t.Parallel()
	a := must(t, Config{Open: true, Hosts: []string{"ops.example"}})
	for _, c := range []struct {
		local, host string
		want        int
	}{
		{"127.0.0.1:8642", "localhost:8642", 200},
		{"127.0.0.1:8642", "LOCALHOST.", 200},
		{"127.0.0.1:8642", "127.0.0.1:8642", 200},
		{"127.0.0.1:8642", "dash.localhost", 200},
		{"[::1]:8642", "[::1]:8642", 200},
		{"[::1]:8642", "[::1]", 200},
		{"127.0.0.1:8642", "ops.example", 200},
		{"127.0.0.1:8642", "evil.example:8642", 421},
		{"[::1]:8642", "evil.example", 421},
		{"127.0.0.1:8642", "192.0.2.1", 421},
		{"127.0.0.1:8642", "notlocalhost", 421},
		{"192.0.2.1:8642", "anything.example", 200}, // no browser of this machine
	} {
		local := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.local))
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, local), "GET", "/", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		a.Wrap(greet).ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("on %s as %s: %d, not %d", c.local, c.host, w.Code, c.want)
		}
	}
}
