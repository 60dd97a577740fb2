package scenario

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/go-asyncz/asyncz/bench/system"
)

// inMemory makes the system of a setup.
func inMemory(s Setup) (system.Memory, error) {
	x, ok := system.Find(s.System)
	if !ok || x.Memory == nil {
		return nil, fmt.Errorf("there is no system %q in memory", s.System)
	}
	return x.Memory()
}

// spare is how long before the first fire everything must be ready.
const spare = 500 * time.Millisecond

// ready makes a scheduler with tasks, started well before the moment at which the
// first is due. As nobody knows how long a system takes for that, it is given more
// and more time.
func ready(ctx context.Context, s Setup, fill func(m system.Memory, due time.Time) error) (system.Memory, time.Time, error) {
	for lead := 2*spare + time.Duration(s.Size)*20*time.Microsecond; ; lead *= 3 {
		m, err := inMemory(s)
		if err != nil {
			return nil, time.Time{}, err
		}
		due := time.Now().Add(lead).Truncate(time.Millisecond) // some keep microseconds only
		err = fill(m, due)
		if err == nil {
			err = m.Start()
		}
		if err == nil {
			runtime.GC()
			if time.Until(due) > spare {
				return m, due, nil
			}
		}
		m.Stop()
		if err != nil && !errors.Is(err, errTooLate) {
			return nil, time.Time{}, err
		}
		if err := ctx.Err(); err != nil {
			return nil, time.Time{}, err
		}
	}
}

// errTooLate is what fill returns when its tasks come to be due while it adds them.
var errTooLate = errors.New("adding took too long")

// addAll adds tasks by their numbers, until it is too late.
func addAll(ctx context.Context, n int, due time.Time, one func(i int) error) error {
	for i := range n {
		if i%100 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if time.Until(due) < spare {
				return errTooLate
			}
		}
		if err := one(i); err != nil {
			return err
		}
	}
	return nil
}

// until waits for a moment.
func until(ctx context.Context, t time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(t)):
		return nil
	}
}
