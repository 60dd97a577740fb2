// Package parallel spreads work over the processors.
package parallel

import (
	"runtime"
	"sync"
)

// fewest is the number of pieces that are worth the start of a goroutine.
const fewest = 32

// Each calls f once for each number below n and returns when all calls have: on
// all processors when there is enough to do, on the caller's goroutine otherwise.
func Each(n int, f func(i int)) {
	parts := min(runtime.GOMAXPROCS(0), n/fewest)
	if parts < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for p := range parts {
		wg.Go(func() {
			for i := p * n / parts; i < (p+1)*n/parts; i++ {
				f(i)
			}
		})
	}
	wg.Wait()
}
