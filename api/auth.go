package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// A Caller is who makes a request.
type Caller struct {
	Name string // in the audit; empty without authentication
	Role Role
}

// ErrNoToken: the request does not say who makes it.
var ErrNoToken = errors.New("a token is needed: Authorization: Bearer asz_…")

// An Authenticator tells who makes a request; an error refuses it, and its text
// is shown. [ErrNoToken] and [ErrUnknownToken] say that somebody should say who he is.
type Authenticator func(*http.Request) (Caller, error)

// authenticate is the Authenticator of tokens.
func (t *Tokens) authenticate(r *http.Request) (Caller, error) {
	header := r.Header.Get("Authorization")
	scheme, secret, _ := strings.Cut(header, " ")
	switch {
	case header == "":
		return Caller{}, ErrNoToken
	case !strings.EqualFold(scheme, "Bearer"):
		return Caller{}, fmt.Errorf("%w; not %.20q", ErrNoToken, scheme)
	}
	token, err := t.Find(strings.TrimSpace(secret))
	return Caller{token.Name, token.Role}, err
}

type callerKey struct{}

// caller is who makes the request of this context.
func caller(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

type addressKey struct{}

// addressOf is the address that a request comes from.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// A rebound is a request to this host by the name of another. Without
// authentication, being reachable by this host alone is what protects it; and a
// page in a browser here can be served under a name that then is made to mean
// 127.0.0.1. An address can't be made to mean another.
func rebound(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return !strings.EqualFold(host, "localhost") && net.ParseIP(host) == nil
}
