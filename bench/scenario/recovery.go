package scenario

import (
	"context"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var recovery = Scenario{
	Name: "recovery", About: "a node is killed while it runs a task, with each system's defaults: from then until the task begins on another",
	Places: place.Durable, Shows: measure.Seconds, measure: measureRecovery,
	only: func(x system.System) bool { return x.Name == "asyncz" || strings.HasSuffix(x.Name, "-defaults") },
}

func measureRecovery(ctx context.Context, s Setup) (measure.Figures, error) {
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	first, err := spawn(ctx, s, true)
	if err != nil {
		return nil, err
	}
	defer first.kill()
	if err := first.start(); err != nil {
		return nil, err
	}
	if err := o.Fill(ctx, 1, time.Now()); err != nil {
		return nil, err
	}
	if err := first.wait(saysBegin); err != nil {
		return nil, err
	}
	second, err := spawn(ctx, s, true)
	if err != nil {
		return nil, err
	}
	defer second.kill()
	if err := second.start(); err != nil {
		return nil, err
	}
	// It has long run when the first one dies, and the first has held its task for a while.
	if err := until(ctx, time.Now().Add(2*time.Second)); err != nil {
		return nil, err
	}
	killed := time.Now()
	first.kill()
	if err := second.wait(saysBegin); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return measure.Figures{measure.Seconds: time.Since(killed).Seconds()}, nil
}
