package mongostore

import (
	"context"
	"crypto/tls"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/go-asyncz/asyncz/store"
)

// config is the configuration as a map holds it. Names in the manner of
// authSource are those of MongoDB's own URLs.
type config struct {
	Database       string        `config:"database"`
	Collection     string        `config:"collection"`
	Client         any           `config:"client"`
	URI            string        `config:"uri"`
	Host           string        `config:"host"`
	Port           int           `config:"port"`
	Username       string        `config:"username"`
	Password       string        `config:"password"`
	AuthSource     string        `config:"authSource"`
	ReplicaSet     string        `config:"replicaSet"`
	TLS            bool          `config:"tls"`
	ConnectTimeout store.Seconds `config:"connect_timeout"`
}

// openConfig opens a store from a configuration map.
func openConfig(ctx context.Context, from map[string]any) (store.Store, error) {
	var c config
	if err := store.Decode(from, &c); err != nil {
		return nil, err
	}
	options := c.options(from)
	switch client := c.Client.(type) {
	case nil:
		return Open(ctx, c.URI, options...)
	case *mongo.Client:
		if c.URI != "" {
			return nil, fmt.Errorf("%w: uri can't be set beside client, which says it already", store.ErrConfig)
		}
		return New(ctx, client, options...)
	default:
		return nil, fmt.Errorf("%w: client is of the type %T; it must be a *mongo.Client", store.ErrConfig, client)
	}
}

// options returns the options for the keys that are in values.
func (c *config) options(values map[string]any) []Option {
	byKey := map[string]Option{
		"database":        WithDatabase(c.Database),
		"collection":      WithCollection(c.Collection),
		"host":            WithHost(c.Host),
		"port":            WithPort(c.Port),
		"username":        WithCredentials(c.Username, c.Password),
		"password":        WithCredentials(c.Username, c.Password),
		"authSource":      WithAuthSource(c.AuthSource),
		"replicaSet":      WithReplicaSet(c.ReplicaSet),
		"connect_timeout": WithConnectTimeout(c.ConnectTimeout.Duration()),
		"tls":             WithTLS(nil),
	}
	if c.TLS {
		byKey["tls"] = WithTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	var options []Option
	for key, value := range values {
		if o := byKey[key]; o != nil && value != nil {
			options = append(options, o)
		}
	}
	return options
}
