package scenario

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var periodicDurable = Scenario{
	Name: "periodic-durable", About: "tasks that fire every second, all at one instant: lateness, processor",
	Places: place.Durable, Sizes: always(1_000), Shows: measure.P99, measure: measurePeriodicDurable,
}

const (
	// settling is how long a node may find its feet after its first run.
	settling = 2 * time.Second
	// lagging is how long the last runs are waited for.
	lagging = 2 * time.Second
)

func measurePeriodicDurable(ctx context.Context, s Setup) (f measure.Figures, err error) {
	length := s.For
	if length == 0 {
		length = 30 * time.Second
	}
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	expected := s.Size * int(length/time.Second)
	late := newLateness(2 * expected)
	var from atomic.Int64 // 0: not yet known
	first := make(chan struct{}, 1)
	// Wherever in a second a system fires, there are as many fires as seconds between
	// these two moments.
	node, err := o.Periodic(ctx, s.Size, func(_ context.Context, r system.Run) {
		now := time.Now()
		switch from, due := from.Load(), r.Due.UnixNano(); {
		case from == 0:
			select {
			case first <- struct{}{}:
			default:
			}
		case due >= from && due < from+int64(length):
			late.note(now.Sub(r.Due))
		}
	})
	if err != nil {
		return nil, err
	}
	if err := node.Start(ctx); err != nil {
		return nil, err
	}
	defer stop(ctx, node, &err)
	// River elects a leader before its first fire, which takes seconds.
	select {
	case <-first:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	begin := time.Now().Add(settling)
	from.Store(begin.UnixNano())
	if err := until(ctx, begin); err != nil {
		return nil, err
	}
	m := o.startMeter(ctx)
	if err := until(ctx, begin.Add(length)); err != nil {
		return nil, err
	}
	f = measure.Figures{}
	m.note(ctx, f)
	for last := time.Now().Add(lagging); late.n.Load() < int64(expected) && time.Now().Before(last); {
		if err := until(ctx, time.Now().Add(10*time.Millisecond)); err != nil {
			return nil, err
		}
	}
	return f, late.report(f, expected)
}
