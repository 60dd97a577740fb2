package auth

import (
	"context"
	"net/http"
)

// A Role says what a user may do.
type Role string

const (
	Viewer   Role = "viewer"   // sees everything, changes nothing
	Operator Role = "operator" // sees and changes everything
)

func (r Role) valid() bool { return r == Viewer || r == Operator }

// A User is who sent a request. The zero User is nobody.
type User struct {
	Name string
	Role Role
}

// MayWrite tells whether the user may change anything.
func (u User) MayWrite() bool { return u.Role == Operator }

// visit is what is known of a request once it was let in.
type visit struct {
	user    User
	address string
	session bool
}

type visitKey struct{}

// WithUser returns a context in which [UserFrom] finds the user.
func WithUser(ctx context.Context, u User) context.Context {
	v := visitFrom(ctx)
	v.user = u
	return context.WithValue(ctx, visitKey{}, v)
}

// UserFrom returns the user who sent the request of ctx, nobody outside of [Auth.Wrap].
func UserFrom(ctx context.Context) User { return visitFrom(ctx).user }

// WithAddress returns a context in which [AddressFrom] finds the address.
func WithAddress(ctx context.Context, address string) context.Context {
	v := visitFrom(ctx)
	v.address = address
	return context.WithValue(ctx, visitKey{}, v)
}

// AddressFrom returns the address of the user who sent the request of ctx: that
// which a trusted proxy told, or else that of the connection, without a port.
func AddressFrom(ctx context.Context) string { return visitFrom(ctx).address }

// HasSession tells whether the user logged in here, and so can log out.
func HasSession(ctx context.Context) bool { return visitFrom(ctx).session }

func visitFrom(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

// RequireOperator refuses requests of viewers: for pages that only operators may
// see. What changes things [Auth.Wrap] refuses them by itself, by its method.
func (a *Auth) RequireOperator(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !UserFrom(r.Context()).MayWrite() {
			a.deny(w, r, http.StatusForbidden, needsOperator)
			return
		}
		next.ServeHTTP(w, r)
	})
}

const needsOperator = "This needs the role operator. You are logged in as a viewer."
