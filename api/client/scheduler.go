package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

// Runs returns a page of the history: runs that have ended, the last one first.
func (c *Client) Runs(ctx context.Context, f asyncz.RunFilter) (asyncz.RunPage, error) {
	var page asyncz.RunPage
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"runs"}, query: url.Values(runQuery(f)), into: &page})
	return page, err
}

// FindRun returns what is known of a run, with its output and its log lines.
func (c *Client) FindRun(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.RunDetail, error) {
	var detail asyncz.RunDetail
	err := c.with(ctx, call{method: http.MethodGet, path: []string{"runs", id}, into: &detail}, opts)
	return detail, err
}

// Nodes returns the nodes on the stores of the server.
func (c *Client) Nodes(ctx context.Context) ([]asyncz.Node, error) {
	var answer wire.Nodes
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"nodes"}, into: &answer})
	return answer.Nodes, err
}

// Status says how all is going on the stores of the server.
func (c *Client) Status(ctx context.Context) (asyncz.Status, error) {
	var st asyncz.Status
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"status"}, into: &st})
	return st, err
}

// Doctor tells which records can't be read or run by the server, and why.
func (c *Client) Doctor(ctx context.Context) ([]asyncz.Checkup, error) {
	var answer wire.Checkups
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"doctor"}, into: &answer})
	return answer.Checkups, err
}

// Stores returns the aliases of the stores of the server, in order.
func (c *Client) Stores(ctx context.Context) ([]string, error) {
	var answer wire.Stores
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"stores"}, into: &answer})
	return answer.Stores, err
}

// StoreInfo tells what a store is and what is in it. It reads all its records.
func (c *Client) StoreInfo(ctx context.Context, alias string) (asyncz.StoreInfo, error) {
	var info asyncz.StoreInfo
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"stores", alias}, into: &info})
	return info, err
}

// Audit returns a page of who did what by the API, the dashboard or the program,
// the last one first.
func (c *Client) Audit(ctx context.Context, f asyncz.AuditFilter) (asyncz.AuditPage, error) {
	var page asyncz.AuditPage
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"audit"}, query: url.Values(auditQuery(f)), into: &page})
	return page, err
}

// A SchedulerInfo is what the scheduler of a server tells of itself.
type SchedulerInfo struct {
	Node      string           `json:"node"` // its name in the runs that it carries out
	State     asyncz.NodeState `json:"state"`
	Version   string           `json:"version"` // of the API's module, if it is known
	Stores    []string         `json:"stores"`
	Executors []string         `json:"executors"`        // their aliases
	Functions []string         `json:"functions"`        // that it can call
	Caller    string           `json:"caller,omitempty"` // whose token this client has
	Role      string           `json:"role"`             // what it may: read-only or full
}

// Scheduler tells of the scheduler of the server, and as whom it knows this client.
func (c *Client) Scheduler(ctx context.Context) (SchedulerInfo, error) {
	return c.scheduler(ctx, http.MethodGet, "scheduler")
}

// State says whether the scheduler of the server takes work.
func (c *Client) State(ctx context.Context) (asyncz.NodeState, error) {
	info, err := c.Scheduler(ctx)
	return info.State, err
}

// Pause stops the scheduler of the server from taking work; other schedulers on
// the same stores are not concerned.
func (c *Client) Pause(ctx context.Context) error {
	_, err := c.scheduler(ctx, http.MethodPost, "scheduler", "pause")
	return err
}

// Resume lets the scheduler of the server take work again.
func (c *Client) Resume(ctx context.Context) error {
	_, err := c.scheduler(ctx, http.MethodPost, "scheduler", "resume")
	return err
}

func (c *Client) scheduler(ctx context.Context, method string, path ...string) (SchedulerInfo, error) {
	var info SchedulerInfo
	err := c.do(ctx, call{method: method, path: path, into: &info})
	return info, err
}
