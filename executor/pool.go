package executor

import "sync"

// DefaultWorkers is the number of workers of a [Pool] when none is given.
const DefaultWorkers = 10

var (
	_ Executor   = (*Pool)(nil)
	_ Gauge      = (*Pool)(nil)
	_ Withdrawer = (*Pool)(nil)
)

// Pool runs jobs in a bounded number of workers, and lets a bounded number of
// further jobs wait, in the order in which they were started.
//
// A worker is a goroutine that lives while there is work: a pool that has
// nothing to do holds none, and need not be shut down to be forgotten.
//
// A job that panics, which the contract of [Job] forbids, ends the process, as
// in any goroutine: the pool doesn't hide it. One that ends its goroutine
// (runtime.Goexit) has ended, and another worker takes the place of its own.
type Pool struct {
	places
	workers int

	mu      sync.Mutex
	working int
	waiting fifo
}

// NewPool returns an executor with the given number of workers
// ([DefaultWorkers] when 0 or less) and of waiting places (none when 0 or less).
// Reserve gives workers and waiting places alike.
//
// A waiting job is claimed from its store although it doesn't run yet, and no
// other node can take it, unless it is withdrawn: waiting places serve throughput
// when jobs are short, and hold work back when they are long.
func NewPool(workers, queue int) *Pool {
	if workers <= 0 {
		workers = DefaultWorkers
	}
	workers, queue = min(workers, maxPlaces), min(max(queue, 0), maxPlaces)
	e := &Pool{workers: workers}
	e.setLimit(workers + queue)
	return e
}

// Start hands j to a worker, or lets it wait for one, in a place that was
// reserved before.
func (e *Pool) Start(j Job) {
	e.use()
	if e.hire(j) {
		go e.work(j)
	}
}

// hire returns true when there is room for another worker, and else lets j wait.
func (e *Pool) hire(j Job) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.working < e.workers {
		e.working++
		return true
	}
	e.waiting.push(j)
	return false
}

// Withdraw takes back those of the waiting jobs for which mine returns true.
func (e *Pool) Withdraw(mine func(Job) bool) []Job {
	e.mu.Lock()
	jobs := e.waiting.take(mine)
	e.mu.Unlock()
	for range jobs {
		e.free()
	}
	return jobs
}

// work runs j and what waits. A worker that finds nothing waiting is gone in the
// same step, so that no job can be left behind for it.
func (e *Pool) work(j Job) {
	for ; j != nil; j = e.next() {
		e.run(j)
	}
}

func (e *Pool) run(j Job) {
	returned := false
	defer func() {
		e.free()
		if !returned {
			go e.work(e.next())
		}
	}()
	j.Run()
	returned = true
}

// next returns the job that waits longest or, having dismissed the worker, nil.
func (e *Pool) next() Job {
	e.mu.Lock()
	defer e.mu.Unlock()
	j := e.waiting.pop()
	if j == nil {
		e.working--
	}
	return j
}
