package sqlstore

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// mysqlDefault is where a URL without a host leads.
const mysqlDefault = "localhost:3306"

// parseMySQLURL reads a URL and refuses what the driver's DSN can't carry.
func parseMySQLURL(base string) (serverURL, error) {
	u, err := parseServerURL(base, "3306")
	switch {
	case err != nil:
		return u, err
	case len(u.hosts) > 1:
		return u, fmt.Errorf("%w: %s names %d hosts; MySQL has one, put a proxy before several", store.ErrConfig, redacted(base), len(u.hosts))
	case strings.Contains(u.user, ":"):
		return u, fmt.Errorf("%w: %s: the driver takes no user with a colon in the name", store.ErrConfig, redacted(base))
	}
	return u, nil
}

// mysqlArgs are connect_args: under the names that Python's drivers have for
// them, and under those of the Go driver.
type mysqlArgs struct {
	ConnectTimeout store.Seconds `config:"connect_timeout"`
	ReadTimeout    store.Seconds `config:"read_timeout"`
	WriteTimeout   store.Seconds `config:"write_timeout"`
	Charset        string        `config:"charset"`
	Collation      string        `config:"collation"`
	UnixSocket     string        `config:"unix_socket"`
	InitCommand    string        `config:"init_command"`
	ProgramName    string        `config:"program_name"`
	Compress       bool          `config:"compress"`

	SSL               bool   `config:"ssl"`
	SSLMode           string `config:"ssl_mode"`
	SSLDisabled       bool   `config:"ssl_disabled"`
	SSLCA             string `config:"ssl_ca"`
	SSLCert           string `config:"ssl_cert"`
	SSLKey            string `config:"ssl_key"`
	SSLVerifyCert     bool   `config:"ssl_verify_cert"`
	SSLVerifyIdentity bool   `config:"ssl_verify_identity"`

	TLS                      string `config:"tls"`
	AllowCleartextPasswords  bool   `config:"allowCleartextPasswords"`
	AllowFallbackToPlaintext bool   `config:"allowFallbackToPlaintext"`
	AllowNativePasswords     bool   `config:"allowNativePasswords"`
	AllowOldPasswords        bool   `config:"allowOldPasswords"`
	CheckConnLiveness        bool   `config:"checkConnLiveness"`
	ConnectionAttributes     string `config:"connectionAttributes"`
	ServerPubKey             string `config:"serverPubKey"`
}

// mysqlConnectOptions are the options for connect_args. A map under ssl, as
// Python has it, is the same as keys that begin with ssl_.
func mysqlConnectOptions(args map[string]any) ([]Option, error) {
	flat := maps.Clone(args)
	for key := range flat {
		if strings.ContainsAny(key, "@:/?#") {
			// a password with characters of a URL in it ends up here
			return nil, fmt.Errorf("%w: connect_args: a key is no name; in a URL write %%40 %%3A %%2F %%3F %%23 for @ : / ? #", store.ErrConfig)
		}
	}
	if inner, ok := flat["ssl"].(map[string]any); ok {
		delete(flat, "ssl")
		for key, value := range inner {
			if key == "check_hostname" {
				key = "verify_identity"
			}
			flat["ssl_"+key] = value
		}
		if len(inner) == 0 {
			flat["ssl"] = true
		}
	}
	var options []Option
	if t, ok := flat["timeout"]; ok {
		var s struct {
			Timeout store.Seconds `config:"timeout"`
		}
		if err := store.Decode(map[string]any{"timeout": t}, &s); err != nil {
			return nil, fmt.Errorf("connect_args: %w", err)
		}
		options = append(options, WithLockTimeout(s.Timeout.Duration()))
		delete(flat, "timeout")
	}
	more, err := serverConnectOptions(flat)
	return append(options, more...), err
}

// newMySQLArgs reads connect_args and refuses those that are unknown.
func newMySQLArgs(given map[string]string) (a mysqlArgs, err error) {
	a.Charset, a.AllowNativePasswords, a.CheckConnLiveness = "utf8mb4", true, true
	a.ConnectTimeout, a.SSLVerifyCert, a.SSLVerifyIdentity = 10, true, true
	values := map[string]any{}
	for key, value := range given {
		values[key] = value
	}
	if err := store.Decode(values, &a); err != nil {
		return a, fmt.Errorf("connect_args: %w", err)
	}
	if c := strings.ToLower(a.Charset); c != "utf8mb4" && c != "utf8" {
		return a, fmt.Errorf("%w: charset %q: names of tables go to the server in utf8mb4; what tasks hold goes as bytes", store.ErrConfig, a.Charset)
	}
	if a.Collation != "" && !strings.HasPrefix(a.Collation, "utf8mb4_") {
		return a, fmt.Errorf("%w: collation %q is none of utf8mb4", store.ErrConfig, a.Collation)
	}
	return a, nil
}

// mysqlDSN is the DSN for the driver.
func mysqlDSN(u serverURL, a mysqlArgs) (string, error) {
	p, err := a.parameters()
	if err != nil {
		return "", err
	}
	at := "tcp(" + mysqlDefault + ")"
	switch {
	case a.UnixSocket != "":
		at = "unix(" + a.UnixSocket + ")"
	case len(u.hosts) > 0:
		at = "tcp(" + u.hosts[0] + ")"
	}
	var query []string
	for _, key := range slices.Sorted(maps.Keys(p)) {
		query = append(query, key+"="+url.QueryEscape(p[key]))
	}
	return u.user + ":" + u.password + "@" + at + "/" + url.PathEscape(u.database) + "?" + strings.Join(query, "&"), nil
}

// parameters are those of the DSN.
func (a mysqlArgs) parameters() (map[string]string, error) {
	p := map[string]string{
		// what the dialect is built on
		"multiStatements": "true", "interpolateParams": "true",
		"maxAllowedPacket":         "0", // what the server says
		"compress":                 fmt.Sprint(a.Compress),
		"allowCleartextPasswords":  fmt.Sprint(a.AllowCleartextPasswords),
		"allowFallbackToPlaintext": fmt.Sprint(a.AllowFallbackToPlaintext),
		"allowNativePasswords":     fmt.Sprint(a.AllowNativePasswords),
		"allowOldPasswords":        fmt.Sprint(a.AllowOldPasswords),
		"checkConnLiveness":        fmt.Sprint(a.CheckConnLiveness),
		"charset":                  "utf8mb4",
	}
	for key, span := range map[string]store.Seconds{"timeout": a.ConnectTimeout, "readTimeout": a.ReadTimeout, "writeTimeout": a.WriteTimeout} {
		switch d := span.Duration(); {
		case d < 0:
			return nil, fmt.Errorf("%w: connect_timeout, read_timeout and write_timeout are 0 (no limit) or more", store.ErrConfig)
		case d > 0:
			p[key] = d.String()
		}
	}
	attributes := a.ConnectionAttributes
	if a.ProgramName != "" {
		attributes = strings.TrimPrefix(attributes+",program_name:"+a.ProgramName, ",")
	}
	for key, value := range map[string]string{
		"collation": a.Collation, "connectionAttributes": attributes, "serverPubKey": a.ServerPubKey, "tls": a.TLS,
	} {
		if value != "" {
			p[key] = value
		}
	}
	return p, nil
}
