package engine

import "github.com/go-asyncz/asyncz/internal/parallel"

// each calls f for each number below n, in parallel where f codes records: the
// loop waits for coding before a store can go on and for the store before there
// is more to code, so that the processors would be idle otherwise.
func (e *Engine) each(n int, f func(i int)) {
	if e.Keeper.Live() {
		for i := range n {
			f(i)
		}
		return
	}
	parallel.Each(n, f)
}
