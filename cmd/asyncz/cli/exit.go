package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/command"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/httpcall"
	"github.com/go-asyncz/asyncz/store"
)

// Exit codes.
const (
	ExitFailure     = 1   // it was not possible, or a check found something
	ExitUsage       = 2   // what was asked for can't be; nothing was done
	ExitInterrupted = 130 // a second Ctrl-C
)

// A usageError is an error in what was asked for.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// An exit ends the process with a code when all has been said.
type exit int

func (exit) Error() string { return "" }

// invalid are the errors of asyncz that come from what was asked for.
var invalid = []error{
	asyncz.ErrTask, asyncz.ErrOption, asyncz.ErrArguments, asyncz.ErrAmbiguous,
	store.ErrConfig, store.ErrInvalid, executor.ErrConfig, command.ErrInvalid, httpcall.ErrInvalid,
}

// ExitCode returns the exit code that an error of a command stands for.
func ExitCode(err error) int {
	var code exit
	var usage usageError
	var path *fs.PathError
	var errno syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &path), errors.As(err, &errno):
		return ExitFailure // the machine said no
	}
	for _, cause := range invalid {
		if errors.Is(err, cause) {
			return ExitUsage
		}
	}
	return ExitFailure
}
