package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/internal/wire"
)

// pageSize is how many are asked for at a time where all are wanted.
const pageSize = 1000

// Task returns the task with this id. One that can't be read is returned with the
// error that says why. [asyncz.InStore] says in which store it is looked for.
func (c *Client) Task(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error) {
	t, err := c.task(ctx, call{method: http.MethodGet, path: []string{"tasks", id}}, opts)
	if err == nil && t.State == asyncz.StateUnreadable {
		err = fmt.Errorf("task %q: %w", id, t.Err)
	}
	return t, err
}

// Tasks returns the tasks that a filter lets through. It asks for page after page,
// so that tasks that change meanwhile may be left out or be there twice.
func (c *Client) Tasks(ctx context.Context, f asyncz.Filter) ([]asyncz.Task, error) {
	if f.Offset < 0 || f.Limit < 0 {
		return nil, fmt.Errorf("offset %d and limit %d must not be negative", f.Offset, f.Limit)
	}
	var tasks []asyncz.Task
	want := f.Offset + f.Limit
	for page := f; ; {
		page.Offset, page.Limit = 0, pageSize
		if f.Limit > 0 {
			page.Limit = min(pageSize, want-len(tasks))
		}
		got, err := c.TaskPage(ctx, page)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, got.Tasks...)
		if page.After = got.Next; got.Next == "" || f.Limit > 0 && len(tasks) >= want {
			return tasks[min(f.Offset, len(tasks)):], nil
		}
	}
}

// TaskPage returns a page of the tasks that a filter lets through, by default 50
// and at most 1,000. Offset is not looked at.
func (c *Client) TaskPage(ctx context.Context, f asyncz.Filter) (asyncz.TaskPage, error) {
	var page asyncz.TaskPage
	err := c.do(ctx, call{method: http.MethodGet, path: []string{"tasks"}, query: url.Values(taskQuery(f)), into: &page})
	return page, err
}

// AddJSON keeps a task that is described in JSON and returns it. The same
// description once more returns the task that is there; another one with the same
// id is [asyncz.ErrExists], unless [asyncz.Replace] is given. [asyncz.InStore],
// [asyncz.Paused] and [asyncz.IfVersion] are known too; what else a task is to have
// belongs into the description.
func (c *Client) AddJSON(ctx context.Context, description []byte, opts ...asyncz.TaskOption) (asyncz.Task, error) {
	d, err := describe(description, opts)
	if err != nil {
		return asyncz.Task{}, err
	}
	r := call{method: http.MethodPost, path: []string{"tasks"}, body: d.body}
	if d.replace && d.id != "" {
		r.method, r.path = http.MethodPut, []string{"tasks", d.id}
	}
	return c.task(ctx, r, opts)
}

// UpdateTaskJSON changes the fields of a task that the JSON has.
func (c *Client) UpdateTaskJSON(ctx context.Context, id string, changes []byte, opts ...asyncz.TaskOption) (asyncz.Task, error) {
	return c.task(ctx, call{method: http.MethodPatch, path: []string{"tasks", id}, body: changes}, opts)
}

// PauseTask holds a task back until ResumeTask.
func (c *Client) PauseTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error) {
	return c.task(ctx, call{method: http.MethodPost, path: []string{"tasks", id, "pause"}}, opts)
}

// ResumeTask lets a paused task go on.
func (c *Client) ResumeTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error) {
	return c.task(ctx, call{method: http.MethodPost, path: []string{"tasks", id, "resume"}}, opts)
}

// RunTask asks for a run now and returns it. Any scheduler on the store may carry it out.
func (c *Client) RunTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Run, error) {
	var answer wire.Run
	err := c.with(ctx, call{method: http.MethodPost, path: []string{"tasks", id, "run"}, into: &answer}, opts)
	return answer.Run, err
}

// RemoveTask removes a task, also one that can't be read. A run that has begun may end.
func (c *Client) RemoveTask(ctx context.Context, id string, opts ...asyncz.TaskOption) error {
	return c.with(ctx, call{method: http.MethodDelete, path: []string{"tasks", id}}, opts)
}

// task is a call whose answer is a task.
func (c *Client) task(ctx context.Context, r call, opts []asyncz.TaskOption) (asyncz.Task, error) {
	var t asyncz.Task
	r.into = &t
	err := c.with(ctx, r, opts)
	return t, err
}

// with is a call with what the options say.
func (c *Client) with(ctx context.Context, r call, opts []asyncz.TaskOption) error {
	q, h, err := choice(opts)
	if err != nil {
		return err
	}
	for k, v := range r.query {
		q[k] = v
	}
	r.query, r.header = url.Values(q), h
	err = c.do(ctx, r)
	return err
}
