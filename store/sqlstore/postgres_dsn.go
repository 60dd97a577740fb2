package sqlstore

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// postgresDSN is a URL in libpq's form, which all drivers for PostgreSQL
// understand; connect_args are its parameters.
func postgresDSN(u serverURL, s settings) (string, error) {
	q := url.Values{}
	// a server that swallows packets must not hold a caller for ever
	q.Set("connect_timeout", "10")
	switch level := strings.ToUpper(s.isolation); level {
	case "", "AUTOCOMMIT": // each operation is one statement, which commits by itself
	case "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE":
		q.Set("default_transaction_isolation", strings.ToLower(level))
	default:
		return "", fmt.Errorf("%w: isolation_level %q: PostgreSQL has READ COMMITTED, REPEATABLE READ, SERIALIZABLE and AUTOCOMMIT", store.ErrConfig, s.isolation)
	}
	for key, value := range s.args {
		q.Set(key, value)
	}
	// libpq, unlike a browser, does not take a plus for a space
	query := strings.ReplaceAll(q.Encode(), "+", "%20")
	dsn := url.URL{Scheme: "postgres", Host: strings.Join(u.hosts, ","), Path: "/" + u.database, RawQuery: query}
	switch {
	case u.password != "":
		dsn.User = url.UserPassword(u.user, u.password)
	case u.user != "":
		dsn.User = url.User(u.user)
	}
	return dsn.String(), nil
}
