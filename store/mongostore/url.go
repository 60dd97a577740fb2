package mongostore

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// schemes are the beginnings of our URLs, each with what it is to the driver.
var schemes = map[string]string{
	"mongodb": "mongodb", "mongo": "mongodb", "mongodb+srv": "mongodb+srv", "mongo+srv": "mongodb+srv",
}

// ownKeys are the parameters of a URL that mean something to the store and
// nothing to the driver.
var ownKeys = []string{"collection", "connect_timeout", "database"}

// configFromURL turns a URL into configuration: the URI as the driver takes it,
// and our own keys.
func configFromURL(text string) (map[string]any, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	proper, known := schemes[scheme]
	if !ok || !known {
		return nil, fmt.Errorf("%w: %q is no URL of MongoDB; write mongodb://host:port/database?collection=tasks, or mongodb+srv://…",
			store.ErrConfig, scheme)
	}
	if strings.ContainsAny(rest[:max(strings.LastIndex(rest, "@"), 0)], "/?#") {
		// no word of what it is: it may be half of a password
		return nil, fmt.Errorf("%w: the URL has a /, ? or # before its @; in a user or password write %%2F, %%3F, %%23", store.ErrConfig)
	}
	rest, query, _ := strings.Cut(rest, "?")
	config := map[string]any{}
	var driver []string
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case part == "":
		case !slices.Contains(ownKeys, key):
			driver = append(driver, part)
		case config[key] != nil:
			return nil, fmt.Errorf("%w: %s is set twice in the URL", store.ErrConfig, key)
		default:
			plain, err := url.QueryUnescape(value)
			if err != nil {
				return nil, fmt.Errorf("%w: %s=%s in the URL: %w", store.ErrConfig, key, value, err)
			}
			config[key] = plain
		}
	}
	// The driver wants a slash before the parameters.
	authority, path, _ := strings.Cut(rest, "/")
	if path != "" && config["database"] == nil {
		name, err := url.PathUnescape(path)
		if err != nil {
			return nil, fmt.Errorf("%w: the database %q in the URL: %w", store.ErrConfig, path, err)
		}
		config["database"] = name
	}
	config["uri"] = proper + "://" + authority + "/" + path
	if len(driver) > 0 {
		config["uri"] = config["uri"].(string) + "?" + strings.Join(driver, "&")
	}
	return config, nil
}
