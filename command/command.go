// Package command runs a program as a task: without a shell unless one is named,
// with the end of its output kept, and with no process left behind when its
// context ends.
//
// [Run] has the shape of a task's function and [Args] of its arguments, so that
// a scheduler can register it like any other.
package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// OutputLimit is how much of a command's output is kept, in bytes.
const OutputLimit = 64 << 10

// DefaultKillAfter is how long a command may take to end when it was asked to.
const DefaultKillAfter = 5 * time.Second

// outputDelay is how long a process that was left behind may keep the output of
// a command that has ended.
const outputDelay = time.Second

// A Result is what is known of a command that has ended.
type Result struct {
	// ExitCode is the program's exit code; -1 when it was not started or was ended
	// by a signal.
	ExitCode int `json:"exit_code"`
	// Signal names the signal that ended the program, such as "killed".
	Signal string `json:"signal,omitempty"`
	// Output is the end of standard output and standard error, merged in the order
	// of writing: the last [OutputLimit] bytes. What is not UTF-8 is replaced.
	Output string `json:"output"`
	// Truncated is the number of bytes of output before Output.
	Truncated int64 `json:"truncated,omitempty"`
	// Duration is the time from start to end, in seconds.
	Duration float64 `json:"duration"`
}

// summaryLen is how much of the output is in a summary, in bytes.
const summaryLen = 1 << 10

// Summary returns the result with the last KiB of its output.
func (r Result) Summary() any {
	if cut := len(r.Output) - summaryLen; cut > 0 {
		r.Output, r.Truncated = strings.ToValidUTF8(r.Output[cut:], ""), r.Truncated+int64(cut)
	}
	return r
}

// Run runs a command until it ends, and returns an error unless its exit code is
// 0. The error says how it ended and what its last line of output was; the
// result is complete in either case.
//
// When ctx ends first, all processes of the command are asked to end (SIGTERM),
// and killed when they haven't after [Args.KillAfter]; the error then wraps the
// cause of ctx, whatever the exit code. A process that has left the command's
// process group (setsid) is not reached. On Windows the processes are those of a
// job object, and are asked with Ctrl-Break, which reaches only programs that
// share the scheduler's console; where it can't be sent they are killed at once.
//
// A command that ends by itself may leave processes in the background: they stay
// alive. If they hold its output open, that is waited for a second longer and
// then closed, which is no error.
//
// The command's environment is that of this process without any variable whose
// name begins with ASYNCZ_STORE, since those hold keys and passwords; then
// [Args.Env]; then [Args.Extra]. This keeps them out of a command's reach by
// accident, not by intent: a process of the same user can read more.
func Run(ctx context.Context, a Args) (Result, error) {
	res := Result{ExitCode: -1}
	if err := a.Validate(); err != nil {
		return res, err
	}
	if ctx.Err() != nil {
		return res, fmt.Errorf("%s was not started: %w", a.name(), context.Cause(ctx))
	}
	out := &tail{limit: OutputLimit}
	cmd, tree := a.prepare(out)
	defer tree.close()

	start := time.Now()
	err := cmd.Start()
	if err != nil {
		return res, a.startError(err)
	}
	tree.started(cmd.Process)
	err = wait(ctx, cmd, tree, a.killAfter())
	res.Duration = time.Since(start).Seconds()
	res.Output, res.Truncated = out.text()
	res.ExitCode, res.Signal = cmd.ProcessState.ExitCode(), signalOf(cmd.ProcessState.Sys())
	switch line := out.lastLine(); {
	case err == nil:
		return res, nil
	case line == "":
		return res, fmt.Errorf("%s %w", a.name(), err)
	default:
		return res, fmt.Errorf("%s %w: %s", a.name(), err, line)
	}
}

// prepare returns the command, ready to start in a group of processes of its own.
func (a Args) prepare(out io.Writer) (*exec.Cmd, *processes) {
	argv := a.argv()
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // the end of the context stops the whole group, in steps
	cmd.Dir = a.Dir
	cmd.Env = a.environ()
	if a.Stdin != "" {
		cmd.Stdin = strings.NewReader(a.Stdin)
	}
	if a.Tee != nil {
		out = io.MultiWriter(out, a.Tee)
	}
	cmd.Stdout, cmd.Stderr = out, out // one writer: one pipe, in the order of writing
	cmd.WaitDelay = outputDelay
	return cmd, newProcesses(cmd, a)
}

// startError says so when it is the directory that isn't there: the system's
// error would name the program.
func (a Args) startError(err error) error {
	if a.Dir != "" {
		if _, dirErr := os.Stat(a.Dir); dirErr != nil {
			err = fmt.Errorf("dir: %w", dirErr)
		}
	}
	return fmt.Errorf("%s could not be started: %w", a.name(), err)
}
