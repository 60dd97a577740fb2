//go:build unix

package command_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/command"
)

// watched is a command that runs. Its processes hold descriptor 3 open, a named
// pipe whose other end the test reads: its end shows that all of them are dead.
type watched struct {
	cancel context.CancelCauseFunc
	pipe   *bufio.Reader
	done   chan struct{}
	res    command.Result
	err    error
}

// watch starts a shell line, and returns when the line has written "ready" to
// descriptor 3.
func watch(t *testing.T, line string, killAfter float64) *watched {
	t.Helper()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	a := sh(t, "exec 3>'"+fifo+"'; "+line)
	a.KillAfter = killAfter
	ctx, cancel := context.WithCancelCause(t.Context())
	w := &watched{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		w.res, w.err = command.Run(ctx, a)
	}()
	f, err := os.Open(fifo) // waits for the writer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	w.pipe = bufio.NewReader(f)
	if said, err := w.pipe.ReadString('\n'); said != "ready\n" {
		t.Fatalf("the command said %q (error %v)", said, err)
	}
	return w
}

// readySleep is a process that says when it can be ended: what a shell with a
// trap has only just forked would lose the signal.
const readySleep = `sh -c 'echo ready >&3; exec sleep 60'`

// rest waits until all processes are dead, and returns what they wrote.
func (w *watched) rest(t *testing.T) string {
	t.Helper()
	b, err := io.ReadAll(w.pipe)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

var errShutdown = errors.New("the node stops")

func TestRunEndsAllProcessesWithItsContext(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"one process":             "echo ready >&3; exec sleep 60",
		"a child":                 "echo ready >&3; sleep 60; echo 'went on' >&3",
		"background children":     "sleep 60 & sleep 60 & echo ready >&3; wait",
		"grandchildren":           "sh -c 'sh -c \"sleep 60; true\" & echo ready >&3; wait'; true",
		"no output held":          "exec >/dev/null 2>&1; sleep 60 & echo ready >&3; wait",
		"a stopped process":       "echo ready >&3; kill -STOP $$; true",
		"a parent that has ended": "(sleep 60 & echo ready >&3) & wait; sleep 60",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, line, 30)
			start := time.Now()
			w.cancel(errShutdown)
			<-w.done
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if said := w.rest(t); said != "" {
				t.Errorf("the command still wrote %q", said)
			}
			if !errors.Is(w.err, errShutdown) || w.res.ExitCode != -1 || w.res.Signal != "terminated" {
				t.Errorf("Run = %+v, %v", w.res, w.err)
			}
		})
	}
}

func TestRunKillsWhatDoesNotEndWhenAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, signal string }{
		"the command":         {"trap '' TERM; echo ready >&3; while :; do sleep 60; done", "killed"},
		"a child":             {"(trap '' TERM; echo ready >&3; while :; do sleep 60; done) & wait", "terminated"},
		"a child, with pipes": {"(trap '' TERM; echo ready >&3; sleep 60) >/dev/null 2>&1 & wait", "terminated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, c.line, 1) // in which the shell dies on a busy machine too
			w.cancel(errShutdown)
			<-w.done
			w.rest(t)
			if !errors.Is(w.err, errShutdown) || w.res.Signal != c.signal {
				t.Errorf("Run = %+v, %v; want the signal %s", w.res, w.err, c.signal)
			}
		})
	}
}

// The shell dies of the first signal; what it waited for needs its time.
func TestRunLetsChildrenEndInOrder(t *testing.T) {
	t.Parallel()
	for name, output := range map[string]string{"output held": "", "output elsewhere": "exec >/dev/null 2>&1; "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, output+`(trap "sleep 0.1; echo tidied >&3; exit" TERM; `+readySleep+` & wait); true`, 30)
			w.cancel(errShutdown)
			<-w.done
			if said := w.rest(t); said != "tidied\n" {
				t.Errorf("the child wrote %q, want that it tidied up", said)
			}
		})
	}
}

func TestRunThatIsStoppedFailsWhateverTheExitCode(t *testing.T) {
	t.Parallel()
	w := watch(t, "trap 'echo bye; exit 0' TERM; "+readySleep+" & wait", 30)
	w.cancel(errShutdown)
	<-w.done
	w.rest(t)
	if !errors.Is(w.err, errShutdown) || w.res.ExitCode != 0 || !strings.HasSuffix(w.res.Output, "bye\n") {
		t.Errorf("Run = %+v, %v", w.res, w.err)
	}
	if !strings.HasSuffix(w.err.Error(), "exit status 0: bye") {
		t.Errorf("the error is %q", w.err)
	}
}

func TestRunEndsAtATimeout(t *testing.T) {
	t.Parallel()
	run := func(timeout time.Duration) (command.Result, error) {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		return command.Run(ctx, sh(t, "echo started; sleep 60; true"))
	}
	timeout := 50 * time.Millisecond
	res, err := run(timeout)
	for res.Output == "" && timeout < 20*time.Second { // a busy machine had not begun
		timeout *= 2
		res, err = run(timeout)
	}
	if !errors.Is(err, context.DeadlineExceeded) || res.Output != "started\n" || res.Duration < timeout.Seconds() || res.Duration > 55 {
		t.Errorf("Run = %+v, %v", res, err)
	}
}

func TestRunSaysWhichSignalEndedTheCommand(t *testing.T) {
	t.Parallel()
	res, err := command.Run(t.Context(), sh(t, "echo last words; kill -9 $$"))
	if res.ExitCode != -1 || res.Signal != "killed" || err == nil || !strings.Contains(err.Error(), "signal: killed: last words") {
		t.Errorf("Run = %+v, %v", res, err)
	}
}
