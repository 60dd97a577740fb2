package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

// A Role says what a user may do.
type Role = auth.Role

// The roles of users.
const (
	Viewer   = auth.Viewer   // sees everything, changes nothing
	Operator = auth.Operator // sees and changes everything
)

// WithHostAuth lets the host application say who sends a request, by whatever its
// own middleware knows. A request for which ok is false is refused.
func WithHostAuth(who func(*http.Request) (user string, role Role, ok bool)) Option {
	return func(s *settings) error {
		s.access.Middleware = func(r *http.Request) (auth.User, bool) {
			name, role, ok := who(r)
			return auth.User{Name: name, Role: role}, ok
		}
		return nil
	}
}

// Open makes everybody who can reach the dashboard an operator, without a login.
// It is for one's own machine.
func Open() Option {
	return func(s *settings) error { s.access.Open = true; return nil }
}

// protect puts before the pages what decides who sees and changes them.
func (d *Dashboard) protect(pages http.Handler) (http.Handler, error) {
	c := d.set.access
	c.Logger = d.set.logger
	c.Public = func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/assets/") }
	c.Deny = d.deny
	c.Page = d.loginPage
	c.Audit = func(ctx context.Context, e auth.Event) {
		d.note(ctx, asyncz.AuditEntry{Who: e.User, From: e.From, Action: e.Action, Detail: e.Detail})
	}
	a, err := auth.New(c)
	if err != nil {
		return nil, err
	}
	return rooted(a.Wrap(pages)), nil
}

// deny answers a request that is refused before it reaches a page. What a user may
// not do is written into the audit log; what strangers try is not, so that they
// can't fill it.
func (d *Dashboard) deny(w http.ResponseWriter, r *http.Request, code int, message string) {
	if user := auth.UserFrom(r.Context()); r.Method == http.MethodPost && user.Name != "" {
		d.note(r.Context(), asyncz.AuditEntry{Who: user.Name, From: auth.AddressFrom(r.Context()), Action: "refused", Detail: r.URL.Path, Error: message})
	}
	w.Header().Set("X-Asyncz-Error", header(message))
	title := fmt.Sprintf("%d %s", code, http.StatusText(code))
	if err := d.showAs(w, r, code, "denied", frame{Title: title, Bare: true, Page: message}); err != nil {
		http.Error(w, message, code)
	}
}

func (d *Dashboard) loginPage(w http.ResponseWriter, r *http.Request, p auth.Page) {
	if err := d.showAs(w, r, p.Status, "login", frame{Title: "Sign in", Bare: true, Page: p}); err != nil {
		d.fail(w, r, err)
	}
}

// note writes into the audit log what needs no answer of its own.
func (d *Dashboard) note(ctx context.Context, e asyncz.AuditEntry) {
	e.Via = "dashboard"
	if err := d.s.WriteAudit(context.WithoutCancel(ctx), e); err != nil {
		d.set.logger.ErrorContext(ctx, "the audit log can't be written", "action", e.Action, "error", err)
	}
}
