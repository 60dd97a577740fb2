package redisstore

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// An Option changes how [Open] and [New] set up a store.
type Option func(*settings)

type settings struct {
	tasksKey, timesKey string

	database           int
	host, socket       string
	port               int
	username, password string
	tls                *tls.Config
	cluster, sentinels []string
	master             string
	sentinelUser       string
	sentinelPassword   string
	dialTimeout        time.Duration
	timeout            time.Duration
	poolSize           int

	// given are the keys of the options that were set, for those about the
	// connection alone.
	given []string
}

func newSettings(options []Option) settings {
	s := settings{
		tasksKey: "asyncz.tasks", timesKey: "asyncz.run_times",
		host: "localhost", port: 6379, dialTimeout: 5 * time.Second, timeout: 10 * time.Second,
	}
	for _, o := range options {
		o(&s)
	}
	return s
}

func (s *settings) give(key string) { s.given = append(s.given, key) }

// WithTasksKey names the hash of the tasks (tasks_key; default "asyncz.tasks").
// Keys that begin with it and a colon belong to the store too.
func WithTasksKey(key string) Option { return func(s *settings) { s.tasksKey = key } }

// WithRunTimesKey names the sorted set of the due times (run_times_key; default
// "asyncz.run_times").
func WithRunTimesKey(key string) Option { return func(s *settings) { s.timesKey = key } }

// WithDatabase sets the number of the database (database; default 0).
func WithDatabase(n int) Option {
	return func(s *settings) { s.database = n; s.give("database") }
}

// WithHost sets the host of the server (host; default "localhost").
func WithHost(host string) Option {
	return func(s *settings) { s.host = host; s.give("host") }
}

// WithPort sets the port of the server (port; default 6379).
func WithPort(port int) Option {
	return func(s *settings) { s.port = port; s.give("port") }
}

// WithSocket sets the path of the server's Unix socket (socket), in place of host
// and port.
func WithSocket(path string) Option {
	return func(s *settings) { s.socket = path; s.give("socket") }
}

// WithAuth sets the user and the password (username, password). An empty user is
// the server's default one.
func WithAuth(username, password string) Option {
	return func(s *settings) { s.username, s.password = username, password; s.give("username") }
}

// WithTLS encrypts the connections (tls, tls_ca, tls_cert, tls_key,
// tls_server_name). nil takes the certificates that the system trusts.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) {
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		s.tls = config
		s.give("tls")
	}
}

// WithCluster names some nodes of a cluster as host:port (cluster), in place of
// host and port; the others are found. A cluster is also recognised without it.
func WithCluster(addresses ...string) Option {
	return func(s *settings) { s.cluster = addresses; s.give("cluster") }
}

// WithSentinel names the sentinels as host:port and the master that they watch
// (sentinel, master_name), in place of host and port.
func WithSentinel(master string, addresses ...string) Option {
	return func(s *settings) { s.master, s.sentinels = master, addresses; s.give("sentinel") }
}

// WithSentinelAuth sets the user and the password for the sentinels
// (sentinel_username, sentinel_password).
func WithSentinelAuth(username, password string) Option {
	return func(s *settings) {
		s.sentinelUser, s.sentinelPassword = username, password
		s.give("sentinel_username")
	}
}

// WithDialTimeout bounds the time for making a connection (dial_timeout, in
// seconds; default 5 s).
func WithDialTimeout(d time.Duration) Option {
	return func(s *settings) { s.dialTimeout = d; s.give("dial_timeout") }
}

// WithTimeout bounds the time for which the server may be silent while it owes an
// answer (timeout, in seconds; default 10 s). Contexts end a call earlier.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) { s.timeout = d; s.give("timeout") }
}

// WithPoolSize sets the number of connections, which share the calls (pool_size:
// 1, 2, 4 … 256; default 0: up to 4 by the number of processors, 1 for each node
// of a cluster). One connection takes any number of calls at once.
func WithPoolSize(n int) Option {
	return func(s *settings) { s.poolSize = n; s.give("pool_size") }
}

func (s *settings) refused(why string, args ...any) error {
	return fmt.Errorf("%w: %s", store.ErrConfig, fmt.Sprintf(why, args...))
}

// check refuses what no server could honour.
func (s *settings) check() error {
	others := newKeys(s.tasksKey, s.timesKey)
	switch {
	case s.tasksKey == "":
		return s.refused("tasks_key is empty")
	case s.timesKey == "":
		return s.refused("run_times_key is empty")
	case s.timesKey == s.tasksKey || s.timesKey == others.nodes || s.timesKey == others.runs || strings.HasPrefix(s.timesKey, others.runs+":"):
		return s.refused("run_times_key is %q, which tasks_key %q takes for itself", s.timesKey, s.tasksKey)
	case s.database < 0:
		return s.refused("database is %d; it is 0 or more", s.database)
	case s.port < 1 || s.port > 65535:
		return s.refused("port is %d; it is 1 to 65535", s.port)
	case s.host == "":
		return s.refused("host is empty")
	case s.dialTimeout <= 0:
		return s.refused("dial_timeout is %v; it is more than 0", s.dialTimeout)
	case s.timeout <= 0:
		return s.refused("timeout is %v; it is more than 0", s.timeout)
	case s.poolSize != 0 && !slices.Contains([]int{1, 2, 4, 8, 16, 32, 64, 128, 256}, s.poolSize):
		return s.refused("pool_size is %d; it is 1, 2, 4 and so on up to 256, or 0", s.poolSize)
	case s.master == "" && len(s.sentinels) > 0:
		return s.refused("master_name is missing: which master of the sentinels is it?")
	case s.master != "" && len(s.sentinels) == 0:
		return s.refused("sentinel is missing: where are the sentinels that watch the master %q?", s.master)
	}
	return s.checkPlace()
}

// checkPlace refuses more than one answer to where the server is.
func (s *settings) checkPlace() error {
	var places []string
	for _, key := range []string{"host", "socket", "cluster", "sentinel"} {
		if slices.Contains(s.given, key) || key == "host" && slices.Contains(s.given, "port") {
			places = append(places, key)
		}
	}
	if len(places) > 1 {
		return s.refused("%s are given; each says where the server is, so give one of them", strings.Join(places, " and "))
	}
	for _, address := range slices.Concat(s.cluster, s.sentinels) {
		if !strings.Contains(address, ":") {
			return s.refused("the address %q has no port: write host:port", address)
		}
	}
	if len(s.cluster) > 0 && s.database != 0 {
		return s.refused("database is %d; a cluster has the database 0 alone", s.database)
	}
	return nil
}
