package scenario

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var burst = Scenario{
	Name: "burst", About: "one-shot tasks, all due at one instant: from then until the last has begun",
	Places: []string{place.Memory}, Sizes: always(100_000), Shows: measure.Seconds, measure: measureBurst,
}

func measureBurst(ctx context.Context, s Setup) (measure.Figures, error) {
	var begun atomic.Int64
	all := make(chan time.Time, 1)
	f := func() {
		if begun.Add(1) == int64(s.Size) {
			all <- time.Now()
		}
	}
	m, due, err := ready(ctx, s, func(m system.Memory, due time.Time) error {
		begun.Store(0)
		return addAll(ctx, s.Size, due, func(i int) error { return m.Once(i, due, f) })
	})
	if err != nil {
		return nil, err
	}
	defer m.Stop()
	if err := until(ctx, due); err != nil {
		return nil, err
	}
	w := measure.StartWatch()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case last := <-all:
		figures := measure.Figures{}
		w.Note(figures)
		figures.Rate(s.Size, last.Sub(due))
		return figures, nil
	}
}
