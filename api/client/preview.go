package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

// PreviewJSON returns the task that AddJSON would keep. Nothing is written.
func (c *Client) PreviewJSON(ctx context.Context, description []byte, opts ...asyncz.TaskOption) (asyncz.Task, error) {
	d, err := describe(description, opts)
	if err != nil {
		return asyncz.Task{}, err
	}
	var answer wire.Preview
	err = c.with(ctx, call{method: http.MethodPost, path: []string{"preview", "task"}, body: d.body, into: &answer}, opts)
	return answer.Task, err
}

// PreviewUpdateJSON returns a task as it is and as UpdateTaskJSON would make it.
// Nothing is written.
func (c *Client) PreviewUpdateJSON(ctx context.Context, id string, changes []byte, opts ...asyncz.TaskOption) (before, after asyncz.Task, err error) {
	var answer wire.UpdatePreview
	err = c.with(ctx, call{method: http.MethodPost, path: []string{"tasks", id, "preview"}, body: changes, into: &answer}, opts)
	return answer.Before, answer.After, err
}

// PreviewTrigger returns the next n fire times of a trigger in its JSON form, by
// the clock of the server.
func (c *Client) PreviewTrigger(ctx context.Context, trigger []byte, n int) ([]time.Time, error) {
	var answer wire.Fires
	q := query{}
	q.number("n", n)
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"preview", "trigger"}, query: url.Values(q), body: trigger, into: &answer})
	return answer.Fires, err
}

// Fires returns the next n fire times of a task as they stand.
func (c *Client) Fires(ctx context.Context, id string, n int, opts ...asyncz.TaskOption) ([]time.Time, error) {
	var answer wire.Fires
	q := query{}
	q.number("n", n)
	err := c.with(ctx, call{method: http.MethodGet, path: []string{"tasks", id, "fires"}, query: url.Values(q), into: &answer}, opts)
	return answer.Fires, err
}
