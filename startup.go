package asyncz

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// WithStartupWait lets [New], and then [Scheduler.Start], wait for the servers of
// the stores, such as a database that starts beside this program: while one can't
// be reached ([store.ErrUnreachable]) it is tried again, with growing pauses, until
// the duration is over, for all stores together. That is told once a store. Other
// errors end the call at once, as does the end of its context. The default is not
// to wait. Once a scheduler is started, it outlasts any outage.
func WithStartupWait(d time.Duration) Option {
	return func(c *settings) error {
		if d < 0 {
			return fmt.Errorf("%w: the startup wait %v is negative", ErrOption, d)
		}
		c.startupWait = d
		return nil
	}
}

// Pauses between two tries.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// startupEnds is how long a call that begins now may wait for servers.
func (c *settings) startupEnds() time.Time { return time.Now().Add(c.startupWait) }

// reach does what needs the server of a store, and waits for it until that time, if
// the settings allow any waiting.
func (s *Scheduler) reach(ctx context.Context, until time.Time, alias string, do func(context.Context) error) error {
	if s.settings.startupWait == 0 {
		return do(ctx)
	}
	var last error
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := try(ctx, until, last != nil, do)
		left := time.Until(until)
		if left <= 0 && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && last != nil {
			return last // which names the server
		}
		if !errors.Is(err, store.ErrUnreachable) || left < pause {
			return err
		}
		if last == nil {
			s.settings.logger.Warn("waiting for the server of a store", "store", alias, "at_most", left.Round(time.Second), "error", err)
		}
		last = err
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// try does it, another time within what is left of the wait. The first time may
// take as long as it does without a wait, so that it ends with a good error.
func try(ctx context.Context, until time.Time, again bool, do func(context.Context) error) error {
	if again {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	return do(ctx)
}
