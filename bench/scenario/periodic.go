package scenario

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

const (
	aligned = "aligned"
	spread  = "spread"
)

var periodic = Scenario{
	Name: "periodic", About: "tasks that fire every second, all at one instant or spread over it: lateness, processor, memory",
	Places: []string{place.Memory}, Kinds: []string{aligned, spread}, Sizes: always(1_000, 10_000),
	Shows: measure.P99, measure: measurePeriodic,
}

// Lateness collects how late runs began. It makes room before, so that noting does
// not disturb what is measured.
type lateness struct {
	all []atomic.Int64 // 0: not noted yet
	n   atomic.Int64
}

func newLateness(most int) *lateness { return &lateness{all: make([]atomic.Int64, most)} }

func (l *lateness) note(d time.Duration) {
	if i := l.n.Add(1) - 1; i < int64(len(l.all)) {
		l.all[i].Store(max(1, int64(d)))
	}
}

// report notes the lateness and how many runs are missing.
func (l *lateness) report(f measure.Figures, expected int) error {
	var all []time.Duration
	for i := range l.all {
		if d := l.all[i].Load(); d > 0 {
			all = append(all, time.Duration(d))
		}
	}
	if len(all) == 0 {
		return errors.New("none of its tasks ran")
	}
	f[measure.Missed] = float64(max(0, expected-len(all)))
	f.Late(all)
	return nil
}

func measurePeriodic(ctx context.Context, s Setup) (measure.Figures, error) {
	length := s.For
	if length == 0 {
		length = 10 * time.Second
	}
	expected := s.Size * int(length/time.Second)
	late := newLateness(2 * expected)
	var end atomic.Int64 // runs that begin later do not count
	m, first, err := ready(ctx, s, func(m system.Memory, first time.Time) error {
		late.n.Store(0)
		end.Store(first.Add(length).UnixNano())
		return addAll(ctx, s.Size, first, func(i int) error {
			own := first
			if s.Kind == spread { // the last tenth is left, so that the last runs are not cut off
				own = first.Add(time.Duration(i) * 900 * time.Millisecond / time.Duration(s.Size))
			}
			// No system tells a run when it was due, so it is taken to belong to the last
			// fire; one that comes later than the next is counted as missed.
			return m.Every(i, own, time.Second, func() {
				if now := time.Now(); now.UnixNano() < end.Load() {
					late.note(now.Sub(own) % time.Second)
				}
			})
		})
	})
	if err != nil {
		return nil, err
	}
	defer m.Stop()
	if err := until(ctx, first); err != nil {
		return nil, err
	}
	w := measure.StartWatch()
	if err := until(ctx, first.Add(length)); err != nil {
		return nil, err
	}
	f := measure.Figures{}
	w.Note(f)
	return f, late.report(f, expected)
}
