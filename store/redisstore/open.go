package redisstore

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// Open connects to the server that the URL names; "" and "redis:" name the one at
// localhost. The URL's query may hold the parameters that the options name; the
// options come after them.
//
// Errors wrap store.ErrConfig where another configuration would help, and
// store.ErrUnreachable where trying again later can.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	values, err := configFromURL(cmp.Or(url, "redis:"))
	if err != nil {
		return nil, err
	}
	fromURL, err := optionsFrom(values)
	if err != nil {
		return nil, err
	}
	return connect(ctx, append(fromURL, options...))
}

// New uses a client that the caller has made, and does not close it. Of the
// options only those that name keys mean something. The client must not resend
// commands that write; rueidis does not unless it is told to for a command.
func New(ctx context.Context, client rueidis.Client, options ...Option) (*Store, error) {
	set := newSettings(options)
	if err := set.check(); err != nil {
		return nil, err
	}
	if len(set.given) > 0 {
		return nil, set.refused("%s can't be set: the client belongs to the program that made it; set it there", set.given[0])
	}
	nodes := slices.Sorted(maps.Keys(client.Nodes()))
	return start(ctx, client, nil, "redis at "+strings.Join(nodes, ","), &set)
}

// connect makes a client and a store on it.
func connect(ctx context.Context, options []Option) (*Store, error) {
	set := newSettings(options)
	if err := set.check(); err != nil {
		return nil, err
	}
	where, option := set.where(), set.client()
	client, err := dial(ctx, option)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, explainAt(where, err)
	}
	return start(ctx, client, &option, where, &set)
}

// dial makes a client. The client's own making knows no context.
func dial(ctx context.Context, option rueidis.ClientOption) (rueidis.Client, error) {
	type made struct {
		client rueidis.Client
		err    error
	}
	done := make(chan made, 1)
	go func() {
		c, err := rueidis.NewClient(option)
		done <- made{c, err}
	}()
	select {
	case m := <-done:
		return m.client, m.err
	case <-ctx.Done():
		go func() {
			if m := <-done; m.err == nil {
				m.client.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// where names the server in messages.
func (s *settings) where() string {
	switch {
	case s.socket != "":
		return "redis at " + s.socket
	case s.master != "":
		return fmt.Sprintf("redis master %s of the sentinels %s", s.master, strings.Join(s.sentinels, ","))
	case len(s.cluster) > 0:
		return "redis cluster at " + strings.Join(s.cluster, ",")
	}
	return "redis at " + net.JoinHostPort(s.host, strconv.Itoa(s.port))
}

// client are the options of the client.
func (s *settings) client() rueidis.ClientOption {
	o := rueidis.ClientOption{
		InitAddress: []string{net.JoinHostPort(s.host, strconv.Itoa(s.port))},
		Username:    s.username, Password: s.password, SelectDB: s.database, TLSConfig: s.tls,
		Dialer:           net.Dialer{Timeout: s.dialTimeout},
		ConnWriteTimeout: s.timeout,
		ClientSetInfo:    rueidis.DisableClientSetInfo, // a right that not every user has
		DisableCache:     true,
		// what a connection could not do is told to the caller, who tries again
		DisableRetry: true,
	}
	for n := s.poolSize; n > 1; n /= 2 {
		o.PipelineMultiplex++
	}
	if s.poolSize == 1 {
		o.PipelineMultiplex = -1
	}
	switch {
	case s.socket != "":
		o.InitAddress, o.ForceSingleClient = []string{s.socket}, true
		o.DialCtxFn = dialSocket
	case s.master != "":
		o.InitAddress = s.sentinels
		o.Sentinel = rueidis.SentinelOption{
			MasterSet: s.master, Username: s.sentinelUser, Password: s.sentinelPassword,
			TLSConfig: s.tls, Dialer: o.Dialer, TopologyRefreshInterval: 5 * time.Second,
		}
	case len(s.cluster) > 0:
		o.InitAddress = s.cluster
	}
	return o
}

func dialSocket(ctx context.Context, path string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
	return d.DialContext(ctx, "unix", path)
}

// start looks at what is under the keys and makes the store. option is that of a
// client of its own.
func start(ctx context.Context, client rueidis.Client, option *rueidis.ClientOption, where string, set *settings) (*Store, error) {
	s := &Store{where: where, key: newKeys(set.tasksKey, set.timesKey)}
	s.link.option = option
	s.link.client.Store(&client)
	s.ended, s.end = context.WithCancel(context.Background())
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// prepare refuses keys that can't be this store's, and puts the index in order.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.checkTags(); err != nil {
		return err
	}
	found, err := s.inspect(ctx)
	if err != nil {
		return err
	}
	if err := found.refuse(s); err != nil {
		return err
	}
	if found.records > found.entries {
		return s.reindex(ctx)
	}
	return nil
}

// checkTags refuses keys that a cluster may keep on different nodes.
func (s *Store) checkTags() error {
	if s.link.get().Mode() != rueidis.ClientModeCluster || tag(s.key.tasks) == tag(s.key.times) && tag(s.key.tasks) == tag(s.key.nodes) {
		return nil
	}
	return fmt.Errorf("%w: %s is a cluster, which may keep %s and %s on different nodes: give them the same hash tag, such as tasks_key {asyncz}.tasks and run_times_key {asyncz}.run_times",
		store.ErrConfig, s.where, s.key.tasks, s.key.times)
}

// tag is the part of a key that says where a cluster keeps it.
func tag(key string) string {
	_, rest, ok := strings.Cut(key, "{")
	if inner, _, closed := strings.Cut(rest, "}"); ok && closed && inner != "" {
		return inner
	}
	return key
}
