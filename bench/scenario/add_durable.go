package scenario

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

const (
	single  = "single"
	ten     = "10 goroutines"
	batches = "batches of 1000"
)

var addDurable = Scenario{
	Name: "add-durable", About: "tasks are added one by one by one goroutine or by ten, or in batches, while nobody runs them",
	Places: place.Durable, Kinds: []string{single, ten, batches}, Shows: measure.PerSecond, measure: measureAddDurable,
	Sizes: func(kind string) []int {
		return map[string][]int{single: {5_000}, ten: {20_000}, batches: {100_000}}[kind]
	},
}

func measureAddDurable(ctx context.Context, s Setup) (measure.Figures, error) {
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	a, err := o.Adder(ctx)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	goroutines, batch := 1, 1
	switch s.Kind {
	case ten:
		goroutines = 10
	case batches:
		batch = min(1000, s.Size)
	}
	runtime.GC()
	m := o.startMeter(ctx)
	var next atomic.Int64
	g, inner := errgroup.WithContext(ctx)
	for range goroutines {
		g.Go(func() error {
			for {
				from := int(next.Add(int64(batch))) - batch
				if from >= s.Size {
					return nil
				}
				if err := addSome(inner, a, from, min(batch, s.Size-from)); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	f := measure.Figures{}
	f.Rate(s.Size, time.Since(m.began))
	m.note(ctx, f)
	return f, nil
}

func addSome(ctx context.Context, a system.Adder, from, n int) error {
	if n == 1 {
		return a.Add(ctx, from)
	}
	return a.AddBatch(ctx, from, n)
}
