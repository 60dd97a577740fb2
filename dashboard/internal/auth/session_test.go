package auth

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestALoginGivesACookieThatScriptsAndOtherSitesCanNotUse(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people()}))
	resp := b.login("olga", "password")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "./" {
		t.Fatalf("%s to %q", resp.Status, resp.Header.Get("Location"))
	}
	c := b.cookie()
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Value) != 43 {
		t.Fatalf("the cookie is %v", c)
	}
	if got := b.who(); got != "olga operator" {
		t.Fatalf("got %q", got)
	}
}

func TestUnderTLSTheCookieIsSecureAndBoundToTheHost(t *testing.T) {
	t.Parallel()
	a := must(t, Config{Users: people(), TrustedProxies: prefixes("10.0.0.0/8")})
	login := func(change func(*http.Request)) *http.Response {
		r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader("name=olga&password=password"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		change(r)
		w := httptest.NewRecorder()
		a.Wrap(greet).ServeHTTP(w, r)
		return w.Result()
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		secure bool
	}{
		"TLS":                         {func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, true},
		"a trusted proxy with TLS":    {func(r *http.Request) { r.RemoteAddr = "10.1.2.3:1"; r.Header.Set("X-Forwarded-Proto", "https") }, true},
		"a trusted proxy without TLS": {func(r *http.Request) { r.RemoteAddr = "10.1.2.3:1"; r.Header.Set("X-Forwarded-Proto", "http") }, false},
		"a liar":                      {func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1"; r.Header.Set("X-Forwarded-Proto", "https") }, false},
	} {
		resp := login(c.change)
		cookie := resp.Cookies()[0]
		if cookie.Secure != c.secure || strings.HasPrefix(cookie.Name, "__Host-") != c.secure {
			t.Errorf("%s: the cookie is %v", name, cookie)
		}
		if got := resp.Header.Get("Strict-Transport-Security") != ""; got != c.secure {
			t.Errorf("%s: Strict-Transport-Security: %v", name, got)
		}
	}
}

func TestASessionEndsWhenItWasNotUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Users: people(), Idle: time.Hour, Absolute: 24 * time.Hour})
		b := open(a)
		b.login("olga", "password")
		for range 3 {
			time.Sleep(time.Hour - time.Second)
			if got := b.who(); got != "olga operator" {
				t.Fatalf("used each hour the session has ended: %s", got)
			}
		}
		time.Sleep(time.Hour)
		if got := b.who(); got != "303 See Other" {
			t.Fatalf("unused for an hour the session goes on: %s", got)
		}
	})
}

func TestASessionEndsAtLastThoughItIsUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := open(must(t, Config{Users: people()}))
		b.login("olga", "password")
		began := time.Now()
		for b.who() == "olga operator" {
			time.Sleep(time.Hour)
		}
		if took := time.Since(began); took != 7*24*time.Hour {
			t.Fatalf("the session lasted %s", took)
		}
	})
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after time.Duration
		end   func(b *browser)
	}{
		"by logout": {time.Minute, func(b *browser) { time.Sleep(time.Minute); b.send("POST", "/logout", url.Values{}) }},
		"by age":    {24 * time.Hour, func(b *browser) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := must(t, Config{Users: people(), Idle: time.Hour, Absolute: 24 * time.Hour})
				b := open(a)
				b.login("olga", "password")
				began := time.Now()
				ended := make(chan time.Duration, 1)
				stream := *b
				stream.handler = a.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					<-r.Context().Done()
					ended <- time.Since(began)
				}))
				go stream.sendWith(t.Context(), "GET", "/events", nil)
				synctest.Wait()
				c.end(b)
				if got := <-ended; got < c.after || got > c.after+sweepEvery {
					t.Errorf("the stream ended after %s, not %s", got, c.after)
				}
			})
		})
	}
}

func TestALoginEndsTheSessionBeforeIt(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people()}))
	b.login("viktor", "password")
	old := *b.cookie()
	b.login("olga", "password")
	if b.cookie().Value == old.Value {
		t.Fatal("the id of the session stayed the same")
	}
	b.cookies = map[string]*http.Cookie{old.Name: &old}
	if got := b.who(); got != "303 See Other" {
		t.Fatalf("the session before lives on: %s", got)
	}
}

func TestALogoutEndsTheSessionOnTheServer(t *testing.T) {
	t.Parallel()
	var heard log
	b := open(must(t, Config{Users: people(), Audit: heard.hear}))
	b.login("olga", "password")
	kept := *b.cookie()
	resp := b.send("POST", "/logout", url.Values{})
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "./login" || b.cookie() != nil {
		t.Fatalf("%s to %q, cookie %v", resp.Status, resp.Header.Get("Location"), b.cookie())
	}
	b.cookies[kept.Name] = &kept
	if got := b.who(); got != "303 See Other" {
		t.Fatalf("the session lives on: %s", got)
	}
	if got := strings.Join(heard.actions(), ", "); got != "login olga, logout olga" {
		t.Fatalf("audited was %s", got)
	}
	if heard.events[0].From != "192.0.2.1" || heard.events[0].Detail != "operator" {
		t.Errorf("audited was %+v", heard.events[0])
	}
}

func TestALinkCanNotLogOut(t *testing.T) {
	t.Parallel()
	b := open(must(t, Config{Users: people()}))
	b.login("olga", "password")
	if resp := b.send("GET", "/logout", nil); resp.StatusCode != http.StatusMethodNotAllowed || b.who() != "olga operator" {
		t.Fatalf("GET /logout: %s, then %s", resp.Status, b.who())
	}
}

func TestTheServerKeepsNoIdOfASession(t *testing.T) {
	t.Parallel()
	a := must(t, Config{Users: people()})
	b := open(a)
	b.login("olga", "password")
	for key := range a.sessions.byID {
		if strings.Contains(b.cookie().Value, string(key[:])) {
			t.Fatal("the key in memory is the id")
		}
	}
	if _, _, _, ok := a.sessions.use(b.cookie().Value); !ok || len(a.sessions.byID) != 1 {
		t.Fatal("the session is not found")
	}
}

func TestAUserHasNoMoreThanFiftySessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Users: people()})
		olga, _ := a.accounts.find("olga")
		viktor, _ := a.accounts.find("viktor")
		others := a.sessions.begin(viktor)
		var ids []string
		for range maxSessions + 1 {
			ids = append(ids, a.sessions.begin(olga))
			time.Sleep(time.Second)
		}
		if len(a.sessions.byID) != maxSessions+1 {
			t.Errorf("%d sessions are kept", len(a.sessions.byID))
		}
		for i, id := range append(ids, others) {
			if _, _, _, ok := a.sessions.use(id); ok != (i != 0) {
				t.Errorf("session %d goes on: %v", i, ok)
			}
		}
	})
}

func TestSessionsThatEndedLeaveMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := must(t, Config{Users: people(), Idle: time.Hour})
		open(a).login("olga", "password")
		time.Sleep(time.Hour + sweepEvery)
		synctest.Wait()
		a.sessions.mu.Lock()
		defer a.sessions.mu.Unlock()
		if len(a.sessions.byID) != 0 || a.sessions.sweeping {
			t.Errorf("%d sessions are kept", len(a.sessions.byID))
		}
	})
}

func TestDashboardsOnOtherPortsAndPathsHaveCookiesOfTheirOwn(t *testing.T) {
	t.Parallel()
	a := must(t, Config{Users: people()})
	name := func(target, prefix string) (name string) {
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { name = a.cookieName(r) })
		http.StripPrefix(prefix, h).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil))
		return name
	}
	one := name("http://localhost:1/tasks", "")
	if one == name("http://localhost:2/tasks", "") || one == name("http://localhost:1/ops/tasks", "/ops") {
		t.Error("the cookies have the same name")
	}
	if one != name("http://localhost:1/runs?q=1", "") || name("http://localhost:1/ops/a", "/ops") != name("http://localhost:1/ops/", "/ops") {
		t.Error("on another page the cookie has another name")
	}
}
