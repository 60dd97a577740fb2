package cli

import (
	"context"

	"github.com/go-asyncz/asyncz"
)

// A control is what the commands on tasks act on: the scheduler of this process,
// on the stores that --store names, or the client of a server, which --server
// names. Its methods are those of [asyncz.Scheduler].
type control interface {
	Task(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)
	Tasks(ctx context.Context, f asyncz.Filter) ([]asyncz.Task, error)
	AddJSON(ctx context.Context, description []byte, opts ...asyncz.TaskOption) (asyncz.Task, error)
	UpdateTaskJSON(ctx context.Context, id string, changes []byte, opts ...asyncz.TaskOption) (asyncz.Task, error)
	PauseTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)
	ResumeTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)
	RunTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Run, error)
	RemoveTask(ctx context.Context, id string, opts ...asyncz.TaskOption) error

	Runs(ctx context.Context, f asyncz.RunFilter) (asyncz.RunPage, error)
	FindRun(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.RunDetail, error)
	Audit(ctx context.Context, f asyncz.AuditFilter) (asyncz.AuditPage, error)

	Nodes(ctx context.Context) ([]asyncz.Node, error)
	Status(ctx context.Context) (asyncz.Status, error)
	Doctor(ctx context.Context) ([]asyncz.Checkup, error)
}

var _ control = (*asyncz.Scheduler)(nil)
