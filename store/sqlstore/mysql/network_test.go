package mysql_test

import (
	"context"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/sqlstore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestBearsFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	storetest.RunNetwork(t, storetest.NetworkHarness{New: func(tb testing.TB) storetest.NetworkPlace {
		b := newBase(tb)
		secret, _ := b.url.User.Password()
		if secret == b.url.User.Username() { // which errors may show
			secret = ""
		}
		return storetest.NetworkPlace{Server: b.url.Host, Secret: secret, Open: func(ctx context.Context, address string) (store.Store, error) {
			return sqlstore.Open(ctx, b.at(address).String())
		}}
	}})
}
