// Faults runs a cluster of real processes on a store while it kills, pauses and
// cuts off what it can, and checks by the evidence that its tasks leave behind that
// the promises of docs/guarantees.md hold:
//
//	go run ./internal/faults --store postgres --nodes 5 --for 10m --seed 7
//
// The store is the URL of one, or file, sqlite, postgres, mysql, redis or mongodb,
// for which a server of its own is started, killed and restarted. The same seed
// breaks the same things at the same times.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/go-asyncz/asyncz/internal/faults/chaos"
	"github.com/go-asyncz/asyncz/internal/faults/check"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/mutants"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

var errBroken = errors.New("promises were broken")

func run(ctx context.Context, args []string) error {
	var c chaos.Config
	f := flag.NewFlagSet("faults", flag.ExitOnError)
	f.StringVar(&c.Store, "store", "sqlite", "URL of a store, or file, sqlite, postgres, mysql, redis, mongodb")
	f.IntVar(&c.Nodes, "nodes", 3, "number of processes at a time")
	f.DurationVar(&c.For, "for", 0, "how long things break; 20s if not said")
	f.Uint64Var(&c.Seed, "seed", 0, "of the plan; a random one if not said")
	f.StringVar(&c.Key, "key", "", "what the records are sealed with")
	f.DurationVar(&c.Lease, "lease", 0, "how long a run belongs to its node without renewal; 2s if not said")
	f.IntVar(&c.Tasks, "tasks", 0, "how many of the common kinds there are; 3 if not said")
	f.IntVar(&c.Kills, "kills", 0, "kill -9 of a node; -1: none, and if not said, as many as are usual for the length of the run")
	f.IntVar(&c.Blackouts, "blackouts", 0, "kill -9 of all nodes")
	f.IntVar(&c.Rolls, "rolls", 0, "restarts of a node in order")
	f.IntVar(&c.Pauses, "pauses", 0, "a node stands still for longer than its lease")
	f.IntVar(&c.Network, "network", 0, "faults of the network before a node")
	f.IntVar(&c.Restarts, "restarts", 0, "kills and restarts of the server")
	f.IntVar(&c.Steps, "steps", 0, "steps of the clock of a node")
	f.StringVar(&c.Dir, "keep", "", "folder for the evidence, which is kept; a temporary one if not said")
	asJSON := f.Bool("json", false, "print the report as JSON")
	race := f.Bool("race", false, "build the nodes with the race detector")
	mutant := f.String("mutant", "", "build the nodes with this deliberate bug, to see it caught: "+mutants.Names())
	again := f.Bool("check", false, "run nothing: check the evidence in the folder of --keep once more")
	_ = f.Parse(args) // it exits by itself

	kept := c.Dir != ""
	if !kept {
		dir, err := os.MkdirTemp("", "asyncz-evidence-")
		if err != nil {
			return err
		}
		c.Dir = dir
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	c, failed := c.Complete()
	if failed != nil {
		return failed
	}
	if !*again {
		var err error
		if c.Program, err = mutants.Build(ctx, filepath.Join(c.Dir, "node"), *mutant, *race); err != nil {
			return err
		}
		c.Log = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
		failed = chaos.Run(ctx, c)
		fmt.Fprintf(os.Stderr, "seed %d, evidence in %s\n", c.Seed, c.Dir)
	}
	lines, err := evidence.Read(c.Dir)
	if err != nil || len(lines) == 0 {
		return errors.Join(failed, err)
	}
	report := check.Check(lines, c.Terms())
	if *asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(report)
	} else {
		report.Print(os.Stdout)
	}
	if len(report.Violations) > 0 {
		failed = errors.Join(failed, errBroken)
	}
	if failed == nil && !kept {
		err = errors.Join(err, os.RemoveAll(c.Dir))
	}
	return errors.Join(failed, err)
}
