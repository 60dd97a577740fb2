package mongostore

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz/store"
)

// What is used where nothing else is said.
const (
	DefaultDatabase   = "asyncz"
	DefaultCollection = "tasks"
	DefaultHost       = "localhost"
	DefaultPort       = 27017

	// DefaultConnectTimeout is how long [Open] waits for the server.
	DefaultConnectTimeout = 5 * time.Second
)

// An Option changes how a store is opened. The names in the comments are the
// keys of the same setting in a configuration map.
type Option func(*settings)

type settings struct {
	database, collection string

	host       string
	port       int
	username   string
	password   string
	authSource string
	replicaSet string
	tls        *tls.Config

	wait time.Duration
	// server are the keys that were set of those that a URL or a client has too.
	server []string
}

func newSettings(options []Option) settings {
	s := settings{
		database: DefaultDatabase, collection: DefaultCollection,
		host: DefaultHost, port: DefaultPort, wait: DefaultConnectTimeout,
	}
	for _, o := range options {
		o(&s)
	}
	return s
}

// WithDatabase names the database (database; default [DefaultDatabase], or the
// one in the URL's path).
func WithDatabase(name string) Option { return func(s *settings) { s.database = name } }

// WithCollection names the collection (collection; default [DefaultCollection]).
// It is made, with its indexes, when it does not exist.
func WithCollection(name string) Option { return func(s *settings) { s.collection = name } }

// WithHost names the server's host (host; default [DefaultHost]).
func WithHost(host string) Option {
	return func(s *settings) { s.host = host; s.give("host") }
}

// WithPort sets the server's port (port; default [DefaultPort]).
func WithPort(port int) Option {
	return func(s *settings) { s.port = port; s.give("port") }
}

// WithCredentials says who the program is (username, password).
func WithCredentials(username, password string) Option {
	return func(s *settings) { s.username, s.password = username, password; s.give("username") }
}

// WithAuthSource names the database that knows the user (authSource; default
// "admin").
func WithAuthSource(database string) Option {
	return func(s *settings) { s.authSource = database; s.give("authSource") }
}

// WithReplicaSet names the replica set (replicaSet), whose members are then
// found through the host.
func WithReplicaSet(name string) Option {
	return func(s *settings) { s.replicaSet = name; s.give("replicaSet") }
}

// WithTLS encrypts the connection (tls: true, with the system's authorities).
// A nil config uses no TLS.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) { s.tls = config; s.give("tls") }
}

// WithConnectTimeout bounds the wait for the server when the store is opened
// (connect_timeout, in seconds; default [DefaultConnectTimeout]). How long
// later calls wait for a server that is away is serverSelectionTimeoutMS in the
// URL, 30 s unless it is set, and the context of the call.
func WithConnectTimeout(d time.Duration) Option { return func(s *settings) { s.wait = d } }

func (s *settings) give(key string) { s.server = append(s.server, key) }

// refuseServer returns an error when the server is described twice.
func (s *settings) refuseServer(besides string) error {
	if len(s.server) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s can't be set beside %s, which says it already", store.ErrConfig, s.server[0], besides)
}

// check refuses what no server could honour.
func (s *settings) check() error {
	switch {
	case s.port < 1 || s.port > 65535:
		return fmt.Errorf("%w: port is %d; it is 1 to 65535", store.ErrConfig, s.port)
	case s.host == "" || strings.ContainsAny(s.host, " /@,?"):
		return fmt.Errorf("%w: host is %q; it is one name or address; use uri for several", store.ErrConfig, s.host)
	case s.wait <= 0:
		return fmt.Errorf("%w: connect_timeout is %v; it is more than 0", store.ErrConfig, s.wait)
	case s.username == "" && (s.password != "" || s.authSource != ""):
		return fmt.Errorf("%w: a password or authSource without a username; set username too", store.ErrConfig)
	}
	if why := wrongDatabase(s.database); why != "" {
		return fmt.Errorf("%w: database %q: %s", store.ErrConfig, s.database, why)
	}
	if why := wrongCollection(s.collection); why != "" {
		return fmt.Errorf("%w: collection %q: %s", store.ErrConfig, s.collection, why)
	}
	return nil
}

// wrongDatabase says what keeps a name from being that of a database, on
// servers of any system.
func wrongDatabase(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > 63:
		return "it has more than 63 bytes"
	case !utf8.ValidString(name) || strings.ContainsAny(name, "/\\. \"$*<>:|?\x00"):
		return `it may hold none of / \ . " $ * < > : | ? nor a space`
	case name == "admin" || name == "local" || name == "config":
		return "it belongs to MongoDB itself; name another"
	}
	return ""
}

func wrongCollection(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > 120:
		return "it has more than 120 bytes"
	case !utf8.ValidString(name) || strings.ContainsAny(name, "$\x00"):
		return "it may hold no $"
	case strings.HasPrefix(name, "system."):
		return "names that begin with system. belong to MongoDB"
	case name == metaCollection:
		return "that collection says which others are a store's"
	}
	return ""
}
