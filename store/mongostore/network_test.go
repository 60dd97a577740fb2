package mongostore_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestBearsFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	storetest.RunNetwork(t, storetest.NetworkHarness{New: func(tb testing.TB) storetest.NetworkPlace {
		p := newPlace(tb)
		u, err := url.Parse(p.url)
		must(tb, err)
		secret, _ := u.User.Password()
		return storetest.NetworkPlace{Server: u.Host, Secret: secret, Open: func(ctx context.Context, address string) (store.Store, error) {
			through := *u
			through.Host = address
			// The members of a replica set name themselves, which leads past the proxy.
			through.RawQuery = "directConnection=true&serverSelectionTimeoutMS=2000"
			return mongostore.Open(ctx, through.String(), mongostore.WithCollection(p.collection))
		}}
	}})
}
