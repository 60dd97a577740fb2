package measure

import (
	"context"
	"sync"
)

// A Backend makes the series of metrics. Its methods, and those of what they
// return, may be called by several goroutines.
type Backend interface {
	// Adder returns the series of a counter, or of what goes up and down, with
	// these values of its labels.
	Adder(i *Instrument, values ...string) Adder
	// Observer returns a series of a histogram.
	Observer(i *Instrument, values ...string) Observer
}

// An Adder is a series that is counted.
type Adder interface{ Add(n float64) }

// An Observer is a series of a histogram. The context is that of what was
// measured, for backends that note from which trace a value is.
type Observer interface {
	Observe(ctx context.Context, v float64)
}

// series keeps what belongs to a set of label values, so that a hot path finds it
// by one look-up.
type series[K comparable, V any] struct {
	make func(K) V
	mu   sync.RWMutex
	of   map[K]V
}

func newSeries[K comparable, V any](make func(K) V) *series[K, V] {
	return &series[K, V]{make: make, of: map[K]V{}}
}

func (s *series[K, V]) get(key K) V {
	s.mu.RLock()
	v, ok := s.of[key]
	s.mu.RUnlock()
	if ok {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok = s.of[key]; !ok {
		v = s.make(key)
		s.of[key] = v
	}
	return v
}
