package api

import (
	"context"
	"net/http"
	"runtime/debug"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

const schedulerTag = "scheduler"

// schedulerOperations are those about the scheduler itself, and what was done to it.
func (s *Server) schedulerOperations() {
	add(s, reading, huma.Operation{
		OperationID: "get-scheduler", Method: http.MethodGet, Path: "/api/v1/scheduler", Tags: []string{schedulerTag},
		Summary: "Tell of the scheduler", Description: "And as whom it knows the caller.",
	}, s.getScheduler)
	add(s, writing, huma.Operation{
		OperationID: "pause-scheduler", Method: http.MethodPost, Path: "/api/v1/scheduler/pause", Tags: []string{schedulerTag},
		Summary: "Stop it from taking work", Description: "Runs that have begun go on; other schedulers on the same stores are not concerned.",
	}, s.steer("scheduler.pause", s.scheduler.Pause))
	add(s, writing, huma.Operation{
		OperationID: "resume-scheduler", Method: http.MethodPost, Path: "/api/v1/scheduler/resume", Tags: []string{schedulerTag},
		Summary: "Let it take work again",
	}, s.steer("scheduler.resume", s.scheduler.Resume))
	add(s, reading, huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: "/api/v1/audit", Tags: []string{schedulerTag},
		Summary: "Tell who did what", Description: "By the API, the dashboard and the program; the last first.",
	}, s.listAudit)
}

func (s *Server) getScheduler(ctx context.Context, _ *struct{}) (*answered[wire.Scheduler, form.Scheduler], error) {
	c := caller(ctx)
	return answer[form.Scheduler](wire.Scheduler{
		Node: s.scheduler.Node(), State: string(s.scheduler.State()), Version: version(), Stores: s.scheduler.Stores(),
		Executors: s.scheduler.Executors(), Functions: s.scheduler.Functions(),
		Caller: c.Name, Role: string(c.Role),
	}), nil
}

func (s *Server) steer(action string, do func()) func(context.Context, *struct{}) (*answered[wire.Scheduler, form.Scheduler], error) {
	return func(ctx context.Context, in *struct{}) (*answered[wire.Scheduler, form.Scheduler], error) {
		do()
		s.audit(ctx, deed{action: action}, nil)
		return s.getScheduler(ctx, in)
	}
}

// version is that of this module, as far as the Go command has noted it in the program.
func version() string {
	const module = "github.com/go-asyncz/asyncz/api"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Version != "(devel)" {
			return m.Version
		}
	}
	return ""
}

func (s *Server) listAudit(ctx context.Context, in *struct {
	Who    string `query:"who"`
	Action string `query:"action" doc:"Such as task.pause."`
	Task   string `query:"task" doc:"The id of a task."`
	form.Span
	form.Paging
}) (*answered[asyncz.AuditPage, form.AuditPage], error) {
	page, err := s.scheduler.Audit(ctx, asyncz.AuditFilter{
		Who: in.Who, Action: in.Action, Task: in.Task, Since: in.Since, Until: in.Until, Limit: in.Limit, After: in.After,
	})
	if err != nil {
		return nil, badCursor(in.After, err)
	}
	return answer[form.AuditPage](page), nil
}
