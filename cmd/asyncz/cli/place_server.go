package cli

import (
	"fmt"
	"net"
	"strings"
)

// The keys of configurations that say where a server is, each by itself, and
// what in it is the store's. Others are never shown: they may be secret.
var (
	urlKeys     = []string{"database", "url", "uri"}
	addressKeys = []string{"cluster", "sentinel", "socket"}
	nameKeys    = []string{"tablename", "tasks_key", "collection"}
)

// serverOf says from the configuration of a store where its server is: host,
// port and database; empty when it does not say.
func serverOf(values map[string]any) string {
	for _, key := range urlKeys {
		if url, _ := values[key].(string); strings.Contains(url, "://") {
			return inDatabase(urlPlace(url), values)
		}
	}
	for _, key := range addressKeys {
		if value, given := values[key]; given {
			return inDatabase(strings.Trim(strings.ReplaceAll(fmt.Sprint(value), " ", ","), "[]"), values)
		}
	}
	host, given := values["host"]
	if !given {
		return ""
	}
	at := fmt.Sprint(host)
	if port, given := values["port"]; given {
		at = net.JoinHostPort(at, fmt.Sprint(port))
	}
	return inDatabase(at, values)
}

// inDatabase adds the database, where it stands beside the server.
func inDatabase(at string, values map[string]any) string {
	database := fmt.Sprint(values["database"])
	if values["database"] == nil || strings.Contains(database, "://") {
		return at
	}
	if before, ok := strings.CutSuffix(at, "/"+database); ok {
		at = before
	}
	return strings.TrimSuffix(at, "/") + "/" + database
}

// urlPlace returns what stands between the password and the parameters of a URL;
// nothing when it isn't sure where these are.
func urlPlace(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	base, query, _ := strings.Cut(rest, "?")
	switch {
	case strings.Contains(query, "@"): // a password may hold a question mark
		return ""
	case strings.Count(base, "@") > 1:
		return ""
	}
	return base[strings.Index(base, "@")+1:]
}

// nameOf returns what in its server is the store's: tablename=…, tasks_key=….
func nameOf(values map[string]any) string {
	for _, key := range nameKeys {
		if name, _ := values[key].(string); name != "" {
			return key + "=" + name
		}
	}
	return ""
}
