package redisstore_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/go-asyncz/asyncz/storetest"
)

func TestBearsFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	storetest.RunNetwork(t, storetest.NetworkHarness{New: func(tb testing.TB) storetest.NetworkPlace {
		p := single(tb)
		u, err := url.Parse(p.url)
		must(tb, err)
		user, secret := "user-"+rand.Text(), rand.Text()
		p.do(tb, "ACL", "SETUSER", user, "on", ">"+secret, "~*", "&*", "+@all")
		tb.Cleanup(func() { p.do(tb, "ACL", "DELUSER", user) })
		u.User = url.UserPassword(user, secret)
		return storetest.NetworkPlace{Server: u.Host, Secret: secret, Open: func(ctx context.Context, address string) (store.Store, error) {
			through := *u
			through.Host = address
			return redisstore.Open(ctx, through.String(), p.keys()...)
		}}
	}})
}
