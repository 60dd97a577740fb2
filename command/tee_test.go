package command_test

import (
	"context"
	"io"
	"testing"

	"github.com/go-asyncz/asyncz/command"
)

func TestTheTeeGetsTheOutputWhileTheCommandRuns(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	args := sh(t, "echo first; echo second >&2; exec sleep 600")
	args.Tee, args.KillAfter = w, 0.1
	done := make(chan error, 1)
	go func() {
		_, err := command.Run(ctx, args)
		done <- err
	}()
	b := make([]byte, len("first\nsecond\n"))
	if _, err := io.ReadFull(r, b); err != nil || string(b) != "first\nsecond\n" {
		t.Errorf("%q, %v", b, err)
	}
	stop() // had it ended by itself, there would be no error
	if err := <-done; err == nil {
		t.Error("the command had ended before")
	}
}
