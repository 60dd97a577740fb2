package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

// taskWrites are the operations that change tasks.
func (s *Server) taskWrites() {
	const one = "/api/v1/tasks/{id}"
	add(s, writing, huma.Operation{
		OperationID: "create-task", Method: http.MethodPost, Path: "/api/v1/tasks", Tags: []string{tasksTag}, DefaultStatus: http.StatusCreated,
		Summary:     "Create a task",
		Description: "With an id it can be sent again without harm: the same definition is answered with 200 and the task that is there, another one with 409. Without an id the task gets a random one.",
		Responses:   map[string]*huma.Response{"200": s.taskResponse("It is there already, with this definition.")},
	}, s.createTask)
	add(s, writing, huma.Operation{
		OperationID: "replace-task", Method: http.MethodPut, Path: one, Tags: []string{tasksTag},
		Summary:     "Create or replace a task",
		Description: "The task gets this definition; what it does not say gets its default. Its runs in flight, its pause and, if the trigger is the same, its next run time stay. With If-None-Match: * it is only created.",
		Responses:   map[string]*huma.Response{"201": s.taskResponse("It was created.")},
	}, s.replaceTask)
	add(s, writing, huma.Operation{
		OperationID: "update-task", Method: http.MethodPatch, Path: one, Tags: []string{tasksTag},
		Summary: "Change fields of a task", Description: "What the body does not have stays as it is. With a new trigger the next run time is computed anew.",
	}, s.updateTask)
	add(s, writing, huma.Operation{
		OperationID: "remove-task", Method: http.MethodDelete, Path: one, Tags: []string{tasksTag}, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a task", Description: "Also one that can't be read. A run that has begun may end.",
	}, s.removeTask)
	add(s, writing, huma.Operation{
		OperationID: "run-task", Method: http.MethodPost, Path: one + "/run", Tags: []string{tasksTag}, DefaultStatus: http.StatusAccepted,
		Summary: "Ask for a run now", Description: "Beside the schedule, also of a paused task. Any scheduler on the store may carry it out.",
	}, s.runTask)
	add(s, writing, huma.Operation{
		OperationID: "pause-task", Method: http.MethodPost, Path: one + "/pause", Tags: []string{tasksTag},
		Summary: "Pause a task", Description: "Runs that have begun go on.",
	}, s.toggle("task.pause", s.scheduler.PauseTask))
	add(s, writing, huma.Operation{
		OperationID: "resume-task", Method: http.MethodPost, Path: one + "/resume", Tags: []string{tasksTag},
		Summary: "Resume a task", Description: "From the next fire that is to come. A task that has nothing left to come is removed.",
	}, s.toggle("task.resume", s.scheduler.ResumeTask))
}

// taskResponse describes an answer beside the usual one that is a task too.
func (s *Server) taskResponse(description string) *huma.Response {
	schema := form.As[asyncz.Task, form.Task]{}.Schema(s.huma.OpenAPI().Components.Schemas)
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// A keptTask is a task that was created, or was there.
type keptTask struct {
	Status   int
	Location string `header:"Location" doc:"Where a new task is, relative to the request."`
	ETag     string `header:"ETag" doc:"The version of the task, for If-Match."`
	Body     form.As[asyncz.Task, form.Task]
}

func answerKept(status int, t asyncz.Task) *keptTask {
	return &keptTask{Status: status, ETag: etag(t), Body: form.Of[form.Task](t)}
}

func (s *Server) createTask(ctx context.Context, in *struct {
	Store string `query:"store" doc:"The alias of the store that is to keep it, as in the body."`
	Body  form.Text[form.Description]
}) (*keptTask, error) {
	opts, err := s.where(in.Store)
	if err != nil {
		return nil, err
	}
	t, err := s.scheduler.AddJSON(ctx, in.Body.JSON, opts...)
	if errors.Is(err, asyncz.ErrExists) {
		if same, found := s.same(ctx, in.Body.JSON, opts); found {
			return answerKept(http.StatusOK, same), nil
		}
	}
	s.audit(ctx, deed{"task.add", cmp.Or(t.Store, in.Store, in.Body.Field("store")), cmp.Or(t.ID, in.Body.Field("id")), ""}, err)
	if err != nil {
		return nil, err
	}
	created := answerKept(http.StatusCreated, t)
	created.Location = "tasks/" + escape(t.ID)
	return created, nil
}

// same returns the task that is there if a description is that of it. Whether it
// is paused is no part of its definition.
func (s *Server) same(ctx context.Context, description []byte, opts []asyncz.TaskOption) (asyncz.Task, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(description, &fields) != nil {
		return asyncz.Task{}, false
	}
	delete(fields, "paused")
	plain, err := json.Marshal(fields)
	if err != nil {
		return asyncz.Task{}, false
	}
	wanted, err := s.scheduler.PreviewJSON(ctx, plain, opts...)
	if err != nil {
		return asyncz.Task{}, false
	}
	there, err := s.scheduler.Task(ctx, wanted.ID, asyncz.InStore(wanted.Store))
	if err != nil {
		return asyncz.Task{}, false
	}
	if there.State == asyncz.StatePaused {
		if wanted, err = s.scheduler.PreviewJSON(ctx, plain, append(opts, asyncz.Paused())...); err != nil {
			return asyncz.Task{}, false
		}
	}
	return there, there.Version() == wanted.Version()
}

func (s *Server) replaceTask(ctx context.Context, in *struct {
	form.TaskPath
	form.IfMatch
	IfNoneMatch string `header:"If-None-Match" enum:"*" doc:"Only create it; 412 if it is there."`
	Body        form.Text[form.Description]
}) (*keptTask, error) {
	if err := sameID(in.ID, in.Body.Field("id")); err != nil {
		return nil, err
	}
	opts, err := s.options(in.Store, in.IfMatch)
	if err != nil {
		return nil, err
	}
	t, status, err := s.put(ctx, in.Body.JSON, in.Version != "", in.IfNoneMatch != "", append(opts, asyncz.ID(in.ID)))
	err = s.unreadable(ctx, in.ID, opts, err)
	s.audit(ctx, deed{"task.replace", cmp.Or(t.Store, in.Store, in.Body.Field("store")), in.ID, ""}, err)
	if err != nil {
		return nil, err
	}
	return answerKept(status, t), nil
}

// put creates a task or replaces it, as far as the preconditions of HTTP let it.
func (s *Server) put(ctx context.Context, description []byte, mustBe, mustNotBe bool, opts []asyncz.TaskOption) (asyncz.Task, int, error) {
	if mustBe {
		wanted, err := s.scheduler.PreviewJSON(ctx, description, opts...)
		if err != nil {
			return asyncz.Task{}, 0, err
		}
		if _, err = s.scheduler.Task(ctx, wanted.ID, asyncz.InStore(wanted.Store)); errors.Is(err, asyncz.ErrNotFound) {
			return asyncz.Task{}, 0, newProblem(http.StatusPreconditionFailed, "conflict", err.Error())
		}
		t, err := s.scheduler.AddJSON(ctx, description, append(opts, asyncz.Replace())...)
		return t, http.StatusOK, err
	}
	t, err := s.scheduler.AddJSON(ctx, description, opts...)
	switch {
	case !errors.Is(err, asyncz.ErrExists):
		return t, http.StatusCreated, err
	case mustNotBe:
		return t, 0, newProblem(http.StatusPreconditionFailed, "exists", err.Error())
	}
	t, err = s.scheduler.AddJSON(ctx, description, append(opts, asyncz.Replace())...)
	return t, http.StatusOK, err
}

func (s *Server) updateTask(ctx context.Context, in *struct {
	form.TaskPath
	form.IfMatch
	Body form.Text[form.Change]
}) (*taskAnswer, error) {
	if err := sameID(in.ID, in.Body.Field("id")); err != nil {
		return nil, err
	}
	opts, err := s.options(in.Store, in.IfMatch)
	if err != nil {
		return nil, err
	}
	t, err := s.scheduler.UpdateTaskJSON(ctx, in.ID, in.Body.JSON, opts...)
	err = s.unreadable(ctx, in.ID, opts, err)
	s.audit(ctx, deed{"task.update", cmp.Or(t.Store, in.Store), in.ID, fieldNames(in.Body.JSON)}, err)
	if err != nil {
		return nil, err
	}
	return answerTask(t), nil
}

func (s *Server) removeTask(ctx context.Context, in *struct {
	form.TaskPath
	form.IfMatch
}) (*struct{}, error) {
	opts, err := s.options(in.Store, in.IfMatch)
	if err != nil {
		return nil, err
	}
	err = s.scheduler.RemoveTask(ctx, in.ID, opts...)
	s.audit(ctx, deed{"task.remove", in.Store, in.ID, ""}, err)
	return nil, err
}

func (s *Server) runTask(ctx context.Context, in *struct {
	form.TaskPath
	form.IfMatch
}) (*answered[wire.Run, form.StartedRun], error) {
	opts, err := s.options(in.Store, in.IfMatch)
	if err != nil {
		return nil, err
	}
	run, err := s.scheduler.RunTask(ctx, in.ID, opts...)
	err = s.unreadable(ctx, in.ID, opts, err)
	detail := ""
	if err == nil {
		detail = run.ID()
	}
	s.audit(ctx, deed{"task.run", cmp.Or(run.Store, in.Store), in.ID, detail}, err)
	if err != nil {
		return nil, err
	}
	return answer[form.StartedRun](wire.Run{ID: run.ID(), Run: run}), nil
}

type versionedTask struct {
	form.TaskPath
	form.IfMatch
}

// toggle pauses or resumes a task.
func (s *Server) toggle(action string, do func(context.Context, string, ...asyncz.TaskOption) (asyncz.Task, error)) func(context.Context, *versionedTask) (*taskAnswer, error) {
	return func(ctx context.Context, in *versionedTask) (*taskAnswer, error) {
		opts, err := s.options(in.Store, in.IfMatch)
		if err != nil {
			return nil, err
		}
		t, err := do(ctx, in.ID, opts...)
		err = s.unreadable(ctx, in.ID, opts, err)
		s.audit(ctx, deed{action, cmp.Or(t.Store, in.Store), in.ID, ""}, err)
		if err != nil {
			return nil, err
		}
		return answerTask(t), nil
	}
}

// fieldNames says in the audit what was changed; the values may be nobody's business.
func fieldNames(changes []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(changes, &fields) != nil {
		return ""
	}
	return strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

// escape writes an id as the element of a path.
func escape(id string) string {
	if strings.Trim(id, ".") == "" { // it would be taken for a way up
		return strings.ReplaceAll(id, ".", "%2E")
	}
	return url.PathEscape(id)
}
