package parallel_test

import (
	"sync/atomic"
	"testing"

	"github.com/go-asyncz/asyncz/internal/parallel"
)

func TestEachNumberIsDoneOnce(t *testing.T) {
	t.Parallel()
	for n := range 300 {
		done := make([]atomic.Int32, n)
		parallel.Each(n, func(i int) { done[i].Add(1) })
		for i := range done {
			if c := done[i].Load(); c != 1 {
				t.Fatalf("of %d, number %d was done %d times", n, i, c)
			}
		}
	}
}
