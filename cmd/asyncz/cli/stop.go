package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signals returns a channel on which each Ctrl-C and SIGTERM comes.
func signals() (stop <-chan os.Signal, release func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c, func() { signal.Stop(c) }
}

// stop shuts the scheduler down. A second signal breaks off the runs that are
// waited for, which takes a few seconds at most; a third one does not wait at all.
func (s *session) stop(ctx context.Context, logger *slog.Logger, patience time.Duration, again <-chan os.Signal) error {
	logger.Info("stopping: waiting for runs in flight", "at_most", patience)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.here.Shutdown(ending) }()
	select {
	case err := <-done:
		if errors.Is(err, context.DeadlineExceeded) {
			logger.Warn("runs were broken off, because they took longer than --stop-timeout", "at_most", patience)
			return exit(ExitFailure)
		}
		if err == nil {
			logger.Info("stopped")
		}
		return err
	case <-again:
	}
	logger.Warn("not waiting any longer: runs in flight are broken off")
	cancel()
	select {
	case <-done: //nolint:errcheck // the exit code says it already
	case <-again:
	}
	return exit(ExitInterrupted)
}
