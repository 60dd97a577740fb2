package chaos

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

// happen lets a fault happen, and returns when it is over.
func (r *run) happen(ctx context.Context, e event) error {
	r.log("%v", e)
	l := evidence.Line{Kind: evidence.Fault, How: e.what, At: time.Now()}
	var err error
	switch e.what {
	case Crash, Restart:
		_, err = r.place.services(ctx, map[string]string{Crash: "crash", Restart: "restart"}[e.what], r.place.kind)
	case Blackout:
		for _, n := range r.nodes {
			n.end(syscall.SIGKILL)
		}
		time.Sleep(e.span)
		for _, n := range r.nodes {
			if err = n.start(); err != nil {
				break
			}
		}
	default:
		l.Node = r.nodes[e.node].setup.Name
		err = r.nodes[e.node].suffer(e)
	}
	l.Until = time.Now()
	r.file.Put(l)
	if err != nil {
		return fmt.Errorf("the fault %s: %w", e.what, err)
	}
	return nil
}

// suffer is what happens to one node.
func (n *node) suffer(e event) error {
	switch e.what {
	case Kill:
		n.end(syscall.SIGKILL)
		time.Sleep(e.span)
		return n.start()
	case Roll:
		n.end(syscall.SIGTERM)
		return n.start()
	case Pause:
		return n.pause(e.span)
	case Step:
		n.step(e.step)
	case Cut:
		n.net.Cut()
	case Refuse:
		n.net.Refuse()
		n.net.Cut()
		time.Sleep(e.span)
		n.net.Accept()
	case Hole:
		n.net.Stall()
		time.Sleep(e.span)
		n.net.Resume()
	case Delay:
		n.net.Delay(e.span / 10)
		time.Sleep(e.span)
		n.net.Delay(0)
	case Swallow:
		over := time.After(e.span)
		for range 3 {
			trap := n.net.Arm(faultnet.Fault{Do: faultnet.CutAnswer})
			select {
			case <-trap.Sprung():
			case <-over:
				trap.Disarm()
				return nil
			}
		}
	}
	return nil
}
