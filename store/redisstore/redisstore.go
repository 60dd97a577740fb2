package redisstore

import (
	"context"
	"maps"

	"github.com/go-asyncz/asyncz/store"
)

func init() {
	store.Register(store.Driver{Open: openConfig, FromURL: configFromURL}, "redis")
	store.Register(store.Driver{Open: openSecure, FromURL: configFromURL}, "rediss")
}

// openSecure opens a store of the type "rediss": with TLS, where nothing else
// says whether.
func openSecure(ctx context.Context, from map[string]any) (store.Store, error) {
	if from["tls"] == nil && from["url"] == nil {
		from = maps.Clone(from)
		from["tls"] = true
	}
	return openConfig(ctx, from)
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Claimer    = (*Store)(nil)
	_ store.Batcher    = (*Store)(nil)
	_ store.Clock      = (*Store)(nil)
	_ store.Watcher    = (*Store)(nil)
	_ store.RunLog     = (*Store)(nil)
	_ store.Members    = (*Store)(nil)
	_ store.Checker    = (*Store)(nil)
	_ store.Namespaced = (*Store)(nil)
)
