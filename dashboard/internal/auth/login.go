package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxHashing bounds the hashes computed at once, each with 64 MiB and four threads,
	// and hashWait how long a login waits for its turn.
	maxHashing = 2
	hashWait   = 10 * time.Second

	maxForm = 16 << 10
)

// Page is what the page to log in shows. Its form sends name, password and next
// to "login", by POST.
type Page struct {
	Next, Name string
	Message    string // why the login before failed
	Status     int    // of the response
}

func (a *Auth) login(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		next := safeNext(r.URL.Query().Get("next"))
		if _, _, done, ok := a.identify(r); ok {
			done()
			seeOther(w, next)
			return
		}
		a.page(w, r, Page{Next: next, Status: http.StatusOK})
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			a.deny(w, r, http.StatusBadRequest, "The form is not complete, or too long.")
			return
		}
		a.attempt(w, r, Page{Next: safeNext(r.PostForm.Get("next")), Name: r.PostForm.Get("name")}, r.PostForm.Get("password"))
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		a.deny(w, r, http.StatusMethodNotAllowed, "The page to log in takes GET and POST.")
	}
}

// attempt logs in the user whom p names, or shows the page again.
func (a *Auth) attempt(w http.ResponseWriter, r *http.Request, p Page, password string) {
	address := a.client(r)
	tell := func(action, detail string) {
		a.audit(r.Context(), Event{Action: action, User: shorten(p.Name), From: address.String(), Detail: detail})
	}
	again := func(status int, message string) {
		p.Status, p.Message = status, message
		a.page(w, r, p)
	}
	if wait, first := a.limiter.allow(address, shorten(p.Name)); wait > 0 {
		if first {
			tell(ActionLimited, "too many attempts")
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		again(http.StatusTooManyRequests, "Too many attempts. Try again in a minute.")
		return
	}
	account, exists := a.accounts.find(p.Name)
	right, ok := a.matches(r.Context(), account, password)
	switch {
	case !ok:
		w.Header().Set("Retry-After", "10")
		again(http.StatusServiceUnavailable, "Too many people log in right now. Try again in a moment.")
	case !right || !exists:
		tell(ActionFailed, "")
		again(http.StatusForbidden, "The name or the password is wrong.")
	default:
		a.limiter.succeeded(address, account.Name)
		if old, err := r.Cookie(a.cookieName(r)); err == nil {
			a.sessions.finish(old.Value)
		}
		a.setCookie(w, r, a.sessions.begin(account), 0)
		tell(ActionLogin, string(account.Role))
		seeOther(w, p.Next)
	}
}

// matches compares the password with that of the account when its turn comes; ok
// is false if that took too long.
func (a *Auth) matches(ctx context.Context, account *account, password string) (right, ok bool) {
	if account == nil || len(password) > maxPassword {
		return false, true
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
		return account.hash.matches(password), true
	case <-ctx.Done():
		return false, false
	}
}

func (a *Auth) logout(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		a.deny(w, r, http.StatusMethodNotAllowed, "To log out takes POST.")
		return
	}
	if cookie, err := r.Cookie(a.cookieName(r)); err == nil {
		if name, ok := a.sessions.finish(cookie.Value); ok {
			a.audit(r.Context(), Event{Action: ActionLogout, User: name, From: AddressFrom(r.Context())})
		}
	}
	a.setCookie(w, r, "", -1)
	const to = "./login"
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	seeOther(w, to)
}

// setCookie keeps the id of the session in the browser until it is closed, or
// takes it out with an age of -1.
func (a *Auth) setCookie(w http.ResponseWriter, r *http.Request, id string, age int) {
	//nolint:gosec // Secure is set wherever the browser would keep it
	http.SetCookie(w, &http.Cookie{
		Name: a.cookieName(r), Value: id, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: a.secure(r), SameSite: http.SameSiteLaxMode,
	})
}

// cookieName tells dashboards apart that a browser gives the same cookies: those
// on other ports of a host, and below other paths. __Host- has the browser
// refuse a cookie that anybody but this host set, or over plain HTTP.
func (a *Auth) cookieName(r *http.Request) string {
	asked, _, _ := strings.Cut(r.RequestURI, "?")
	sum := sha256.Sum256([]byte(r.Host + "\n" + strings.TrimSuffix(asked, r.URL.Path)))
	name := "asyncz-" + hex.EncodeToString(sum[:4])
	if a.secure(r) {
		return "__Host-" + name
	}
	return name
}

func shorten(name string) string {
	if len(name) > maxName {
		return name[:maxName]
	}
	return name
}

var plain = template.Must(template.New("login").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Log in</title></head>
<body><main><h1>Log in</h1>{{with .Message}}<p role="alert">{{.}}</p>{{end}}
<form method="post" action="login"><input type="hidden" name="next" value="{{.Next}}">
<p><label>Name <input name="name" value="{{.Name}}" autocomplete="username" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Log in</button></p></form></main></body></html>
`))

func plainPage(w http.ResponseWriter, _ *http.Request, p Page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	_ = plain.Execute(w, p) // the browser is gone; there is nobody to tell
}
