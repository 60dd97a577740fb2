package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz/api/internal/form"
	"github.com/go-asyncz/asyncz/api/internal/wire"
	"github.com/go-asyncz/asyncz/trigger"
)

const previewTag = "preview"

// previewOperations show what would be; they write nothing, so that a token for
// reading is enough.
func (s *Server) previewOperations() {
	add(s, reading, huma.Operation{
		OperationID: "preview-trigger", Method: http.MethodPost, Path: "/api/v1/preview/trigger", Tags: []string{previewTag},
		Summary: "Tell when a trigger would fire", Description: "From now on, by the clock of the server.",
	}, s.previewTrigger)
	add(s, reading, huma.Operation{
		OperationID: "preview-task", Method: http.MethodPost, Path: "/api/v1/preview/task", Tags: []string{previewTag},
		Summary: "Show what a description would make", Description: "With the same errors as when it is created, except that it may be there already. Nothing is written.",
	}, s.previewTask)
	add(s, reading, huma.Operation{
		OperationID: "preview-update", Method: http.MethodPost, Path: "/api/v1/tasks/{id}/preview", Tags: []string{previewTag},
		Summary: "Show what a change would make", Description: "The task as it is and as the change would make it. Nothing is written.",
	}, s.previewUpdate)
}

func (s *Server) previewTrigger(_ context.Context, in *struct {
	form.Count
	Body form.Text[form.Trigger]
}) (*answered[wire.Fires, form.Fires], error) {
	t, err := trigger.Parse(in.Body.JSON)
	if err != nil {
		return nil, at("body", err.Error(), nil)
	}
	now := time.Now()
	times := []time.Time{}
	for prev := (time.Time{}); len(times) < in.N; {
		next, ok := t.Next(prev, now)
		if !ok {
			break
		}
		times, prev = append(times, next), next
	}
	return answer[form.Fires](wire.Fires{Fires: times}), nil
}

func (s *Server) previewTask(ctx context.Context, in *struct {
	form.Count
	Store string `query:"store" doc:"The alias of the store that would keep it, as in the body."`
	Body  form.Text[form.Description]
}) (*answered[wire.Preview, form.Preview], error) {
	opts, err := s.where(in.Store)
	if err != nil {
		return nil, err
	}
	t, err := s.scheduler.PreviewJSON(ctx, in.Body.JSON, opts...)
	if err != nil {
		return nil, err
	}
	return answer[form.Preview](wire.Preview{Task: t, Fires: fires(t, in.N)}), nil
}

func (s *Server) previewUpdate(ctx context.Context, in *struct {
	form.TaskPath
	form.IfMatch
	form.Count
	Body form.Text[form.Change]
}) (*answered[wire.UpdatePreview, form.UpdatePreview], error) {
	if err := sameID(in.ID, in.Body.Field("id")); err != nil {
		return nil, err
	}
	opts, err := s.options(in.Store, in.IfMatch)
	if err != nil {
		return nil, err
	}
	before, after, err := s.scheduler.PreviewUpdateJSON(ctx, in.ID, in.Body.JSON, opts...)
	if err = s.unreadable(ctx, in.ID, opts, err); err != nil {
		return nil, err
	}
	return answer[form.UpdatePreview](wire.UpdatePreview{
		Before: before, After: after, BeforeFires: fires(before, in.N), AfterFires: fires(after, in.N),
	}), nil
}
