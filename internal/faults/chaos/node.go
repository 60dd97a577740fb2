package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/setup"
	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

// A node is one member of the cluster: a process, and the next one when it has
// died, behind a network of its own.
type node struct {
	program string
	setup   setup.Node
	net     *faultnet.Proxy // nil: there is no network before the store
	log     *os.File

	mu    sync.Mutex
	cmd   *exec.Cmd // nil: no process
	stdin io.WriteCloser
	died  error // of a process that nobody told to end
}

// newNode makes a node that is not started yet.
func newNode(c Config, p *place, i int) (*node, error) {
	n := &node{program: c.Program, setup: setup.Node{
		Name: fmt.Sprintf("n%d", i+1), Store: p.url, Key: c.Key, Evidence: c.Dir,
		Lease: c.Lease, Beat: c.Beat, Poll: c.Poll, Clock: clocks[i%len(clocks)], Drain: c.Lease,
	}}
	if i%2 == 0 || c.Nodes == 1 {
		n.setup.Knows = []string{setup.Rare}
	}
	if c.remote() {
		server, err := p.server()
		if err != nil {
			return nil, err
		}
		if n.net, err = faultnet.Listen(server); err != nil {
			return nil, err
		}
		if n.setup.Store, err = p.through(n.net.Addr()); err != nil {
			return nil, err
		}
	}
	var err error
	n.log, err = os.OpenFile(filepath.Join(c.Dir, n.setup.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return n, err
}

// start begins a process, if there is none.
func (n *node) start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd != nil {
		return nil
	}
	told, err := json.Marshal(n.setup)
	if err != nil {
		return err
	}
	cmd := exec.Command(n.program, string(told)) //nolint:noctx // it ends by a signal, which is what is tested
	cmd.Stdout, cmd.Stderr = n.log, n.log
	if n.stdin, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	n.cmd = cmd
	return nil
}

// end sends a signal that ends the process, and waits until it has ended.
func (n *node) end(sig syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Signal(sig) // one that has ended by itself is told below
	err := n.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == sig:
	case err != nil && sig == syscall.SIGTERM && exit != nil && exit.ExitCode() == 1: // runs were cancelled
	case err != nil:
		n.died = fmt.Errorf("%s, process %d: %w; see %s", n.setup.Name, n.cmd.Process.Pid, err, n.log.Name())
	}
	n.cmd = nil
}

// pause stops the process where it stands, for a while.
func (n *node) pause(d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return nil
	}
	if err := standStill(n.cmd.Process); err != nil {
		return err
	}
	time.Sleep(d)
	return goOn(n.cmd.Process)
}

// step sets the clock of the process wrong, and that of those to come.
func (n *node) step(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.setup.Clock = d
	if n.cmd != nil {
		_, _ = fmt.Fprintln(n.stdin, d)
	}
}

// close ends what is left of a node.
func (n *node) close() error {
	n.end(syscall.SIGKILL)
	if n.net != nil {
		n.net.Close()
	}
	return errors.Join(n.died, n.log.Close())
}
