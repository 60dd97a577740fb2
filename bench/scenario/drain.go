package scenario

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var drain = Scenario{
	Name: "drain", About: "due one-shot tasks that do nothing, from the start of a node until the last one's end is written",
	Places: place.Durable, Sizes: always(100_000), Shows: measure.PerSecond, measure: measureDrain,
}

func measureDrain(ctx context.Context, s Setup) (f measure.Figures, err error) {
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	if err := o.Fill(ctx, s.Size, time.Now()); err != nil {
		return nil, err
	}
	var ran atomic.Int64
	all := make(chan struct{})
	node, err := o.Node(ctx, func(context.Context, system.Run) {
		if ran.Add(1) == int64(s.Size) {
			close(all)
		}
	})
	if err != nil {
		return nil, err
	}
	runtime.GC()
	m := o.startMeter(ctx)
	if err := node.Start(ctx); err != nil {
		return nil, err
	}
	defer stop(ctx, node, &err)
	select {
	case <-all:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := drained(ctx, o); err != nil {
		return nil, err
	}
	f = measure.Figures{}
	f.Rate(s.Size, time.Since(m.began))
	m.note(ctx, f)
	return f, nil
}
