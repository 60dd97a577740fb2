package executor

// DefaultLimit is the number of places of [Goroutines] when none is given.
const DefaultLimit = 1000

var (
	_ Executor = (*Goroutines)(nil)
	_ Gauge    = (*Goroutines)(nil)
)

// Goroutines starts a goroutine for each job.
//
// A job that panics, which the contract of [Job] forbids, ends the process, as
// in any goroutine; one that ends its goroutine (runtime.Goexit) has ended.
type Goroutines struct{ places }

// NewGoroutines returns an executor that runs up to limit jobs at a time;
// [DefaultLimit] when limit is 0 or less.
func NewGoroutines(limit int) *Goroutines {
	if limit <= 0 {
		limit = DefaultLimit
	}
	e := new(Goroutines)
	e.setLimit(limit)
	return e
}

// Start runs j in a new goroutine, in a place that was reserved before.
func (e *Goroutines) Start(j Job) {
	e.use()
	go e.run(j)
}

func (e *Goroutines) run(j Job) {
	defer e.free()
	j.Run()
}
