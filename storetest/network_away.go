package storetest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

var awayCases = []networkCase{
	{name: "Away/OpenSaysWhere", prove: openAway,
		promise: "Open of a server that refuses connections fails with ErrUnreachable, which names host and port and shows no password."},
	{name: "Away/MethodsSay", prove: methodsAway,
		promise: "each method fails with ErrUnreachable while the server is away, and works when it is back, on the same handle."},
	{name: "Silent/OpenEndsWithItsContext", prove: openSilent,
		promise: "Open of a server that is silent ends with its context, and returns the context's error."},
	{name: "Silent/MethodsEndWithTheirContext", prove: methodsSilent,
		promise: "each method ends with its context while the server is silent, returns the context's error, and works when the server speaks again, on the same handle."},
}

// short is a deadline that a silent server lets pass.
const short = 50 * time.Millisecond

func openAway(n *network) {
	n.proxy.Refuse()
	s, err := n.at.Hasty(n.ctx, n.proxy.Addr())
	if err == nil {
		s.Close()
		n.Fatal("Open of a server that refuses connections succeeds")
	}
	n.fails(err, store.ErrUnreachable, "Open of a server that refuses connections")
	n.discreet(err, "Open")
	if !strings.Contains(err.Error(), n.proxy.Addr()) {
		n.Errorf("Open: the error does not name %s: %v", n.proxy.Addr(), err)
	}
}

func methodsAway(n *network) {
	s, beside := n.hasty(), n.beside()
	n.add(beside, rec("a"))
	for _, c := range calls(s) {
		n.proxy.Refuse()
		n.proxy.Cut()
		err := n.inTime(n.ctx, c)
		if err == nil {
			n.Errorf("%s succeeds while the server is away", c.name)
		}
		n.excuses(err, c.name+" while the server is away")
		n.proxy.Accept()
		n.works(s, "after "+c.name+" while the server was away")
	}
	n.holds(beside, store.Record{ID: "a", Due: noon, Executor: "default", Data: rec("a").Data, Rev: 1}, "after the server was away")
}

func openSilent(n *network) {
	n.proxy.Stall()
	err := n.inTime(n.ctx, call{"Open", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, short)
		defer cancel()
		s, err := n.at.Open(ctx, n.proxy.Addr())
		if err == nil {
			s.Close()
		}
		return err
	}})
	n.fails(err, context.DeadlineExceeded, "Open of a server that is silent, after its context has ended")
	n.discreet(err, "Open")
}

func methodsSilent(n *network) {
	s := n.open()
	n.Cleanup(n.proxy.Resume) // before the handle is closed, which may have words with the server
	for _, c := range calls(s) {
		n.proxy.Stall()
		ctx, cancel := context.WithTimeout(n.ctx, short)
		err := n.inTime(ctx, c)
		cancel()
		n.fails(err, context.DeadlineExceeded, "%s of a server that is silent, after its context has ended", c.name)
		if err != nil {
			n.discreet(err, c.name)
		}
		n.proxy.Resume()
		n.works(s, "after "+c.name+" of a server that was silent")
	}
}

// errStays is what inTime returns for a call that does not end.
var errStays = errors.New("it has not returned")

// inTime does a call, and waits for it to return for no longer than half of the
// patience.
func (n *network) inTime(ctx context.Context, c call) error {
	n.Helper()
	returned := make(chan error, 1)
	go func() { returned <- c.do(ctx) }()
	deadline, _ := n.ctx.Deadline()
	late := time.NewTimer(time.Until(deadline) / 2)
	defer late.Stop()
	select {
	case err := <-returned:
		return err
	case <-late.C:
		n.Fatalf("%s: %v", c.name, errStays)
		return errStays
	}
}
