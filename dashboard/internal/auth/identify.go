package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Proxy says which headers of a trusted proxy tell who the user is. The proxy
// must take these headers out of what it receives.
type Proxy struct {
	UserHeader string // X-Forwarded-User when empty
	// RoleHeader lists roles or groups of the user, with commas between. Empty: all
	// users of the proxy have DefaultRole.
	RoleHeader    string
	OperatorRoles []string // in RoleHeader that make an operator; "operator" when empty
	ViewerRoles   []string // that make a viewer; "viewer" when empty
	// DefaultRole is for users with none of these. Empty: viewer without a
	// RoleHeader, and with one: they are refused.
	DefaultRole Role
}

func (p *Proxy) complete(trusted []netip.Prefix) (*Proxy, error) {
	if p == nil {
		return nil, nil
	}
	if len(trusted) == 0 {
		return nil, errors.New("the header of a proxy says who the user is, but no proxy is trusted: name the addresses of the proxies")
	}
	c := *p
	if c.UserHeader == "" {
		c.UserHeader = "X-Forwarded-User"
	}
	if len(c.OperatorRoles) == 0 {
		c.OperatorRoles = []string{string(Operator)}
	}
	if len(c.ViewerRoles) == 0 {
		c.ViewerRoles = []string{string(Viewer)}
	}
	if c.DefaultRole == "" && c.RoleHeader == "" {
		c.DefaultRole = Viewer
	}
	if c.DefaultRole != "" && !c.DefaultRole.valid() {
		return nil, fmt.Errorf("the role of users of the proxy is %q; the roles are %s and %s", c.DefaultRole, Viewer, Operator)
	}
	return &c, nil
}

// user returns whom the proxy names. A header that comes twice may be half the
// client's, and names nobody.
func (p *Proxy) user(h http.Header) (User, bool) {
	names := h.Values(p.UserHeader)
	if len(names) != 1 {
		return User{}, false
	}
	u := User{Name: strings.TrimSpace(names[0]), Role: p.DefaultRole}
	if p.RoleHeader != "" {
		has := func(list []string) bool {
			return slices.ContainsFunc(strings.Split(strings.Join(h.Values(p.RoleHeader), ","), ","), func(role string) bool {
				return slices.Contains(list, strings.TrimSpace(role))
			})
		}
		switch {
		case has(p.OperatorRoles):
			u.Role = Operator
		case has(p.ViewerRoles):
			u.Role = Viewer
		}
	}
	return u, u.Name != "" && u.Role.valid()
}

// The host application and a proxy may log a user out without our hearing of it,
// so that a stream of theirs ends now and then. The browser opens it again.
const longestForeign = time.Hour

// identify tells who sent a request. The context is that to serve it with: it
// ends when the user's session does. done must be called after that.
func (a *Auth) identify(r *http.Request) (v visit, ctx context.Context, done func(), ok bool) {
	ctx = r.Context()
	v.address = AddressFrom(ctx)
	foreign := func(u User) (visit, context.Context, func(), bool) {
		v.user = u
		ctx, cancel := context.WithTimeout(ctx, longestForeign)
		return v, ctx, cancel, true
	}
	switch {
	case a.open:
		v.user = User{Name: "anonymous", Role: Operator}
		return v, ctx, func() {}, true
	case a.proxy != nil && a.trusts(peer(r)):
		if u, ok := a.proxy.user(r.Header); ok {
			return foreign(u)
		}
	}
	if a.middleware != nil {
		if u, ok := a.middleware(r); ok && u.Role.valid() {
			return foreign(u)
		}
	}
	cookie, err := r.Cookie(a.cookieName(r))
	if err != nil || a.accounts == nil {
		return v, ctx, nil, false
	}
	u, session, leave, ok := a.sessions.use(cookie.Value)
	if !ok {
		return v, ctx, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(session.ctx, cancel)
	v.user, v.session = u, true
	return v, ctx, func() { stop(); cancel(); leave() }, true
}

// client is the address of the client: that of the connection, or, when a
// trusted proxy holds it, the last in X-Forwarded-For that is no trusted proxy.
func (a *Auth) client(r *http.Request) netip.Addr {
	at := peer(r)
	if !a.trusts(at) {
		return at
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if at = next.Unmap().WithZone(""); !a.trusts(at) {
			break
		}
	}
	return at
}

func (a *Auth) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(a.trusted, func(p netip.Prefix) bool { return p.Contains(address) })
}

// peer is the address of the connection, the zero one if it has none.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// secure tells whether the browser speaks TLS, to us or to a trusted proxy.
func (a *Auth) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return a.trusts(peer(r)) && strings.EqualFold(strings.TrimSpace(first), "https")
}

// rebound tells whether a page of another site may have pointed its name at this
// machine (DNS rebinding). The browser then takes us for that site, and lets it
// in where nobody needs to log in. On a loopback address only names of loopback
// are right, and those that were configured.
func (a *Auth) rebound(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !a.open || !ok {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if address, err := netip.ParseAddr(host); err == nil {
		return !address.Unmap().IsLoopback() && !slices.Contains(a.hosts, host)
	}
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && !slices.Contains(a.hosts, host)
}
