// Package executor says how runs are carried out: in goroutines of their own,
// in a bounded pool of workers, or inline.
//
// A scheduler takes from a store no more tasks than its executors have places
// for: it reserves places first, claims that many tasks, starts them, and gives
// back the places that it did not need.
package executor

import "context"

// A Job is one run, handed to an executor.
//
// An executor that does not run jobs in this process finds what it needs by
// asserting further interfaces on the job.
type Job interface {
	// Run carries the run out and returns when it has ended. It does not panic.
	Run()
}

// An Executor carries runs out. Its methods may be called from any number of
// goroutines, and one executor may serve several stores and schedulers.
type Executor interface {
	// Reserve takes up to n free places and returns how many it took.
	Reserve(n int) int
	// Release gives n reserved places back.
	Release(n int)
	// Start carries a job out in a place that was reserved before; the place is
	// free again when the job has ended. It returns at once, unless the executor
	// is one that works inline.
	Start(j Job)
	// OnFree registers f, to be called when a place becomes free after Reserve
	// has given less than was asked for. f must return quickly. The returned
	// function takes it back.
	OnFree(f func()) (remove func())
	// Shutdown waits until no job runs, or until ctx ends, and returns ctx's
	// error in that case. Reserve gives no places afterwards.
	Shutdown(ctx context.Context) error
}
