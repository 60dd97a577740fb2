package sqlstore

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/store"
)

// configFromURL turns a URL into configuration: the database without the
// query, and the query's parameters as keys of their own or of connect_args.
func configFromURL(text string) (map[string]any, error) {
	for _, alias := range []string{"sql:", "sqlalchemy:"} {
		text = strings.TrimPrefix(text, alias)
	}
	d, err := databaseByURL(text)
	if err != nil {
		return nil, err
	}
	base, query := d.split(text)
	if err := d.check(base); err != nil {
		return nil, err
	}
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("%w: the query of the URL %s can't be read; write ?key=value&key=value", store.ErrConfig, redacted(base))
	}
	config := map[string]any{"database": base}
	args := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		into, values := config, parameters[key]
		switch known := slices.Contains(configKeys, key); {
		case key == "database" || key == "connect_args":
			return nil, fmt.Errorf("%w: %s can't be a parameter of the URL %s", store.ErrConfig, key, redacted(base))
		case !known && d.argument(key):
			into = args
		}
		if len(values) > 1 {
			return nil, fmt.Errorf("%w: %s is set %d times in the URL %s", store.ErrConfig, key, len(values), redacted(base))
		}
		into[key] = values[0]
	}
	if len(args) > 0 {
		config["connect_args"] = args
	}
	return config, nil
}

// configKeys are the keys of a configuration.
var configKeys = func() (keys []string) {
	t := reflect.TypeFor[config]()
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("config"))
	}
	return keys
}()

// redacted is the URL without its password and its query. Where it is not sure
// where a password ends, it shows the scheme alone.
func redacted(text string) string {
	base, _, _ := strings.Cut(text, "?")
	u, err := url.Parse(base)
	if at := strings.Count(text, "@"); err == nil && (at == 0 || at == 1 && u.User != nil) {
		return u.Redacted()
	}
	scheme, _, _ := strings.Cut(base, "://")
	return scheme + "://…"
}
