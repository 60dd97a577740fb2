package cli

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz"
)

const (
	envStore     = "ASYNCZ_STORE"
	defaultStore = "sqlite:///asyncz.db"
)

var aliased = regexp.MustCompile(`^([\pL\pN_.-]+)=(.*)$`)

// stores returns the configuration of the stores by alias: of the command line,
// where that has no such alias of the environment, then of the file.
func (a *app) stores(file map[string]any) (map[string]any, error) {
	all := map[string]any{}
	maps.Copy(all, file)
	for _, from := range []struct {
		name string
		list []string
	}{{envStore, strings.Fields(os.Getenv(envStore))}, {"--store", a.storeFlags}} {
		seen := map[string]bool{}
		for _, text := range from.list {
			alias, url := asyncz.DefaultAlias, text
			if m := aliased.FindStringSubmatch(text); m != nil {
				alias, url = m[1], m[2]
			}
			if url == "" {
				return nil, usagef("%s: the URL of %q is empty; write alias=URL, such as default=%s", from.name, alias, defaultStore)
			}
			if seen[alias] {
				return nil, usagef("%s: the alias %q is given twice", from.name, alias)
			}
			seen[alias] = true
			all[alias] = url
		}
	}
	if len(all) == 0 {
		all[asyncz.DefaultAlias] = defaultStore
	}
	return all, nil
}

// storeFor returns the alias that a new task goes to, when in is what --in says.
func storeFor(in string, places []place) (string, error) {
	aliases := (&session{places: places}).aliases()
	switch {
	case in != "" && !slices.Contains(aliases, in):
		return "", usagef("--in: there is no store %q; known ones are %s", in, strings.Join(aliases, ", "))
	case in != "":
		return in, nil
	case slices.Contains(aliases, asyncz.DefaultAlias):
		return asyncz.DefaultAlias, nil
	case len(aliases) == 1:
		return aliases[0], nil
	}
	return "", usagef("--in is missing: no store is called %q; name one of %s", asyncz.DefaultAlias, strings.Join(aliases, ", "))
}
