package asyncz

import (
	"errors"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store"
)

var (
	// ErrOption: an option or a combination of options can't be.
	ErrOption = errors.New("invalid option")
	// ErrTask: a task can't be added or changed as it was said.
	ErrTask = errors.New("invalid task")
	// ErrStopped: the scheduler has been shut down.
	ErrStopped = errors.New("the scheduler has been shut down")
	// ErrAmbiguous: tasks of several stores have this id; say which with InStore.
	ErrAmbiguous = errors.New("several stores have a task with this id")

	ErrExists          = store.ErrExists           // a task with this id is there
	ErrNotFound        = store.ErrNotFound         // no task has this id
	ErrConflict        = store.ErrConflict         // the task was changed meanwhile; see IfVersion
	ErrNeverFires      = lifecycle.ErrNeverFires   // the trigger has no instant left
	ErrUnknownFunction = engine.ErrUnknownFunction // no function of this name is registered here
	ErrTooManyRuns     = lifecycle.ErrTooManyRuns  // too many runs of the task wait
)
