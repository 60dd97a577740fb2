package scenario

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/go-asyncz/asyncz/bench/system"
)

// NodeCommand is the argument by which a program that measures becomes a node.
const NodeCommand = "node"

// A nodeOrder tells a process what node it is.
type nodeOrder struct {
	Setup
	// Hang: its runs say that they begin, and do not end.
	Hang bool `json:"hang"`
}

// What a node says, a line each.
const (
	saysReady = "ready" // to start, when it is told to go
	saysBegin = "begin" // a run has begun
)

// RunNode is a node in a process of its own. The first line that it reads is its
// order, which is no argument because all on the machine see those. At the second it
// starts, and it ends with its input.
func RunNode(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	lines := bufio.NewScanner(in)
	var o nodeOrder
	if lines.Scan(); json.Unmarshal(lines.Bytes(), &o) != nil {
		return errors.New("the order of a node can't be read")
	}
	d, err := openSystem(ctx, o.Setup)
	if err != nil {
		return err
	}
	defer d.Close()
	var run func(context.Context, system.Run)
	if o.Hang {
		run = func(ctx context.Context, _ system.Run) {
			fmt.Fprintln(out, saysBegin)
			<-ctx.Done()
		}
	}
	n, err := d.Node(ctx, run)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, saysReady)
	if !lines.Scan() {
		return lines.Err()
	}
	if err := n.Start(ctx); err != nil {
		return err
	}
	for lines.Scan() {
	}
	// One that hangs is killed; should it not be, it ends soon by itself.
	ending, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return n.Stop(ending)
}

// A process is a node that was started.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

// spawn starts a node and waits until it is ready.
func spawn(ctx context.Context, s Setup, hang bool) (*process, error) {
	order, err := json.Marshal(nodeOrder{s, hang})
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, program, NodeCommand)}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.lines = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(p.in, "%s\n", order)
	if err == nil {
		err = p.wait(saysReady)
	}
	if err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// wait reads until the node says something.
func (p *process) wait(word string) error {
	for p.lines.Scan() {
		if p.lines.Text() == word {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("a node ended before it said %q", word), p.lines.Err())
}

func (p *process) start() error {
	_, err := fmt.Fprintln(p.in, "go")
	return err
}

// end lets the node end in order.
func (p *process) end() error {
	_ = p.in.Close()
	for p.lines.Scan() { // it must not wait for a reader
	}
	return p.cmd.Wait()
}

// kill ends it at once, as a machine that is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
