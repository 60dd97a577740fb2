package executor

var (
	_ Executor = (*Inline)(nil)
	_ Gauge    = (*Inline)(nil)
)

// Inline runs each job inside Start, one at a time: for debugging, and for
// programs whose tasks must not overlap. While a job runs, the scheduler that
// started it does nothing else, and a job that waits for its scheduler waits
// for itself.
//
// A job that panics, which the contract of [Job] forbids, does so in the caller
// of Start; its place is free again.
type Inline struct{ places }

// NewInline returns an executor with one place.
func NewInline() *Inline {
	e := new(Inline)
	e.setLimit(1)
	return e
}

// Start runs j and returns when it has ended.
func (e *Inline) Start(j Job) {
	e.use()
	defer e.free()
	j.Run()
}
