package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// A meaning is how an error of the scheduler is told.
type meaning struct {
	err    error
	status int
	kind   string // the end of the problem's type
}

// meanings are looked through from the first: what is more special stands before.
var meanings = []meaning{
	{asyncz.ErrNotFound, http.StatusNotFound, "not-found"},
	{asyncz.ErrExists, http.StatusConflict, "exists"},
	{asyncz.ErrConflict, http.StatusPreconditionFailed, "conflict"},
	{asyncz.ErrAmbiguous, http.StatusConflict, "ambiguous"},
	{asyncz.ErrTooManyRuns, http.StatusConflict, "too-many-runs"},
	{asyncz.ErrStopped, http.StatusServiceUnavailable, "stopped"},
	{asyncz.ErrNeverFires, http.StatusUnprocessableEntity, "never-fires"},
	{asyncz.ErrUnknownFunction, http.StatusUnprocessableEntity, "unknown-function"},
	{asyncz.ErrTask, http.StatusUnprocessableEntity, "invalid-task"},
	{store.ErrCorrupt, http.StatusConflict, "unreadable"},
	{seal.ErrUnknownKey, http.StatusConflict, "unreadable"},
	{seal.ErrKeyRequired, http.StatusConflict, "unreadable"},
	{seal.ErrNotSealed, http.StatusConflict, "unreadable"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "timeout"},
}

// typePrefix begins the types of our problems.
const typePrefix = "urn:asyncz:"

// problem tells an error of the scheduler as RFC 9457 says.
func problem(err error) error {
	if err == nil {
		return nil
	}
	var already huma.StatusError
	if errors.As(err, &already) {
		return err
	}
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			p := newProblem(m.status, m.kind, err.Error())
			if m.status == http.StatusUnprocessableEntity {
				p.Errors = fieldErrors(err)
			}
			return p
		}
	}
	return newProblem(http.StatusInternalServerError, "failed", err.Error())
}

// unreadable tells an error that has no meaning of its own as that of a task that
// can't be read, if it is one: why is for people.
func (s *Server) unreadable(ctx context.Context, id string, opts []asyncz.TaskOption, err error) error {
	var known huma.StatusError
	if err == nil || errors.As(err, &known) || slices.ContainsFunc(meanings, func(m meaning) bool { return errors.Is(err, m.err) }) {
		return err
	}
	if t, _ := s.scheduler.Task(ctx, id, opts...); t.State != asyncz.StateUnreadable {
		return err
	}
	return newProblem(http.StatusConflict, "unreadable", err.Error())
}

func newProblem(status int, kind, detail string) *huma.ErrorModel {
	p := &huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}
	if kind != "" {
		p.Type = typePrefix + kind
	}
	return p
}

// taskFields are what errors about a task begin with, when one field is at fault.
var taskFields = []string{
	"id", "name", "function", "kwargs", "trigger", "executor", "mistrigger_grace_time", "coalesce", "catch_up", "max_instances",
	"timeout", "retry.attempts", "retry.delay", "retry.max_delay", "retry", "on_lost", "metadata", "store", "paused",
}

// fieldErrors says which field an error about a task is about, as far as it begins
// with the name of one, which is how they are written.
func fieldErrors(err error) []*huma.ErrorDetail {
	text := err.Error()
	if i := strings.Index(text, asyncz.ErrTask.Error()); i >= 0 {
		text = text[i+len(asyncz.ErrTask.Error()):]
		if id, err := strconv.QuotedPrefix(strings.TrimPrefix(text, " ")); err == nil {
			text = text[1+len(id):]
		}
		text = strings.TrimPrefix(text, ": ")
	}
	if errors.Is(err, store.ErrInvalid) {
		return []*huma.ErrorDetail{{Location: "body.id", Message: text}}
	}
	for _, field := range taskFields {
		if message, ok := strings.CutPrefix(text, field+": "); ok {
			return []*huma.ErrorDetail{{Location: "body." + field, Message: message}}
		}
	}
	return []*huma.ErrorDetail{{Location: "body", Message: text}}
}

// at is a problem with one field of a request.
func at(location, message string, value any) error {
	p := newProblem(http.StatusUnprocessableEntity, "", "validation failed")
	p.Errors = []*huma.ErrorDetail{{Location: location, Message: message, Value: value}}
	return p
}

// write writes a problem where no operation is there to do it.
func write(w http.ResponseWriter, p *huma.ErrorModel) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the connection is gone, if anything
}
