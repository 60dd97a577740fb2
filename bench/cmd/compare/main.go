// Compare measures this scheduler beside others, all in one run:
//
//	go run ./bench/cmd/compare -list
//	go run ./bench/cmd/compare -scenario burst,periodic
//	scripts/services up --durable; eval "$(scripts/services env)"
//	go run ./bench/cmd/compare -out results
//
// Each measurement is done in a process of its own, so that no system meets the
// memory, the caches or the garbage of another. The systems of a case take turns.
// Servers are named by the variables that scripts/services sets.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	_ "time/tzdata" // cron expressions have a zone, which the machine may lack

	"github.com/go-asyncz/asyncz/bench/scenario"
)

// measureCommand is the argument by which the program does one measurement.
const measureCommand = "measure"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out, progress io.Writer) error {
	if len(args) == 1 {
		switch args[0] {
		case measureCommand:
			return measureOne(ctx, in, out)
		case scenario.NodeCommand:
			return scenario.RunNode(ctx, in, out)
		}
	}
	return compare(ctx, args, out, progress)
}

// measureOne reads a setup and writes the figures.
func measureOne(ctx context.Context, in io.Reader, out io.Writer) error {
	var s scenario.Setup
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return fmt.Errorf("the setup of a measurement: %w", err)
	}
	end, err := profile(s.Profile)
	if err != nil {
		return err
	}
	figures, err := scenario.Measure(ctx, s)
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(figures)
}
