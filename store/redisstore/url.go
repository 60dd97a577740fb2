package redisstore

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

const urlForms = "redis://user:password@host:port/database, rediss://… for TLS, or redis+unix:///path/to/socket?database=0"

// configFromURL turns a URL into configuration: see the package's documentation.
func configFromURL(text string) (map[string]any, error) {
	scheme, _, _ := strings.Cut(text, ":")
	u, err := url.Parse(text)
	if err != nil {
		// the error of url.Parse may hold the password
		return nil, fmt.Errorf("%w: the %.20s URL can't be read; special characters in the password are written as %%40 and the like: %s", store.ErrConfig, scheme, urlForms)
	}
	refuse := func(why string, args ...any) (map[string]any, error) {
		return nil, fmt.Errorf("%w: %s: %s", store.ErrConfig, redacted(u), fmt.Sprintf(why, args...))
	}
	config := map[string]any{}
	switch u.Scheme {
	case "redis":
	case "rediss":
		config["tls"] = true
	case "redis+unix":
		if u.Host != "" || u.Path == "" {
			return refuse("a socket is named by its absolute path after three slashes: redis+unix:///run/redis/redis.sock")
		}
		config["socket"] = u.Path
	default:
		return refuse("unknown scheme %q; write %s", u.Scheme, urlForms)
	}
	if u.Opaque != "" || u.Fragment != "" {
		return refuse("write %s", urlForms)
	}
	if u.User != nil {
		config["username"] = u.User.Username()
		if password, ok := u.User.Password(); ok {
			config["password"] = password
		}
	}
	if err := readPlace(u, config); err != nil {
		return refuse("%v", err)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return refuse("the part after ? can't be read; write ?key=value&key=value")
	}
	for key, values := range query {
		if key == "db" {
			key = "database" // as in the URLs of Redis' own clients
		}
		if _, there := config[key]; there || len(values) > 1 {
			return refuse("%s is set twice", key)
		}
		if key == "url" || key == "type" {
			return refuse("%s can't be a parameter of a URL", key)
		}
		config[key] = values[0]
	}
	dropHost(config)
	return config, nil
}

// readPlace reads the host, the port and the database of a URL that is no path of a socket.
func readPlace(u *url.URL, config map[string]any) error {
	if config["socket"] != nil {
		return nil
	}
	if host := u.Hostname(); host != "" {
		config["host"] = host
	}
	if port := u.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			return fmt.Errorf("the port %q is not a number", port)
		}
		config["port"] = n
	}
	if path := strings.TrimPrefix(u.Path, "/"); path != "" {
		n, err := strconv.Atoi(path)
		if err != nil {
			return fmt.Errorf("the database %q is not a number", path)
		}
		config["database"] = n
	}
	return nil
}

// dropHost leaves out the host and the port of a URL that names the nodes of a
// cluster or the sentinels: there they are one more node, or nothing at all.
func dropHost(config map[string]any) {
	if config["cluster"] == nil && config["sentinel"] == nil {
		return
	}
	delete(config, "host")
	delete(config, "port")
}

// redacted is the URL without its password, and without what may hold one too.
func redacted(u *url.URL) string {
	shown := *u
	shown.RawQuery, shown.Fragment = "", ""
	return shown.Redacted()
}
