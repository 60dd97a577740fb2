package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

// A NetworkHarness tells how to get at a store on a server, through a network
// that fails.
type NetworkHarness struct {
	// New makes an empty place for records. It is called once a case, and cases
	// run at the same time.
	New func(tb testing.TB) NetworkPlace

	// Patience is the longest that a case waits for the store; 0 means five
	// minutes, which only a call that hangs needs.
	Patience time.Duration

	// Serial runs the cases one after the other.
	Serial bool
}

// A NetworkPlace is where records are kept on a server.
type NetworkPlace struct {
	// Server is host:port of the server.
	Server string

	// Open opens a handle on the records of this place, which finds the server at
	// this host:port: at Server, or at a proxy before it. The connection must not
	// be encrypted or compressed, because the proxy chooses requests by what is in
	// them. The case closes all handles.
	Open func(ctx context.Context, address string) (store.Store, error)

	// Hasty opens a handle as Open does, whose calls give up soon on a server that
	// is away; nil means Open. It is for clients that wait long for such a server,
	// because each method is called while there is none. Where the server is there,
	// and slow, such a handle may give up too, as often as it likes; all that must
	// succeed at once is done through handles from Open, which may be patient.
	Hasty func(ctx context.Context, address string) (store.Store, error)

	// Secret is what no error may show: the password with which Open connects.
	Secret string
}

// RunNetwork proves that a store on a server bears the faults of the network
// between them: one sub-test a promise, all of them through a proxy of package
// faultnet. It goes beyond [Run], which proves the store on a sound network.
func RunNetwork(t *testing.T, h NetworkHarness) {
	t.Helper()
	for _, c := range networkCases() {
		t.Run(c.name, func(t *testing.T) {
			if !h.Serial {
				t.Parallel()
			}
			c.run(t, h)
		})
	}
}

// A networkCase proves one promise.
type networkCase struct {
	name    string
	promise string
	prove   func(n *network)
}

func networkCases() []networkCase {
	all := append([]networkCase{}, awayCases...)
	all = append(all, cutCases()...)
	return append(all, streamCases...)
}

func (c networkCase) run(tb testing.TB, h NetworkHarness) {
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the promise of %s: %s", c.name, c.promise)
		}
	})
	if h.Patience == 0 {
		h.Patience = 5 * time.Minute
	}
	n := &network{}
	n.T = newT(tb, Harness{Patience: h.Patience, New: func(tb testing.TB) Place {
		n.at = h.New(tb)
		if n.at.Hasty == nil {
			n.at.Hasty = n.at.Open
		}
		n.proxy = faultnet.New(tb, n.at.Server)
		return Place{Open: func() (store.Store, error) { return n.at.Open(n.ctx, n.proxy.Addr()) }}
	}})
	c.prove(n)
}

// A network is what a case works with. Its open opens a handle through the proxy.
type network struct {
	*T
	at    NetworkPlace
	proxy *faultnet.Proxy
}

// beside opens a handle that no fault touches.
func (n *network) beside() store.Store {
	n.Helper()
	s, err := n.at.Open(n.ctx, n.at.Server)
	n.check(err, "Open, not through the proxy")
	n.closes(s)
	return s
}

// hasty opens a handle through the proxy that gives up soon.
func (n *network) hasty() (s store.Store) {
	n.Helper()
	n.insist("Open", func() (err error) {
		s, err = n.at.Hasty(n.ctx, n.proxy.Addr())
		return err
	})
	n.closes(s)
	return s
}

// excuses reports an error that a fault of the network does not excuse.
func (n *network) excuses(err error, step string) {
	n.Helper()
	if err == nil {
		return
	}
	n.fails(err, store.ErrUnreachable, "%s", step)
	n.discreet(err, step)
}

// discreet reports an error that shows the password.
func (n *network) discreet(err error, step string) {
	n.Helper()
	if n.at.Secret != "" && strings.Contains(err.Error(), n.at.Secret) {
		n.Errorf("%s: the error shows the password: %v", step, err)
	}
}

// attempts is how many connections of a pool may have died unnoticed.
const attempts = 100

// insist calls do until it succeeds, on a sound network: for each connection that
// died before it may fail once, and a handle may be hasty, as long as it says so.
func (n *network) insist(step string, do func() error) {
	n.Helper()
	var err error
	for range attempts {
		if err = do(); err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnreachable) {
			break
		}
	}
	n.Fatalf("%s, when the network was sound again: %v", step, err)
}

// works reports when a handle is of no use any more.
func (n *network) works(s store.Store, after string) {
	n.Helper()
	n.insist("a Get "+after, func() error {
		_, err := s.Get(n.ctx, "nobody")
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
}
