package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/form"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

const storesTag = "stores and nodes"

// storeOperations are those about stores and nodes.
func (s *Server) storeOperations() {
	add(s, reading, huma.Operation{
		OperationID: "list-stores", Method: http.MethodGet, Path: "/api/v1/stores", Tags: []string{storesTag},
		Summary: "List the stores",
	}, func(context.Context, *struct{}) (*answered[wire.Stores, form.Stores], error) {
		return answer[form.Stores](wire.Stores{Stores: s.scheduler.Stores()}), nil
	})
	add(s, reading, huma.Operation{
		OperationID: "get-store", Method: http.MethodGet, Path: "/api/v1/stores/{store}", Tags: []string{storesTag},
		Summary: "Tell what a store is and has", Description: "It reads all records of the store.",
	}, s.getStore)
	add(s, reading, huma.Operation{
		OperationID: "list-nodes", Method: http.MethodGet, Path: "/api/v1/nodes", Tags: []string{storesTag},
		Summary: "List the nodes", Description: "The schedulers on the stores, those that have died too.",
	}, func(ctx context.Context, _ *struct{}) (*answered[wire.Nodes, form.Nodes], error) {
		nodes, err := s.scheduler.Nodes(ctx)
		return answer[form.Nodes](wire.Nodes{Nodes: nodes}), err
	})
	add(s, reading, huma.Operation{
		OperationID: "get-status", Method: http.MethodGet, Path: "/api/v1/status", Tags: []string{storesTag},
		Summary: "Tell how all is going", Description: "Without problems all is well, whoever works on the stores. It reads all tasks.",
	}, func(ctx context.Context, _ *struct{}) (*answered[asyncz.Status, form.Status], error) {
		st, err := s.scheduler.Status(ctx)
		return answer[form.Status](st), err
	})
	add(s, reading, huma.Operation{
		OperationID: "run-doctor", Method: http.MethodGet, Path: "/api/v1/doctor", Tags: []string{storesTag},
		Summary: "Tell what can't be read or run here", Description: "It reads all records of all stores and changes nothing.",
	}, func(ctx context.Context, _ *struct{}) (*answered[wire.Checkups, form.Checkups], error) {
		found, err := s.scheduler.Doctor(ctx)
		return answer[form.Checkups](wire.Checkups{Checkups: found}), err
	})
}

func (s *Server) getStore(ctx context.Context, in *struct {
	Store string `path:"store" minLength:"1" doc:"The alias of the store."`
}) (*answered[asyncz.StoreInfo, form.StoreInfo], error) {
	if !slices.Contains(s.scheduler.Stores(), in.Store) {
		return nil, newProblem(http.StatusNotFound, "no-store", "there is no store of this alias")
	}
	info, err := s.scheduler.StoreInfo(ctx, in.Store)
	return answer[form.StoreInfo](info), err
}
