package dashboard

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

// An Account is a user who logs in with a name and a password. Its hash is
// argon2id in the PHC string format, as [HashPassword] makes it, or bcrypt.
type Account = auth.Account

// A Proxy says which headers of a trusted proxy tell who a user is.
type Proxy = auth.Proxy

// HashPassword returns a hash of a password for an [Account]. A password has 8
// to 1024 bytes.
func HashPassword(password string) (string, error) { return auth.HashPassword(password) }

// WithUsers lets these users log in. Their sessions last for at most a week, and
// twelve hours after the last use; see [WithSession]. Attempts are limited: after
// ten at once, to one in six seconds from an address and one in twelve on a user.
func WithUsers(users ...Account) Option {
	return func(s *settings) error { s.access.Users = append(s.access.Users, users...); return nil }
}

// WithUsersFile lets the users of a file log in. It has a user on each line, as
// name:role:hash, with the role viewer or operator; lines that begin with # are
// comments. It is read again when it changes: a user who is taken out, or whose
// hash changes, is logged out. A file that can't be read then is logged, and
// leaves the users as they were.
func WithUsersFile(path string) Option {
	return func(s *settings) error { s.access.UsersFile = path; return nil }
}

// WithProxyAuth takes the user from headers that a proxy sets. They are believed
// only from the addresses of [WithTrustedProxies].
func WithProxyAuth(p Proxy) Option {
	return func(s *settings) error { s.access.Proxy = &p; return nil }
}

// WithTrustedProxies says from which addresses, such as "10.0.0.5" or
// "10.0.0.0/24", X-Forwarded-For and X-Forwarded-Proto are believed, and the
// headers of [WithProxyAuth]. Without X-Forwarded-Proto from a trusted proxy that
// ends TLS, the cookies of sessions are not marked as secure.
func WithTrustedProxies(addresses ...string) Option {
	return func(s *settings) error {
		for _, text := range addresses {
			prefix, err := netip.ParsePrefix(text)
			if address, err2 := netip.ParseAddr(text); err2 == nil {
				prefix, err = address.Prefix(address.BitLen())
			}
			if err != nil {
				return fmt.Errorf("dashboard: the trusted proxy %q is neither an address such as 10.0.0.5 nor a network such as 10.0.0.0/24", text)
			}
			s.access.TrustedProxies = append(s.access.TrustedProxies, prefix.Masked())
		}
		return nil
	}
}

// WithHosts names hosts, without port, under which browsers may ask for a
// dashboard that is [Open] and listens on a loopback address. Without it only
// localhost and loopback addresses are served, so that no page of another site
// can reach it by pointing its name here. It is for a proxy on the same machine.
func WithHosts(names ...string) Option {
	return func(s *settings) error { s.access.Hosts = append(s.access.Hosts, names...); return nil }
}

// WithTrustedOrigins names other origins, such as "https://portal.example", whose
// pages may send writes.
func WithTrustedOrigins(origins ...string) Option {
	return func(s *settings) error {
		s.access.TrustedOrigins = append(s.access.TrustedOrigins, origins...)
		return nil
	}
}

// WithSession says after which time without use a session ends, and after which
// time in any case; 0 is the default, of 12 hours and of 7 days. Sessions are in
// memory, so that they also end with the process.
func WithSession(idle, absolute time.Duration) Option {
	return func(s *settings) error { s.access.Idle, s.access.Absolute = idle, absolute; return nil }
}
