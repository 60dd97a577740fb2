package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/httpcall"
)

// The functions that need no Go code.
const (
	commandFunction = "command"
	httpFunction    = "http"
)

// functions returns the registered functions, "command" and "http".
func functions() *asyncz.Functions {
	fs := asyncz.Registered()
	if !slices.Contains(fs.Names(), commandFunction) {
		asyncz.RegisterIn(fs, commandFunction, runCommand)
	}
	if !slices.Contains(fs.Names(), httpFunction) {
		asyncz.RegisterIn(fs, httpFunction, callHTTP)
	}
	return fs
}

// runCommand runs a program, which finds the identity of its run in the
// environment.
func runCommand(ctx context.Context, args command.Args) (command.Result, error) {
	if run, ok := asyncz.RunFrom(ctx); ok {
		args.Tee = asyncz.RunOutput(ctx)
		args.Extra = map[string]string{
			"ASYNCZ_TASK":          run.Task,
			"ASYNCZ_RUN_ID":        run.ID(),
			"ASYNCZ_RUN_SCHEDULED": run.Scheduled.UTC().Format(time.RFC3339Nano),
			"ASYNCZ_RUN_ATTEMPT":   strconv.Itoa(run.Attempt),
		}
	}
	result, err := command.Run(ctx, args)
	if errors.Is(err, command.ErrInvalid) {
		err = asyncz.Permanent(err)
	}
	return result, err
}

// callHTTP makes a request that carries the identity of its run.
func callHTTP(ctx context.Context, args httpcall.Args) (httpcall.Result, error) {
	if run, ok := asyncz.RunFrom(ctx); ok {
		args.Extra = map[string]string{"Idempotency-Key": url.PathEscape(run.ID())} // an id may hold what a header can't
	}
	result, err := httpcall.Run(ctx, args)
	if errors.Is(err, httpcall.ErrInvalid) {
		err = asyncz.Permanent(err)
	}
	return result, err
}

// checkCall looks closer at the arguments of "command" and "http" than their
// types do. Arguments that don't fit the type are left for the scheduler to refuse.
func checkCall(function string, kwargs json.RawMessage) error {
	var args interface{ Validate() error }
	switch function {
	case commandFunction:
		args = &command.Args{}
	case httpFunction:
		args = &httpcall.Args{}
	default:
		return nil
	}
	if len(kwargs) == 0 {
		kwargs = json.RawMessage("{}")
	}
	if json.Unmarshal(kwargs, args) != nil {
		return nil //nolint:nilerr // the scheduler refuses it, in words for all functions
	}
	return args.Validate()
}
