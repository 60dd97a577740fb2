package command_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/go-asyncz/asyncz/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sh is a line for the shell; the test is skipped where there is none.
func sh(t *testing.T, line string) command.Args {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	return command.Args{Argv: []string{line}, Shell: "sh"}
}

func TestRunReturnsWhatTheCommandDid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, output string
		code         int
		says         []string // of the error; nil: there is none
	}{
		{"true", "", 0, nil},
		{"echo one; echo two >&2; echo three", "one\ntwo\nthree\n", 0, nil},
		{"exit 3", "", 3, []string{"the line for sh", "exit status 3"}},
		{"echo first; echo 'disk full' >&2; echo; exit 1", "first\ndisk full\n\n", 1, []string{"exit status 1", "disk full"}},
		{`printf 'caf\351'`, "caf\uFFFD", 0, nil},
	} {
		res, err := command.Run(t.Context(), sh(t, c.line))
		if res.Output != c.output || res.ExitCode != c.code || res.Signal != "" || res.Truncated != 0 || res.Duration <= 0 {
			t.Errorf("%s: result %+v, want exit code %d and output %q", c.line, res, c.code, c.output)
		}
		if (err != nil) != (c.says != nil) {
			t.Errorf("%s: error %v", c.line, err)
			continue
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %s", c.line, err, word)
			}
		}
		var exit *exec.ExitError
		if c.says != nil && !errors.As(err, &exit) {
			t.Errorf("%s: %v does not wrap the exec.ExitError", c.line, err)
		}
	}
}

func TestRunPassesArgumentsAsTheyAre(t *testing.T) {
	t.Parallel()
	sh(t, "")
	args := []string{"", "a b", "$HOME", "*", "'\"", "日本", "x\ny", "; exit 1"}
	a := command.Args{Argv: append([]string{"sh", "-c", `for a; do printf '[%s]' "$a"; done`, "sh"}, args...)}
	res, err := command.Run(t.Context(), a)
	if want := "[" + strings.Join(args, "][") + "]"; err != nil || res.Output != want {
		t.Errorf("output %q (error %v), want %q", res.Output, err, want)
	}
}

func TestRunGivesInputAndDirectory(t *testing.T) {
	t.Parallel()
	a := sh(t, "cat; pwd")
	a.Stdin = "from the task\n"
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a.Dir = dir
	res, err := command.Run(t.Context(), a)
	if want := "from the task\n" + dir + "\n"; err != nil || res.Output != want {
		t.Errorf("output %q (error %v), want %q", res.Output, err, want)
	}
}

func TestRunHasNoInputByDefault(t *testing.T) {
	t.Parallel()
	if res, err := command.Run(t.Context(), sh(t, "cat; echo end")); err != nil || res.Output != "end\n" {
		t.Errorf("output %q, error %v", res.Output, err)
	}
}

func TestRunDoesNotMindInputThatNobodyReads(t *testing.T) {
	t.Parallel()
	a := sh(t, "exit 0")
	a.Stdin = strings.Repeat("x", 1<<20)
	if _, err := command.Run(t.Context(), a); err != nil {
		t.Error(err)
	}
}

func TestRunKeepsSecretsOutOfTheEnvironment(t *testing.T) {
	for _, name := range []string{
		"ASYNCZ_STORE", "ASYNCZ_STORE_ENCRYPTION_KEY", "ASYNCZ_STORE_ENCRYPTION_KEY_OLD", "ASYNCZ_STORE_ENCRYPTION_KEY_FILE",
	} {
		t.Setenv(name, "hush")
	}
	t.Setenv("ASYNCZ_OTHER", "inherited")
	t.Setenv("CHANGED", "before")
	a := sh(t, "env")
	a.Env = map[string]string{"CHANGED": "after", "ASYNCZ_RUN_ID": "forged"}
	a.Extra = map[string]string{"ASYNCZ_TASK": "backup", "ASYNCZ_RUN_ID": "backup@1"}
	res, err := command.Run(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(res.Output, "\n")
	for _, line := range lines {
		if strings.Contains(line, "hush") {
			t.Errorf("the command sees %s", line)
		}
	}
	for _, want := range []string{"ASYNCZ_OTHER=inherited", "CHANGED=after", "ASYNCZ_TASK=backup", "ASYNCZ_RUN_ID=backup@1"} {
		if n := strings.Count("\n"+res.Output, "\n"+want+"\n"); n != 1 {
			t.Errorf("the command sees %s %d times", want, n)
		}
	}
}

func TestRunKeepsTheEndOfHugeOutput(t *testing.T) {
	t.Parallel()
	// 1,000,000 lines of 10 bytes and one of 4.
	res, err := command.Run(t.Context(), sh(t, "yes 123456789 | head -n 1000000; echo end"))
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Output) != 65536 || !strings.HasSuffix(res.Output, "\n123456789\nend\n") || res.Truncated != 10_000_004-65_536 {
		t.Errorf("%d bytes after %d, ending in %.20q", len(res.Output), res.Truncated, res.Output[max(0, len(res.Output)-20):])
	}
}

func TestRunSaysWhyACommandCouldNotBeStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  command.Args
		cause error
		says  string
	}{
		{command.Args{Argv: []string{"no-such-program", "--password=hush"}}, exec.ErrNotFound, `"no-such-program"`},
		{command.Args{Argv: []string{filepath.Join(dir, "gone")}}, os.ErrNotExist, "gone"},
		{command.Args{Argv: []string{plain}}, nil, "plain"},
		{command.Args{Argv: []string{os.Args[0]}, Dir: filepath.Join(dir, "nowhere")}, os.ErrNotExist, "nowhere"},
		{command.Args{}, command.ErrInvalid, "argv"},
	} {
		res, err := command.Run(t.Context(), c.args)
		if err == nil || res.ExitCode != -1 || c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("Run(%v) = %+v, %v; want an error that wraps %v", c.args, res, err, c.cause)
			continue
		}
		if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("Run(%v): %q does not say %s, or too much", c.args, err, c.says)
		}
	}
}

func TestRunDoesNotStartWhenItsContextHasEnded(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	reason := errors.New("the node stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	res, err := command.Run(ctx, sh(t, "echo > '"+file+"'"))
	if !errors.Is(err, reason) || res.ExitCode != -1 {
		t.Errorf("Run = %+v, %v", res, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the command was run: %v", err)
	}
}

func TestRunDoesNotWaitForWhatACommandLeavesBehind(t *testing.T) {
	t.Parallel()
	start := time.Now()
	res, err := command.Run(t.Context(), sh(t, "sleep 60 & echo $!"))
	if took := time.Since(start); err != nil || res.ExitCode != 0 || took > 30*time.Second {
		t.Errorf("Run = %+v, %v after %v", res, err, took)
	}
	if _, err := command.Run(t.Context(), sh(t, "kill "+res.Output)); err != nil {
		t.Errorf("the process that was left behind is gone: %v", err)
	}
}
