package engine

import (
	"runtime"
	"sync"
)

// parallelFrom is the number of records from which coding them on several
// processors is worth the start of goroutines.
const parallelFrom = 64

// each calls f for each number below n: in parallel where f codes records.
func (e *Engine) each(n int, f func(i int)) {
	if e.Keeper.Live() {
		for i := range n {
			f(i)
		}
		return
	}
	inParallel(n, f)
}

// inParallel calls f for each number below n, on all processors where n is large
// enough. The loop waits for coding before a store can go on and for the store
// before there is more to code, so that the processors would be idle otherwise.
func inParallel(n int, f func(i int)) {
	parts := min(runtime.GOMAXPROCS(0), n/(parallelFrom/2))
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
