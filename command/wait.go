package command

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// wait returns when the command has ended and, if ctx ended before, no process
// of it is left. The error is a predicate: "failed: …".
func wait(ctx context.Context, cmd *exec.Cmd, tree *processes, grace time.Duration) error {
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		if errors.Is(err, exec.ErrWaitDelay) {
			err = nil // the program itself ended well
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			err = fmt.Errorf("failed: %w", err)
		}
		return err
	case <-ctx.Done():
		if err := stop(tree, ended, grace); err != nil {
			return fmt.Errorf("was stopped (%w): %w", context.Cause(ctx), err)
		}
		return fmt.Errorf("was stopped (%w): exit status 0", context.Cause(ctx))
	}
}

// stop ends all processes and returns how the command ended.
func stop(tree *processes, ended <-chan error, grace time.Duration) error {
	deadline := time.NewTimer(grace)
	defer deadline.Stop()
	if !tree.terminate() {
		tree.kill()
		return <-ended
	}
	var err error
	select {
	case err = <-ended:
		tree.waitEmpty(deadline.C)
		tree.kill()
	case <-deadline.C:
		tree.kill()
		err = <-ended
	}
	return err
}
