package mongostore_test

import (
	"context"
	"net"
	"strconv"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/mongostore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestStoreBearsAFailingNetwork(t *testing.T) {
	t.Parallel()
	// The driver looks for a lost server twice a second.
	storetest.RunNetwork(t, storetest.NetworkHarness{New: func(tb testing.TB) storetest.NetworkPlace {
		p := newPlace(tb)
		host, port := p.hostAndPort(tb)
		return storetest.NetworkPlace{
			Server: net.JoinHostPort(host, strconv.Itoa(port)),
			Open: func(ctx context.Context, address string) (store.Store, error) {
				return mongostore.Open(ctx, "mongodb://"+address+"/"+p.database+"?serverSelectionTimeoutMS=1200", mongostore.WithCollection(p.collection))
			},
		}
	}})
}
