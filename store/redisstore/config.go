package redisstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// config is the configuration as a map holds it.
type config struct {
	URL              string        `config:"url"`
	Database         int           `config:"database"`
	TasksKey         string        `config:"tasks_key"`
	RunTimesKey      string        `config:"run_times_key"`
	Host             string        `config:"host"`
	Port             int           `config:"port"`
	Socket           string        `config:"socket"`
	Username         string        `config:"username"`
	Password         string        `config:"password"`
	TLS              bool          `config:"tls"`
	TLSCA            string        `config:"tls_ca"`
	TLSCert          string        `config:"tls_cert"`
	TLSKey           string        `config:"tls_key"`
	TLSServerName    string        `config:"tls_server_name"`
	Cluster          addresses     `config:"cluster"`
	Sentinel         addresses     `config:"sentinel"`
	MasterName       string        `config:"master_name"`
	SentinelUsername string        `config:"sentinel_username"`
	SentinelPassword string        `config:"sentinel_password"`
	DialTimeout      store.Seconds `config:"dial_timeout"`
	Timeout          store.Seconds `config:"timeout"`
	PoolSize         int           `config:"pool_size"`
}

// addresses are host:port, in text with commas between them.
type addresses []string

// UnmarshalText reads addresses with commas between them.
func (a *addresses) UnmarshalText(text []byte) error {
	*a = nil
	for one := range strings.SplitSeq(string(text), ",") {
		if one = strings.TrimSpace(one); one != "" {
			*a = append(*a, one)
		}
	}
	return nil
}

// openConfig opens a store from a configuration map.
func openConfig(ctx context.Context, from map[string]any) (store.Store, error) {
	options, err := optionsFrom(from)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, options)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// optionsFrom are the options for the keys that are in a configuration map, and
// for those of its URL.
func optionsFrom(from map[string]any) ([]Option, error) {
	values := maps.Clone(from)
	if url, ok := values["url"].(string); ok {
		inURL, err := configFromURL(url)
		if err != nil {
			return nil, err
		}
		for key, value := range inURL {
			if _, twice := from[key]; twice {
				return nil, fmt.Errorf("%w: %s is set twice, in the URL and beside it", store.ErrConfig, key)
			}
			values[key] = value
		}
	}
	var c config
	if err := store.Decode(values, &c); err != nil {
		return nil, err
	}
	return c.options(values)
}

// options returns the options for the keys that are in values.
func (c *config) options(values map[string]any) ([]Option, error) {
	secure, err := c.secure()
	if err != nil {
		return nil, err
	}
	given := func(keys ...string) bool {
		for _, key := range keys {
			if values[key] != nil {
				return true
			}
		}
		return false
	}
	var options []Option
	for _, o := range []struct {
		given  bool
		option Option
	}{
		{given("database"), WithDatabase(c.Database)},
		{given("tasks_key"), WithTasksKey(c.TasksKey)},
		{given("run_times_key"), WithRunTimesKey(c.RunTimesKey)},
		{given("host"), WithHost(c.Host)},
		{given("port"), WithPort(c.Port)},
		{given("socket"), WithSocket(c.Socket)},
		{given("username", "password"), WithAuth(c.Username, c.Password)},
		{secure != nil, WithTLS(secure)},
		{given("cluster"), WithCluster(c.Cluster...)},
		{given("sentinel", "master_name"), WithSentinel(c.MasterName, c.Sentinel...)},
		{given("sentinel_username", "sentinel_password"), WithSentinelAuth(c.SentinelUsername, c.SentinelPassword)},
		{given("dial_timeout"), WithDialTimeout(c.DialTimeout.Duration())},
		{given("timeout"), WithTimeout(c.Timeout.Duration())},
		{given("pool_size"), WithPoolSize(c.PoolSize)},
	} {
		if o.given {
			options = append(options, o.option)
		}
	}
	return options, nil
}

// secure is the TLS configuration that the keys ask for, or nil.
func (c *config) secure() (*tls.Config, error) {
	if !c.TLS && c.TLSCA == "" && c.TLSCert == "" && c.TLSKey == "" && c.TLSServerName == "" {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.TLSServerName}
	if c.TLSCA != "" {
		text, err := os.ReadFile(c.TLSCA)
		if err != nil {
			return nil, fmt.Errorf("%w: tls_ca: %w", store.ErrConfig, err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%w: tls_ca: %s holds no certificate in PEM form", store.ErrConfig, c.TLSCA)
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return nil, fmt.Errorf("%w: tls_cert and tls_key go together", store.ErrConfig)
	}
	if c.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("%w: tls_cert and tls_key: %w", store.ErrConfig, err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}
