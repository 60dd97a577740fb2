package scenario

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

var claim = Scenario{
	Name: "claim", About: "a claim of 100 of many due tasks, each claimed one: what grows with the number of stored tasks",
	Places: place.Durable, Sizes: always(10_000, 100_000, 1_000_000), Shows: measure.Nanos, measure: measureClaim,
	// What our settings change is not in the claim.
	only: func(x system.System) bool { return x.Name == "asyncz" || x.Name == "bare" },
}

const (
	claimEach = 100
	// Claims are repeated this often, or as often as the time allows.
	claimRuns   = 200
	claimFewest = 10
	claimLength = 10 * time.Second
	// The first warm what is to be warmed.
	claimWarm = 5
)

func measureClaim(ctx context.Context, s Setup) (measure.Figures, error) {
	o, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	claimer, ok := o.Durable.(system.Claimer)
	if !ok {
		return nil, fmt.Errorf("%s can't claim without a scheduler", s.System)
	}
	if err := o.Fill(ctx, s.Size, time.Now().Add(-time.Hour)); err != nil {
		return nil, err
	}
	var each measure.Sample
	start := time.Now()
	for i := range claimWarm + claimRuns {
		began := time.Now()
		if len(each) >= claimFewest && began.Sub(start) > claimLength {
			break
		}
		n, err := claimer.Claim(ctx, claimEach)
		if err != nil {
			return nil, err
		}
		if n != min(claimEach, s.Size) {
			return nil, fmt.Errorf("a claim took %d tasks", n)
		}
		if i >= claimWarm {
			each = append(each, float64(time.Since(began).Nanoseconds())/float64(n))
		}
	}
	return measure.Figures{measure.Nanos: each.Median()}, nil
}
