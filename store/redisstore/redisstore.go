package redisstore

import "github.com/go-asyncz/asyncz/store"

func init() {
	store.Register(store.Driver{Open: openConfig, FromURL: configFromURL}, "redis", "rediss")
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
