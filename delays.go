package asyncz

import (
	"context"
	"time"

	"github.com/go-asyncz/asyncz/internal/engine"
)

// Delays returns, at the beginning of an attempt, what it had to wait for: late is
// how long ago the scheduled time of its run is, by the store's clock, jitter,
// retries and all; waited is how long ago it was handed to its executor, where it
// may have queued. Middleware that calls it first thing measures so. It is false
// outside of a run.
func Delays(ctx context.Context) (late, waited time.Duration, ok bool) { return engine.Delays(ctx) }
