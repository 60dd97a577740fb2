package postgres_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestServerBearsFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	storetest.RunNetwork(t, storetest.NetworkHarness{New: func(tb testing.TB) storetest.NetworkPlace {
		at, _ := place(tb)
		u, err := url.Parse(at)
		must(tb, err)
		secret, known := u.User.Password()
		if !known { // a server that trusts its host takes any
			secret = "correct-horse-battery"
			u.User = url.UserPassword(u.User.Username(), secret)
		}
		return storetest.NetworkPlace{Server: u.Host, Secret: secret, Open: func(ctx context.Context, address string) (store.Store, error) {
			through := *u
			through.Host = address
			return sqlstore.Open(ctx, through.String())
		}}
	}})
}
