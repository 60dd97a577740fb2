// Package nodeclock is the wall clock of this node. It is read here, instead of
// with time.Now, wherever the hour is meant and not a duration, so that a node
// whose clock is wrong can be had for a test.
package nodeclock

import (
	"sync/atomic"
	"time"
)

var shift atomic.Int64 // in nanoseconds

// Now returns this node's wall clock. While it is shifted, what it returns has no
// monotonic part, which the shift would not move.
func Now() time.Time {
	now := time.Now()
	if d := shift.Load(); d != 0 {
		return now.Round(0).Add(time.Duration(d))
	}
	return now
}

// Shift sets the wall clock of this process wrong by d, from now on; 0 sets it
// right. It is for tests of what a wrong clock does, and for nothing else.
func Shift(d time.Duration) { shift.Store(int64(d)) }
