package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

const tasksTag = "tasks"

// A taskAnswer is one task with its version.
type taskAnswer struct {
	ETag string `header:"ETag" doc:"The version of the task, for If-Match."`
	Body form.As[asyncz.Task, form.Task]
}

func answerTask(t asyncz.Task) *taskAnswer {
	return &taskAnswer{etag(t), form.Of[form.Task](t)}
}

// taskOperations are those that look at tasks.
func (s *Server) taskOperations() {
	add(s, reading, huma.Operation{
		OperationID: "list-tasks", Method: http.MethodGet, Path: "/api/v1/tasks", Tags: []string{tasksTag},
		Summary:     "List tasks",
		Description: "Pages are of what the store had a second or two ago at most; what was changed through this server is there at once. Those that can't be read are among them.",
	}, s.listTasks)
	add(s, reading, huma.Operation{
		OperationID: "get-task", Method: http.MethodGet, Path: "/api/v1/tasks/{id}", Tags: []string{tasksTag},
		Summary: "Get a task", Description: "One that can't be read has its state and the error alone.",
	}, s.getTask)
	add(s, reading, huma.Operation{
		OperationID: "list-fires", Method: http.MethodGet, Path: "/api/v1/tasks/{id}/fires", Tags: []string{tasksTag},
		Summary: "Tell when a task fires next", Description: "None for a task that is paused.",
	}, s.listFires)
}

// A taskQuery is [asyncz.Filter].
type taskQuery struct {
	State    string `query:"schedule_state" enum:"scheduled,pending,paused,unreadable"`
	Store    string `query:"store" doc:"The alias of a store."`
	Executor string `query:"executor" doc:"The alias of an executor."`
	Trigger  string `query:"trigger" doc:"The type of a trigger, such as cron."`
	Text     string `query:"text" doc:"In the id, the name, the function, the arguments or the trigger, in any case."`
	Sort     string `query:"sort" enum:"executor,id,name,next_run_time,schedule_state,store,trigger" default:"next_run_time"`
	Reverse  bool   `query:"reverse"`
	form.Paging
}

func (s *Server) listTasks(ctx context.Context, in *taskQuery) (*answered[asyncz.TaskPage, form.TaskPage], error) {
	if _, err := s.where(in.Store); err != nil {
		return nil, err
	}
	page, err := s.scheduler.TaskPage(ctx, asyncz.Filter{
		State: asyncz.ScheduleState(in.State), Store: in.Store, Executor: in.Executor, Trigger: in.Trigger, Text: in.Text,
		Sort: in.Sort, Reverse: in.Reverse, Limit: in.Limit, After: in.After,
	})
	if err != nil {
		return nil, badCursor(in.After, err)
	}
	return answer[form.TaskPage](page), nil
}

// An answered is an answer that is a body alone.
type answered[T, F any] = struct{ Body form.As[T, F] }

func answer[F, T any](v T) *answered[T, F] { return &answered[T, F]{form.Of[F](v)} }

func (s *Server) getTask(ctx context.Context, in *form.TaskPath) (*taskAnswer, error) {
	opts, err := s.where(in.Store)
	if err != nil {
		return nil, err
	}
	t, err := s.scheduler.Task(ctx, in.ID, opts...)
	if err != nil && t.State != asyncz.StateUnreadable {
		return nil, err
	}
	return answerTask(t), nil
}

func (s *Server) listFires(ctx context.Context, in *struct {
	form.TaskPath
	form.Count
}) (*answered[wire.Fires, form.Fires], error) {
	opts, err := s.where(in.Store)
	if err != nil {
		return nil, err
	}
	t, err := s.scheduler.Task(ctx, in.ID, opts...)
	if err != nil {
		return nil, err
	}
	return answer[form.Fires](wire.Fires{Fires: fires(t, in.N)}), nil
}

// fires are the next n fire times of a task, never null.
func fires(t asyncz.Task, n int) []time.Time {
	if times := t.NextFires(n, time.Now()); times != nil {
		return times
	}
	return []time.Time{}
}
