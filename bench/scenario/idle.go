package scenario

import (
	"context"
	"runtime"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
)

var idle = Scenario{
	Name: "idle", About: "a node over tasks that are due tomorrow: the processor that it and the server use",
	Places: place.Durable, Sizes: always(1_000_000), Shows: measure.CPU, measure: measureIdle,
}

func measureIdle(ctx context.Context, s Setup) (f measure.Figures, err error) {
	length := s.For
	if length == 0 {
		length = 20 * time.Second
	}
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	if err := o.Fill(ctx, s.Size, time.Now().Add(24*time.Hour)); err != nil {
		return nil, err
	}
	node, err := o.Node(ctx, nil)
	if err != nil {
		return nil, err
	}
	if err := node.Start(ctx); err != nil {
		return nil, err
	}
	defer stop(ctx, node, &err)
	runtime.GC()
	// What the server has to do after so many writes is not the node's.
	if err := until(ctx, time.Now().Add(length/2)); err != nil {
		return nil, err
	}
	m := o.startMeter(ctx)
	if err := until(ctx, time.Now().Add(length)); err != nil {
		return nil, err
	}
	f = measure.Figures{}
	m.note(ctx, f)
	return f, nil
}
