package sqlstore

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// serverURLs is what SQLAlchemy takes for a URL: a password may hold anything
// but "@", and a host in brackets is an IPv6 address.
var serverURLs = regexp.MustCompile(`(?s)^[^:]+://(?:([^:/@]*)(?::([^@]*))?@)?(?:(\[[^/?\]]+\]|[^/:?@]+)?(?::([^/?@]*))?)?(?:/([^?]*))?(?:\?(.*))?$`)

// A serverURL is where a server is and who asks.
type serverURL struct {
	user, password string
	hosts          []string // host:port, the port as it was written or the usual one
	database       string
	query          string // undecoded
}

// parseServerURL reads a URL as SQLAlchemy does: user and password are
// percent-decoded, the rest is taken as it is. Several hosts stand apart by
// commas.
func parseServerURL(text, usualPort string) (u serverURL, err error) {
	m := serverURLs.FindStringSubmatch(text)
	if m == nil {
		return u, fmt.Errorf("%w: %s can't be read; write %%40 for an @ in the user or the password", store.ErrConfig, redacted(text))
	}
	for i, into := range []*string{&u.user, &u.password} {
		if *into, err = url.PathUnescape(m[1+i]); err != nil {
			return u, fmt.Errorf("%w: %s: the user or the password has a %% that begins no escape; write %%25 for it", store.ErrConfig, redacted(text))
		}
	}
	u.database, u.query = m[5], m[6]
	at := m[3]
	if m[4] != "" {
		at += ":" + m[4]
	}
	if at == "" {
		return u, nil
	}
	for part := range strings.SplitSeq(at, ",") {
		host, port, err := net.SplitHostPort(part)
		if err != nil {
			host, port = strings.Trim(part, "[]"), usualPort
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return u, fmt.Errorf("%w: %s: the port of host %.80q is no number up to 65535", store.ErrConfig, redacted(text), host)
		}
		u.hosts = append(u.hosts, net.JoinHostPort(host, port))
	}
	return u, nil
}

// splitServerURL cuts a URL at its query.
func splitServerURL(text string) (base, query string) {
	m := serverURLs.FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, m[6]), "?"), m[6]
}

// where names the database for messages.
func (u serverURL) where(kind, socket string) string {
	at := cmp.Or(strings.Join(u.hosts, ","), socket)
	return fmt.Sprintf("the %s database %q at %s", kind, u.database, at)
}
