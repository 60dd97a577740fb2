package asyncz

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

var (
	// ErrLeftOut: a copy was done but for some tasks, each with an error of its own.
	ErrLeftOut = errors.New("not all tasks were copied")
	// ErrDiffers: the target of a copy has a task with this id that is not the same.
	ErrDiffers = errors.New("the target has another task with this id")
	// ErrInFlight: a run of the task is in flight, so that it can't be copied as it is.
	ErrInFlight = errors.New("a run of the task is in flight")
)

// CopyOptions say how [Scheduler.Copy] deals with what is not plain sailing.
type CopyOptions struct {
	// Replace replaces tasks of the target that differ; without it they are left as
	// they are, with ErrDiffers.
	Replace bool
	// Force also copies tasks with a run in flight, and replaces such ones; without
	// it they are left out, with ErrInFlight. The run comes along with its lease: when
	// that is over, the target starts the run again, or gives it up where the task
	// says OnLost(Skip). It may so be carried out by both stores.
	Force bool
	// Plain also copies records of the source that are not sealed although a key is
	// set; without it they are refused, because whoever could write to the source
	// could have put them there.
	Plain bool
	// DryRun finds out what would be done, and writes nothing.
	DryRun bool
	// Report, which may be nil, is called after each record, by one goroutine.
	Report func(CopyStep)
}

// A CopyOutcome is what became of one record of the source.
type CopyOutcome string

const (
	CopyAdded    CopyOutcome = "copied"   // it is in the target now
	CopyReplaced CopyOutcome = "replaced" // it is in the target now, in place of another
	CopySame     CopyOutcome = "same"     // it was in the target before
	CopyLeftOut  CopyOutcome = "left_out" // it is not in the target; the error says why
)

// A CopyStep is one record of the source that is dealt with.
type CopyStep struct {
	Task    string // its id, as far as it is known
	Outcome CopyOutcome
	Err     error // of CopyLeftOut: ErrDiffers, ErrInFlight, or why it can't be read or kept
	Done    CopyCounts
}

// CopyCounts are how many records a copy has dealt with, by their outcomes.
type CopyCounts struct {
	Seen, Copied, Replaced, Same, LeftOut int
}

// Copy copies the tasks of one store of this scheduler to another: definitions,
// next run times, pause, runs that wait, and how the last run ended. The source
// stays as it is. Records are opened as belonging to the source and sealed anew
// for the target, in its codec.
//
// It can be broken off and begun again: what is in the target and is the same is
// passed over. Tasks that were left out are [ErrLeftOut]; the error names the first
// ten of them, and all are told to Report.
//
// Schedulers that work on the source meanwhile go on firing its tasks, so that
// what they change during the copy is left behind or differs: stop them before,
// and start those of the target afterwards. [Scheduler.Nodes] tells which they are.
func (s *Scheduler) Copy(ctx context.Context, from, to string, o CopyOptions) (CopyCounts, error) {
	source, err := s.partOf(from)
	if err != nil {
		return CopyCounts{}, err
	}
	target, err := s.partOf(to)
	if err != nil {
		return CopyCounts{}, err
	}
	if source == target || sameValue(source.store, target.store) {
		return CopyCounts{}, fmt.Errorf("%w: %q and %q are the same store", ErrOption, from, to)
	}
	for _, p := range []*part{source, target} { // whether a lease is over is a matter of the store's clock
		if err := p.engine.LookAtClock(ctx); err != nil {
			return CopyCounts{}, fmt.Errorf("store %q: %w", p.alias, err)
		}
	}
	if err := target.checkKeys(ctx); err != nil { // also when the scheduler is Unchecked, for what is in the source
		return CopyCounts{}, fmt.Errorf("store %q: %w", to, err)
	}
	c := copier{s: s, source: source, target: target, CopyOptions: o}
	err = c.all(ctx)
	return c.done, err
}

// sameValue compares two values that may not be comparable.
func sameValue(a, b any) bool { return reflect.TypeOf(a).Comparable() && a == b }
