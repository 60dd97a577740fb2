// Package auth lets people into the dashboard and keeps others out: it tells
// who a user is and what he may do, keeps sessions, and sets the headers that
// make a browser careful.
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config says how users are known. At least one of Users, UsersFile, Middleware,
// Proxy and Open is needed. Of several the first that knows the user decides, in
// this order: proxy, middleware, session of a user who logged in.
type Config struct {
	Users []Account // who may log in with a password
	// UsersFile is a file of further users, see [ParseAccounts]. It is read again
	// when it changes; one that can't be read then leaves the users as they were.
	UsersFile string
	// Middleware asks the host application who sent a request.
	Middleware func(*http.Request) (User, bool)
	Proxy      *Proxy // headers of a trusted proxy say who sent a request
	// TrustedProxies are the addresses whose X-Forwarded-For, X-Forwarded-Proto and
	// headers of Proxy are believed.
	TrustedProxies []netip.Prefix
	// Open makes everybody an operator, without login.
	Open bool
	// Hosts are names under which an open dashboard on a loopback address may be
	// asked for, beside localhost: that of a proxy on the same machine.
	Hosts []string
	// TrustedOrigins are other origins, as https://host, whose pages may send writes.
	TrustedOrigins []string

	Idle     time.Duration // a session unused for so long ends; 0: 12 hours
	Absolute time.Duration // a session ends after this in any case; 0: 7 days

	// Public tells which reads need no user: those of assets.
	Public func(*http.Request) bool
	// Page writes the page to log in, with p.Status. nil: a plain page.
	Page func(w http.ResponseWriter, r *http.Request, p Page)
	// Deny writes why a request is refused. The context tells who sent it, where that
	// is known, and from which address. nil: plain text.
	Deny func(w http.ResponseWriter, r *http.Request, status int, message string)
	// Audit hears of logins and logouts, and returns before the user is answered.
	Audit  func(context.Context, Event)
	Logger *slog.Logger // nil: slog.Default()
}

// An Event is a login or a logout.
type Event struct {
	Action string // one of the Action constants
	User   string // as it was entered, at most 64 bytes
	From   string // the address
	Detail string
}

const (
	ActionLogin   = "login"
	ActionFailed  = "login_failed"
	ActionLimited = "login_limited" // too many attempts: told once, until one is allowed again
	ActionLogout  = "logout"
)

// Auth lets people in. Its methods are safe for concurrent use.
type Auth struct {
	open       bool
	middleware func(*http.Request) (User, bool)
	proxy      *Proxy
	trusted    []netip.Prefix
	hosts      []string
	origin     *http.CrossOriginProtection

	accounts *accounts // nil: nobody logs in here
	sessions *sessions
	limiter  *limiter
	hashing  chan struct{} // bounds the hashes computed at the same time

	public func(*http.Request) bool
	page   func(http.ResponseWriter, *http.Request, Page)
	deny   func(http.ResponseWriter, *http.Request, int, string)
	audit  func(context.Context, Event)
}

const (
	loginPath  = "/login"
	logoutPath = "/logout"
)

// New returns what lets people in as c says.
func New(c Config) (*Auth, error) {
	a := &Auth{
		open: c.Open, middleware: c.Middleware, trusted: c.TrustedProxies,
		limiter: newLimiter(), hashing: make(chan struct{}, maxHashing),
		public: c.Public, page: c.Page, deny: c.Deny, audit: c.Audit,
		origin: http.NewCrossOriginProtection(),
	}
	a.defaults()
	logins := len(c.Users) > 0 || c.UsersFile != ""
	switch known := logins || c.Middleware != nil || c.Proxy != nil; {
	case !known && !c.Open:
		return nil, errNobody
	case known && c.Open:
		return nil, errors.New("users are configured, and also that nobody needs to log in: decide for one")
	}
	if c.Idle < 0 || c.Absolute < 0 {
		return nil, fmt.Errorf("a session can't last %s unused and %s in all; 0 means the default", c.Idle, c.Absolute)
	}
	var err error
	if a.proxy, err = c.Proxy.complete(c.TrustedProxies); err != nil {
		return nil, err
	}
	for _, host := range c.Hosts {
		a.hosts = append(a.hosts, strings.ToLower(strings.TrimSuffix(host, ".")))
	}
	for _, origin := range c.TrustedOrigins {
		if err := a.origin.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trusted origin %q: %w", origin, err)
		}
	}
	if !logins {
		return a, nil
	}
	if a.accounts, err = newAccounts(c.Users, c.UsersFile, cmp.Or(c.Logger, slog.Default())); err != nil {
		return nil, err
	}
	a.sessions = &sessions{
		idle: cmp.Or(c.Idle, 12*time.Hour), absolute: cmp.Or(c.Absolute, 7*24*time.Hour),
		account: a.accounts.find, byID: make(map[[32]byte]*session),
	}
	return a, nil
}

func (a *Auth) defaults() {
	if a.public == nil {
		a.public = func(*http.Request) bool { return false }
	}
	if a.page == nil {
		a.page = plainPage
	}
	if a.deny == nil {
		a.deny = func(w http.ResponseWriter, _ *http.Request, status int, message string) {
			http.Error(w, message, status)
		}
	}
	if a.audit == nil {
		a.audit = func(context.Context, Event) {}
	}
}

// Wrap returns a handler that lets to next only who may: nobody without a user,
// unless Config.Public says so; no viewer who wants to change something (any
// method but GET, HEAD and OPTIONS); no write that a page of another origin
// sends. It answers /login and /logout itself. next finds the user in the
// context ([UserFrom]), which ends when the user's session does.
func (a *Auth) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.setHeaders(w, r)
		r = r.WithContext(WithAddress(r.Context(), a.client(r).String()))
		if a.rebound(r) {
			a.deny(w, r, http.StatusMisdirectedRequest, fmt.Sprintf("This dashboard has no login, and is not served as %q. Ask for it as localhost, or name the host in its configuration.", r.Host))
			return
		}
		if a.origin.Check(r) != nil {
			a.deny(w, r, http.StatusForbidden, "A page of another site sent this. It was refused.")
			return
		}
		switch {
		case a.accounts != nil && r.URL.Path == loginPath:
			a.login(w, r)
		case a.accounts != nil && r.URL.Path == logoutPath:
			a.logout(w, r)
		case safe(r.Method) && a.public(r):
			next.ServeHTTP(w, r)
		default:
			a.serve(w, r, next)
		}
	})
}

func (a *Auth) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	v, ctx, done, ok := a.identify(r)
	if !ok {
		a.refuse(w, r)
		return
	}
	defer done()
	r = r.WithContext(context.WithValue(ctx, visitKey{}, v))
	if !safe(r.Method) && !v.user.MayWrite() {
		a.deny(w, r, http.StatusForbidden, needsOperator)
		return
	}
	next.ServeHTTP(w, r)
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// refuse sends somebody without a user to the page to log in, if there is one.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request) {
	switch {
	case a.accounts == nil:
		a.deny(w, r, http.StatusUnauthorized, "You are not logged in.")
	case r.Header.Get("HX-Request") == "true":
		// htmx follows a redirection itself and would put the page to log in where a part
		// of a page goes. So the browser is told to go there, and to come back to its page.
		page, err := url.Parse(r.Header.Get("HX-Current-URL"))
		if err != nil {
			page = &url.URL{}
		}
		w.Header().Set("HX-Redirect", loginAddress(r, safeNext(here(page))))
		a.deny(w, r, http.StatusUnauthorized, "Your session has ended.")
	case r.Method == http.MethodGet && !strings.Contains(r.Header.Get("Accept"), "text/event-stream"):
		seeOther(w, loginAddress(r, safeNext(here(r.URL))))
	default:
		a.deny(w, r, http.StatusUnauthorized, "You are not logged in, or your session has ended.")
	}
}
