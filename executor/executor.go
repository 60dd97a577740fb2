// Package executor says how runs are carried out: in goroutines of their own
// ([Goroutines]), in a bounded pool of workers ([Pool]), or inline ([Inline]).
//
// A scheduler takes from a store no more tasks than its executors have places
// for: it reserves places first, claims that many tasks, starts them, and gives
// back the places that it did not need.
//
// Executors are made by their constructors or, by alias, from configuration:
// see [New]. Other packages add their own with [Register].
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
//
// A place is free, reserved or in use. Each place that Reserve gave is used for
// one Start or goes back by Release; a caller that does more of either than it
// reserved is broken, and the executors of this package panic then.
type Executor interface {
	// Reserve takes up to n free places and returns how many it took. It doesn't
	// wait, and takes none when n is less than 1.
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
	//
	// A wake-up is a hint for all who registered: one call may stand for many
	// places, another may have taken them meanwhile, and whoever still has too few
	// finds that out from Reserve and is called again. f may be called from within
	// Release and, when the executor works inline, Start; a call that is under way
	// when f is taken back may still end afterwards.
	//
	// Places become free by Release too. A caller that gives back what it doesn't
	// need must not take the wake-up that it causes for news, or it turns in
	// circles: it notes that it is short of places before it calls Reserve, takes
	// the note back before Release, and f does nothing unless the note is there.
	OnFree(f func()) (remove func())
	// Shutdown waits until no job runs, or until ctx ends, and returns ctx's
	// error in that case. Reserve gives no places afterwards; a job that is started
	// in a place reserved earlier is still carried out.
	Shutdown(ctx context.Context) error
}

// A Gauge is an executor that tells how full it is, as those of this package do.
//
// Without it a scheduler does not tell.
type Gauge interface {
	// Load returns how many jobs were started and have not ended, those that wait
	// in the executor's own queue included, and how many there may be at a time.
	Load() (running, places int)
}

// A Withdrawer lets jobs wait, and gives back those that it has not begun.
//
// Without it a scheduler that stops waits until all jobs that it has started have
// been carried out.
type Withdrawer interface {
	// Withdraw takes back the jobs that were started, have not begun and for which
	// mine returns true, in the order of their start. Their places are free again,
	// and they will not be carried out. mine must return quickly and may not call
	// the executor.
	Withdraw(mine func(Job) bool) []Job
}
