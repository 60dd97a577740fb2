package scenario

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var cronNext = Scenario{
	Name: "cron", About: "the next time of a cron expression in the zone America/New_York, from time to time",
	Places: []string{place.Memory}, Kinds: []string{"*/5 * * * *", "0 0 29 2 *", "0 9 * * 1-5", "30 2 * * *", "0 0 1 1 *"},
	Shows: measure.Nanos, measure: measureCron,
	only: func(x system.System) bool { return x.Next != nil },
}

// cronLength is long enough for many steps of the slowest.
const cronLength = 200 * time.Millisecond

func measureCron(_ context.Context, s Setup) (measure.Figures, error) {
	x, ok := system.Find(s.System)
	if !ok || x.Next == nil {
		return nil, fmt.Errorf("%q has no cron expressions", s.System)
	}
	next, err := x.Next(s.Kind)
	if err != nil {
		return nil, err
	}
	start := time.Date(2026, time.July, 1, 0, 0, 0, 0, time.UTC)
	steps := func() error {
		at := start
		for range 64 { // 64 leap days are 256 years, which Go's times have
			then := next(at)
			if !then.After(at) {
				return fmt.Errorf("%s: after %v comes %v", s.System, at, then)
			}
			at = then
			if at.Year() > 2090 { // robfig/cron finds none across 2100, which has no leap day
				at = start
			}
		}
		return nil
	}
	if err := steps(); err != nil {
		return nil, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, n := time.Now(), 0
	for ; time.Since(began) < cronLength; n += 64 {
		if err := steps(); err != nil {
			return nil, err
		}
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return measure.Figures{
		measure.Nanos:  float64(took.Nanoseconds()) / float64(n),
		measure.Allocs: float64((after.Mallocs - before.Mallocs) / uint64(n)),
	}, nil
}
