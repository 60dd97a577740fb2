package storetest

import (
	"context"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

// A fate is what became of one write.
type fate uint8

const (
	undone fate = iota // all is as before
	done               // all is as it should be after it
	mixed              // of several records some are as before, and some as after
	torn               // a record is neither; it was reported
)

// A trial is a write through a network that cuts it.
type trial struct {
	name string
	has  func(s store.Store) bool // whether the store can; nil: it can
	// mixes says that the write is of several records, each by itself.
	mixes bool
	// prepare makes what the write needs. All names begin with mark.
	prepare func(n *network, s store.Store, mark string)
	do      func(ctx context.Context, s store.Store, mark string) error
	again   func(ctx context.Context, s store.Store, mark string) error // after one that did nothing; nil: do
	// fate reports what is torn.
	fate func(n *network, s store.Store, mark string) fate
}

// cutCases are two a trial: whatever the cut, the store is sound, and so is what
// the caller was told.
func cutCases() (cases []networkCase) {
	for _, tr := range trials {
		cases = append(cases,
			networkCase{name: "Cut/" + tr.name, prove: tr.prove,
				promise: "when its connection is cut, before, within or after each of its requests, " + tr.name +
					" has done each of its writes or has not. It returns nil only when all are done, and otherwise ErrUnreachable: no other error, because none was true when it was called. The handle works on."},
			networkCase{name: "Cut/Idle" + tr.name, prove: tr.proveIdle,
				promise: tr.name + " on connections that were cut while nobody used them returns nil and is done, or ErrUnreachable; and is done when it is called again."})
	}
	return cases
}

// cuts are where a request is cut.
var cuts = []struct {
	where string
	fault faultnet.Fault
}{
	{"before request", faultnet.Fault{Do: faultnet.CutRequest}},
	{"after the first byte of request", faultnet.Fault{Do: faultnet.CutRequest, Bytes: 1}},
	{"in the middle of request", faultnet.Fault{Do: faultnet.CutRequest, Bytes: faultnet.Half}},
	{"before the answer to request", faultnet.Fault{Do: faultnet.CutAnswer}},
	{"in the middle of the answer to request", faultnet.Fault{Do: faultnet.CutAnswer, Bytes: faultnet.Half}},
}

// mostRequests is how many requests one write may take.
const mostRequests = 20

func (tr trial) possible(n *network) (s, beside store.Store) {
	n.Helper()
	s = n.open()
	if tr.has != nil && !tr.has(s) {
		n.Skipf("the store has no %s", tr.name)
	}
	return s, n.beside()
}

func (tr trial) prove(n *network) {
	s, beside := tr.possible(n)
	for i, cut := range cuts {
		for request := 0; ; request++ {
			fault := cut.fault
			fault.Marker, fault.Skip = fmt.Sprintf("trial-%d-%02d-", i, request), request
			step := fmt.Sprintf("%s, cut %s %d", tr.name, cut.where, request+1)
			tr.prepare(n, beside, fault.Marker)
			trap := n.proxy.Arm(fault)
			err := n.inTime(n.ctx, call{step, func(ctx context.Context) error { return tr.do(ctx, s, fault.Marker) }})
			if !trap.Disarm() {
				n.check(err, "%s, without a fault", tr.name)
				if request == 0 {
					n.Fatalf("the proxy found no request of %s with the id %q: is the connection encrypted, or not through the proxy?", tr.name, fault.Marker)
				}
				break // it has no more requests
			}
			tr.judge(n, s, beside, fault.Marker, err, step)
			if request == mostRequests {
				n.Fatalf("%s takes more than %d requests", tr.name, mostRequests)
			}
		}
	}
}

func (tr trial) proveIdle(n *network) {
	s, beside := tr.possible(n)
	for _, mark := range []string{"idle-1-", "idle-2-"} {
		tr.prepare(n, beside, mark)
		n.works(s, "before the cut")
		n.proxy.Cut()
		err := n.inTime(n.ctx, call{tr.name, func(ctx context.Context) error { return tr.do(ctx, s, mark) }})
		tr.judge(n, s, beside, mark, err, tr.name+" on connections that were cut while idle")
	}
}

// judge compares what a write told with what it did, and then does it if it was not done.
func (tr trial) judge(n *network, s, beside store.Store, mark string, err error, step string) {
	n.Helper()
	n.excuses(err, step)
	f := tr.fate(n, beside, mark)
	switch {
	case f == mixed && !tr.mixes:
		n.Errorf("%s: some of it was done", step)
	case err == nil && f != done && f != torn:
		n.Errorf("%s: it returned nil, and was not done", step)
	}
	n.works(s, "after "+step)
	if f != undone || n.Failed() {
		return
	}
	again := tr.do
	if tr.again != nil {
		again = tr.again
	}
	n.insist(step+", once more", func() error { return again(n.ctx, s, mark) })
	if tr.fate(n, beside, mark) != done {
		n.Errorf("%s: called once more it returned nil, and was not done", step)
	}
}
