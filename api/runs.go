package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
)

const runsTag = "runs"

// runOperations are those about the history.
func (s *Server) runOperations() {
	add(s, reading, huma.Operation{
		OperationID: "list-runs", Method: http.MethodGet, Path: "/api/v1/runs", Tags: []string{runsTag},
		Summary: "List runs that have ended", Description: "One entry an attempt that ended, or fires without a run.",
	}, s.listRuns)
	add(s, reading, huma.Operation{
		OperationID: "get-run", Method: http.MethodGet, Path: "/api/v1/runs/{id}", Tags: []string{runsTag},
		Summary: "Get a run", Description: "All of its attempts with errors, output and log lines, and the one in flight.",
	}, s.getRun)
}

// A runQuery is [asyncz.RunFilter].
type runQuery struct {
	Store    string   `query:"store" doc:"The alias of a store."`
	Task     string   `query:"task" doc:"The id of a task."`
	Node     string   `query:"node" doc:"The name of a node."`
	Outcomes []string `query:"outcome,explode" enum:"executed,failed,missed,coalesced,max_instances,abandoned,cancelled,retrying,lost,lost_lease" doc:"Any of these."`
	Source   string   `query:"source" enum:"scheduled,manual,retry,recovered"`
	form.Span
	form.Paging
}

func (s *Server) listRuns(ctx context.Context, in *runQuery) (*answered[asyncz.RunPage, form.RunPage], error) {
	if _, err := s.where(in.Store); err != nil {
		return nil, err
	}
	f := asyncz.RunFilter{
		Store: in.Store, Task: in.Task, Node: in.Node, Source: asyncz.Source(in.Source),
		Since: in.Since, Until: in.Until, Limit: in.Limit, After: in.After,
	}
	for _, o := range in.Outcomes {
		f.Outcomes = append(f.Outcomes, asyncz.Outcome(o))
	}
	page, err := s.scheduler.Runs(ctx, f)
	if err != nil {
		return nil, badCursor(in.After, err)
	}
	return answer[form.RunPage](page), nil
}

func (s *Server) getRun(ctx context.Context, in *struct {
	ID    string `path:"id" minLength:"1" doc:"The id of the run, with / and the like escaped." example:"nightly@2026-11-23T02:00:00Z"`
	Store string `query:"store" doc:"The alias of its store."`
}) (*answered[asyncz.RunDetail, form.RunDetail], error) {
	opts, err := s.where(in.Store)
	if err != nil {
		return nil, err
	}
	if _, _, err := asyncz.ParseRunID(in.ID); err != nil {
		return nil, at("path.id", err.Error(), in.ID)
	}
	d, err := s.scheduler.FindRun(ctx, in.ID, opts...)
	if err != nil {
		return nil, err
	}
	return answer[form.RunDetail](d), nil
}
