package scenario

import (
	"context"
	"runtime"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
)

const (
	stopped = "before the start"
	running = "while it runs"
)

var add = Scenario{
	Name: "add", About: "tasks are added one by one, due in an hour: time and live memory each, and goroutines",
	Places: []string{place.Memory}, Kinds: []string{stopped, running}, Sizes: always(1_000, 10_000, 100_000),
	Shows: measure.Nanos, measure: measureAdd,
}

func measureAdd(ctx context.Context, s Setup) (measure.Figures, error) {
	goroutines, live := runtime.NumGoroutine(), measure.Live()
	m, err := inMemory(s)
	if err != nil {
		return nil, err
	}
	defer m.Stop()
	if s.Kind == running {
		if err := m.Start(); err != nil {
			return nil, err
		}
	}
	due := time.Now().Add(time.Hour)
	began := time.Now()
	if err := addAll(ctx, s.Size, due, func(i int) error { return m.Once(i, due, func() {}) }); err != nil {
		return nil, err
	}
	took := time.Since(began)
	f := measure.Figures{
		measure.Nanos:      float64(took.Nanoseconds()) / float64(s.Size),
		measure.Bytes:      float64(measure.Live()-live) / float64(s.Size),
		measure.Goroutines: float64(runtime.NumGoroutine() - goroutines),
	}
	runtime.KeepAlive(m)
	return f, nil
}
