package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var start = Scenario{
	Name: "start", About: "from the call that adds a task that is due now until it begins on an idle node, which is another handle",
	Places: place.Durable, Sizes: always(100), Shows: measure.P99, measure: measureStart,
}

func measureStart(ctx context.Context, s Setup) (f measure.Figures, err error) {
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
	type begin struct {
		task string
		at   time.Time
	}
	begins := make(chan begin, s.Size+1)
	node, err := o.Node(ctx, func(_ context.Context, r system.Run) { begins <- begin{r.Task, time.Now()} })
	if err != nil {
		return nil, err
	}
	if err := node.Start(ctx); err != nil {
		return nil, err
	}
	defer stop(ctx, node, &err)
	// The first is to open connections, and does not count.
	var all []time.Duration
	for i := range s.Size + 1 {
		// Nothing must fall into step with what a system does each 100 ms or each second.
		if err := until(ctx, time.Now().Add(50*time.Millisecond+rand.N(200*time.Millisecond))); err != nil {
			return nil, err
		}
		asked := time.Now()
		if err := a.Add(ctx, i); err != nil {
			return nil, err
		}
		select {
		case b := <-begins:
			if b.task != strconv.Itoa(i) {
				return nil, fmt.Errorf("task %d was asked for, and %s began", i, b.task)
			}
			if i > 0 {
				all = append(all, b.at.Sub(asked))
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	f = measure.Figures{}
	f.Late(all)
	return f, nil
}
