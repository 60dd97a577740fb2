package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

var streamCases = []networkCase{
	{name: "Cut/ClaimComesAgain", prove: claimLost,
		promise: "records whose claim was lost on the way come again after their hold, all of them."},
	{name: "Cut/WalkDoesNotEndEarly", prove: walkCut,
		promise: "a walk whose connection is cut does not pass for a whole one: it yields all records, or ErrUnreachable as the last thing."},
	{name: "Cut/WatchTells", prove: watchCut,
		promise: "Watch returns ErrUnreachable when its connection is cut, and wakes when it is called again."},
}

func claimLost(n *network) {
	s := n.open()
	has[store.Claimer](n.T, s)
	beside := n.beside()
	const mark = "lost-"
	for i := range claimed {
		n.add(beside, claimable(mark, i))
	}
	for request := 0; ; request++ {
		trap := n.proxy.Arm(faultnet.Fault{Marker: mark, Skip: request, Do: faultnet.CutAnswer})
		err := doClaim(n.ctx, s, mark, noon, lostHold)
		if trap.Disarm() {
			n.excuses(err, "a Claim whose answer is lost")
		}
		if r := n.get(beside, claimable(mark, 0).ID); r.Rev == 2 || request == mostRequests {
			break // it was the last request that does the work
		}
	}
	n.works(s, "after a Claim whose answer was lost")
	if early, err := s.(store.Claimer).Claim(n.ctx, at(noon.Add(time.Second)), lostHold); err != nil || len(early) > 0 {
		n.Errorf("before their hold has passed %s are claimed, error %v", showIDs(ids(early)), err)
	}
	n.check(claimAll(n.ctx, s, mark, lostHold, lostHold.Add(time.Hour)), "a Claim after the hold of the one that was lost")
}

func walkCut(n *network) {
	s := n.open()
	const records = 300
	n.add(n.beside(), recs(records)...)
	for _, bytes := range []int{0, faultnet.Half} {
		for request := 0; request < mostRequests; request++ {
			trap := n.proxy.Arm(faultnet.Fault{Skip: request, Do: faultnet.CutAnswer, Bytes: bytes})
			got, err := collect(s.All(n.ctx))
			sprung := trap.Disarm()
			n.excuses(err, "a walk that was cut")
			if err == nil && len(got) != records {
				n.Errorf("a walk that was cut in the answer to its request %d ended after %d of %d records without an error", request+1, len(got), records)
			}
			n.works(s, "after a walk that was cut")
			if !sprung {
				break
			}
		}
	}
}

func watchCut(n *network) {
	s, beside := n.open(), n.beside()
	w := has[store.Watcher](n.T, s)
	i := 0
	listen := func() (ended chan error) {
		woken := make(chan struct{}, 1)
		ended = make(chan error, 1)
		go func() {
			ended <- w.Watch(n.ctx, func() {
				select {
				case woken <- struct{}{}:
				default:
				}
			})
		}()
		n.awaken(beside, &i, woken, ended)
		return ended
	}
	for range 2 {
		ended := listen()
		n.proxy.Cut()
		select {
		case err := <-ended:
			n.fails(err, store.ErrUnreachable, "Watch, when its connection is cut")
			if err != nil {
				n.discreet(err, "Watch")
			}
		case <-n.ctx.Done():
			n.Fatal("Watch has not returned after its connection was cut")
		}
		n.works(s, "after a Watch that was cut")
	}
	listen()
}

// awaken adds records until the watcher wakes: nothing tells from when on Watch
// listens.
func (n *network) awaken(s store.Store, i *int, woken <-chan struct{}, ended chan error) {
	n.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		*i++
		r := rec(fmt.Sprint("task-", *i))
		r.Due = noon.Add(-time.Duration(*i) * time.Hour)
		n.check(s.Add(n.ctx, r), "Add")
		select {
		case <-woken:
			return
		case err := <-ended:
			if errors.Is(err, context.DeadlineExceeded) {
				n.Fatal("no wake-up came through Watch")
			}
			n.Fatalf("Watch ended: %v", err)
		case <-again.C:
		}
	}
}
