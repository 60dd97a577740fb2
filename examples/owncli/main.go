// Owncli is a program with functions of its own that offers the commands of
// asyncz for them:
//
//	go run ./examples/owncli add cleanup --id nightly --cron '@daily' --kwargs '{"older_than":"24h"}'
//	go run ./examples/owncli start
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
)

// CleanupArgs are the arguments of cleanup. They are checked when a task is
// added, on the command line too.
type CleanupArgs struct {
	OlderThan Duration `json:"older_than"`
}

// CleanupResult is shown by "owncli inspect" and in the log of "owncli start".
type CleanupResult struct {
	Removed int `json:"removed"`
}

// cleanup is known to the commands by being registered.
var cleanup = asyncz.Register("cleanup", func(ctx context.Context, a CleanupArgs) (CleanupResult, error) {
	run, _ := asyncz.RunFrom(ctx)
	before := run.Scheduled.Add(-time.Duration(a.OlderThan))
	asyncz.Logger(ctx).Info("cleaning up", "before", before)
	return CleanupResult{Removed: 3}, ctx.Err()
})

// A Duration is written like "24h".
type Duration time.Duration

// UnmarshalText reads a duration as time.ParseDuration does.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return fmt.Append(nil, time.Duration(d)), nil }

func main() {
	_ = cleanup // a program would add tasks of its own with cleanup.With(…)
	os.Exit(cli.Main(os.Args[1:]...))
}
