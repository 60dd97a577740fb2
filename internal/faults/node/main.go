// Node is one process of a cluster under faults: a scheduler on a store, whose
// tasks write evidence of what they do. The harness tells it on its standard input
// how wrong its clock goes.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/setup"
	"github.com/go-asyncz/asyncz/internal/faults/witness"
	"github.com/go-asyncz/asyncz/internal/nodeclock"
	"github.com/go-asyncz/asyncz/store"
)

func main() {
	var c setup.Node
	if len(os.Args) != 2 || json.Unmarshal([]byte(os.Args[1]), &c) != nil {
		fmt.Fprintln(os.Stderr, "node: the harness starts this program, with its setup as the argument")
		os.Exit(2)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err := run(c); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

func run(c setup.Node) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	nodeclock.Shift(c.Clock)
	file, err := evidence.Create(c.Evidence, c.Name)
	if err != nil {
		return err
	}
	s, err := open(ctx, c, file)
	if err != nil {
		return err
	}
	if !c.Quiet {
		s.Listen(func(e asyncz.Event) { tell(file, e) })
	}
	file.Put(evidence.Line{Kind: evidence.Started, Holder: s.Node()}) // before it can run anything
	if err := s.Start(ctx); err != nil {
		return err
	}
	go steer()
	go measure(ctx, file)
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.Background(), c.Drain)
	defer cancel()
	err = s.Shutdown(ending)
	file.Put(evidence.Line{Kind: evidence.Stopped, Holder: s.Node()})
	return err // the file is left to the end of the process: others write to the last
}

func open(ctx context.Context, c setup.Node, file *evidence.File) (*asyncz.Scheduler, error) {
	open := func() (store.Store, error) { return witness.Open(ctx, c.Store, c.Key, file) }
	if c.Quiet {
		open = func() (store.Store, error) { return witness.Bare(ctx, c.Store) }
	}
	st, err := open()
	if err != nil {
		return nil, err
	}
	return asyncz.New(ctx,
		asyncz.WithStore(asyncz.DefaultAlias, st), asyncz.WithEncryptionKey(c.Key),
		asyncz.WithLease(c.Lease, c.Beat), asyncz.WithPoll(c.Poll), asyncz.WithStartupWait(time.Minute),
		asyncz.WithFunctions(functions(c, file)),
	)
}

// steer sets the clock wrong as the harness says, one step a line. Without a harness
// the process has nothing to live for.
func steer() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if d, err := time.ParseDuration(strings.TrimSpace(lines.Text())); err == nil {
			nodeclock.Shift(d)
		}
	}
	os.Exit(1)
}
