package redisstore_test

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/redisstore"
	"github.com/go-asyncz/asyncz/storetest"
	"github.com/redis/rueidis"
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

// A client of a cluster learns from its nodes where they are. So that it goes
// through a proxy, this cluster has one node, which tells the proxy's port for its
// own; who is to go by it uses the node as a single server.
func TestClientOfAClusterBearsFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	storetest.RunNetwork(t, storetest.NetworkHarness{New: func(tb testing.TB) storetest.NetworkPlace {
		const secret = "correct-horse-battery"
		node := newServer(tb, "--cluster-enabled", "yes", "--cluster-port", freePort(tb), "--cluster-announce-ip", "127.0.0.1", "--requirepass", secret)
		dial := func() rueidis.Client {
			c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{node.address()}, Password: secret, ForceSingleClient: true, DisableCache: true})
			must(tb, err)
			tb.Cleanup(c.Close)
			return c
		}
		first := dial()
		must(tb, first.Do(bg, first.B().ClusterAddslotsrange().StartSlotEndSlot().StartSlotEndSlot(0, 16383).Build()).Error())
		node.stop()
		node.run("Cluster state changed: ok")
		raw := dial()
		keys := []redisstore.Option{redisstore.WithTasksKey("{a}.tasks"), redisstore.WithRunTimesKey("{a}.run_times")}
		return storetest.NetworkPlace{Server: node.address(), Secret: secret, Open: func(ctx context.Context, address string) (store.Store, error) {
			if address == node.address() {
				return redisstore.New(ctx, raw, keys...)
			}
			_, port, err := net.SplitHostPort(address)
			must(tb, err)
			must(tb, raw.Do(bg, raw.B().ConfigSet().ParameterValue().ParameterValue("cluster-announce-port", port).Build()).Error())
			return redisstore.Open(ctx, "redis://:"+secret+"@?cluster="+address, keys...)
		}}
	}})
}
