package scenario

import (
	"context"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
)

var scale = Scenario{
	Name: "scale", About: "the drain by nodes in processes of their own, from their start until the last one's end is written",
	Places: place.Durable, Kinds: []string{"1 process", "2 processes", "4 processes"}, Sizes: always(100_000),
	Shows: measure.PerSecond, measure: measureScale,
}

func measureScale(ctx context.Context, s Setup) (f measure.Figures, err error) {
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	if err := o.Fill(ctx, s.Size, time.Now()); err != nil {
		return nil, err
	}
	var nodes []*process
	defer func() {
		for _, p := range nodes {
			if e := p.end(); err == nil && e != nil {
				err = errors.Join(errors.New("a node did not end well"), e)
			}
		}
	}()
	for range map[string]int{"1 process": 1, "2 processes": 2, "4 processes": 4}[s.Kind] {
		p, err := spawn(ctx, s, false)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, p)
	}
	began := time.Now()
	for _, p := range nodes {
		if err := p.start(); err != nil {
			return nil, err
		}
	}
	if err := drained(ctx, o); err != nil {
		return nil, err
	}
	f = measure.Figures{}
	f.Rate(s.Size, time.Since(began))
	return f, nil
}
