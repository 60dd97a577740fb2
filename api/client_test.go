package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api/client"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
)

// either is what a program can do with a scheduler and with a client alike.
type either interface {
	Task(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)
	Tasks(ctx context.Context, f asyncz.Filter) ([]asyncz.Task, error)
	TaskPage(ctx context.Context, f asyncz.Filter) (asyncz.TaskPage, error)
	AddJSON(ctx context.Context, description []byte, opts ...asyncz.TaskOption) (asyncz.Task, error)
	UpdateTaskJSON(ctx context.Context, id string, changes []byte, opts ...asyncz.TaskOption) (asyncz.Task, error)
	PauseTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)
	ResumeTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Task, error)
	RunTask(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.Run, error)
	RemoveTask(ctx context.Context, id string, opts ...asyncz.TaskOption) error
	PreviewJSON(ctx context.Context, description []byte, opts ...asyncz.TaskOption) (asyncz.Task, error)
	PreviewUpdateJSON(ctx context.Context, id string, changes []byte, opts ...asyncz.TaskOption) (before, after asyncz.Task, err error)
	Runs(ctx context.Context, f asyncz.RunFilter) (asyncz.RunPage, error)
	FindRun(ctx context.Context, id string, opts ...asyncz.TaskOption) (asyncz.RunDetail, error)
	Nodes(ctx context.Context) ([]asyncz.Node, error)
	Status(ctx context.Context) (asyncz.Status, error)
	Doctor(ctx context.Context) ([]asyncz.Checkup, error)
	StoreInfo(ctx context.Context, alias string) (asyncz.StoreInfo, error)
	Audit(ctx context.Context, f asyncz.AuditFilter) (asyncz.AuditPage, error)
}

var _, _ either = (*asyncz.Scheduler)(nil), (*client.Client)(nil)

func TestTheClientReadsWhatTheSchedulerWouldTell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := idle(t)
		r := serve(t, s)
		c := r.client()
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			_, err := c.AddJSON(t.Context(), fmt.Appendf(nil, `{"id":"t%d","function":"speak","kwargs":{"word":"hello"},"trigger":{"type":"cron","hour":2},
				"metadata":{"tenant":"a"},"retry":{"attempts":3,"delay":1.5,"backoff":"exponential"},"timeout":90,"mistrigger_grace_time":"1h"}`, i))
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.PauseTask(t.Context(), "t1"); err != nil {
			t.Fatal(err)
		}
		run, err := c.RunTask(t.Context(), "t0")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		change := []byte(`{"name":"new","trigger":{"type":"interval","hours":7}}`)
		for name, ask := range map[string]func(either) (any, error){
			"Task": func(e either) (any, error) { return e.Task(t.Context(), "t0") },
			"Tasks": func(e either) (any, error) {
				return e.Tasks(t.Context(), asyncz.Filter{Sort: "id", Offset: 1, Limit: 1})
			},
			"TaskPage": func(e either) (any, error) {
				return e.TaskPage(t.Context(), asyncz.Filter{Sort: "id", Reverse: true, Limit: 2})
			},
			"PreviewJSON": func(e either) (any, error) {
				return e.PreviewJSON(t.Context(), []byte(`{"id":"new","function":"noop","trigger":{"type":"interval","hours":1}}`), asyncz.Paused())
			},
			"PreviewUpdateJSON": func(e either) (any, error) {
				before, after, err := e.PreviewUpdateJSON(t.Context(), "t0", change)
				return []any{before, after, after.NextFires(3, time.Now())}, err
			},
			"Runs": func(e either) (any, error) {
				return e.Runs(t.Context(), asyncz.RunFilter{Task: "t0", Outcomes: []asyncz.Outcome{asyncz.Executed}})
			},
			"FindRun":   func(e either) (any, error) { return e.FindRun(t.Context(), run.ID()) },
			"Nodes":     func(e either) (any, error) { return e.Nodes(t.Context()) },
			"Status":    func(e either) (any, error) { return e.Status(t.Context()) },
			"Doctor":    func(e either) (any, error) { return e.Doctor(t.Context()) },
			"StoreInfo": func(e either) (any, error) { return e.StoreInfo(t.Context(), "default") },
			"Audit": func(e either) (any, error) {
				return e.Audit(t.Context(), asyncz.AuditFilter{Who: "full", Action: "task.add"})
			},
		} {
			want, err := ask(s)
			if err != nil {
				t.Errorf("%s of the scheduler: %v", name, err)
				continue
			}
			got, err := ask(c)
			if err != nil {
				t.Errorf("%s of the client: %v", name, err)
				continue
			}
			if a, b := asJSON(t, got), asJSON(t, want); a != b {
				t.Errorf("%s:\nthe client has    %s\nthe scheduler has %s", name, a, b)
			}
		}
		detail, err := c.FindRun(t.Context(), run.ID())
		if err != nil || len(detail.Attempts) != 1 || detail.Attempts[0].Output != "hello\n" || len(detail.Attempts[0].Logs) != 1 {
			t.Errorf("the run is %+v, %v", detail, err)
		}
		task, err := c.Task(t.Context(), "t2")
		if err != nil || task.Version() == "" || task.Trigger == nil || task.Timeout != 90*time.Second || len(task.NextFires(3, time.Now())) != 3 {
			t.Errorf("the task is %+v, %v", task, err)
		}
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheClientChangesWhatTheSchedulerWouldChange(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := start(t)
	c := r.client()
	description := []byte(`{"id":"t","function":"noop","trigger":{"type":"interval","hours":1}}`)
	first, err := c.AddJSON(ctx, description, asyncz.InStore("default"), asyncz.Paused())
	if err != nil || first.State != asyncz.StatePaused {
		t.Fatal(first, err)
	}
	if again, err := c.AddJSON(ctx, description); err != nil || again.Version() != first.Version() {
		t.Errorf("the same once more: %+v, %v", again, err)
	}
	other := []byte(`{"id":"t","function":"noop","trigger":{"type":"interval","hours":2}}`)
	if _, err := c.AddJSON(ctx, other); !errors.Is(err, asyncz.ErrExists) {
		t.Errorf("another of this id: %v", err)
	}
	replaced, err := c.AddJSON(ctx, other, asyncz.Replace(), asyncz.IfVersion(first.Version()))
	if err != nil || replaced.Trigger.String() == first.Trigger.String() {
		t.Errorf("replaced: %+v, %v", replaced, err)
	}
	if _, err := c.AddJSON(ctx, description, asyncz.Replace(), asyncz.IfVersion(first.Version())); !errors.Is(err, asyncz.ErrConflict) {
		t.Errorf("replaced by somebody who has not seen it: %v", err)
	}
	if _, err := c.AddJSON(ctx, []byte(`{"id":"t","function":"noop","replace_existing":true,"trigger":{"type":"interval","hours":3}}`)); err != nil {
		t.Error(err)
	}
	if updated, err := c.UpdateTaskJSON(ctx, "t", []byte(`{"name":"x"}`)); err != nil || updated.Name != "x" {
		t.Errorf("updated: %+v, %v", updated, err)
	}
	if resumed, err := c.ResumeTask(ctx, "t"); err != nil || resumed.State != asyncz.StateScheduled {
		t.Errorf("resumed: %+v, %v", resumed, err)
	}
	if fires, err := c.Fires(ctx, "t", 4); err != nil || len(fires) != 4 || fires[1].Sub(fires[0]) != 3*time.Hour {
		t.Errorf("it fires %v, %v", fires, err)
	}
	if fires, err := c.PreviewTrigger(ctx, []byte(`{"type":"date","run_at":"2126-01-01T00:00:00Z"}`), 3); err != nil || len(fires) != 1 {
		t.Errorf("the trigger fires %v, %v", fires, err)
	}
	if err := c.RemoveTask(ctx, "t", asyncz.IfVersion(first.Version())); !errors.Is(err, asyncz.ErrConflict) {
		t.Errorf("removed by somebody who has not seen it: %v", err)
	}
	if err := c.RemoveTask(ctx, "t"); err != nil {
		t.Error(err)
	}
	if stores, err := c.Stores(ctx); err != nil || fmt.Sprint(stores) != "[default]" {
		t.Errorf("the stores are %v, %v", stores, err)
	}
	if err := r.scheduler.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Pause(ctx); err != nil {
		t.Error(err)
	}
	if state, err := c.State(ctx); err != nil || state != "paused" {
		t.Errorf("paused it is %q, %v", state, err)
	}
	if err := c.Resume(ctx); err != nil {
		t.Error(err)
	}
	if state, err := c.State(ctx); err != nil || state != "running" || r.scheduler.State() != state {
		t.Errorf("resumed it is %q, %v", state, err)
	}
}

func TestErrorsOfTheServerAreThoseOfTheScheduler(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := start(t)
	r.add("t")
	c := r.client()
	hourly := `"trigger":` + hourly
	for want, ask := range map[error]func(either) error{
		asyncz.ErrNotFound: func(e either) error { _, err := e.PauseTask(ctx, "nobody"); return err },
		asyncz.ErrConflict: func(e either) error {
			_, err := e.UpdateTaskJSON(ctx, "t", []byte(`{"name":"x"}`), asyncz.IfVersion("0123456789abcdef"))
			return err
		},
		asyncz.ErrTask: func(e either) error { _, err := e.AddJSON(ctx, []byte(`{"colour":"red"}`)); return err },
		asyncz.ErrNeverFires: func(e either) error {
			_, err := e.AddJSON(ctx, []byte(`{"function":"noop","trigger":{"type":"interval","hours":1,"end_at":"2001-01-01T00:00:00Z"}}`))
			return err
		},
		asyncz.ErrExists: func(e either) error {
			_, err := e.AddJSON(ctx, []byte(`{"id":"t","function":"speak",`+hourly+`}`))
			return err
		},
	} {
		if err := ask(r.scheduler); !errors.Is(err, want) {
			t.Errorf("the scheduler says %v, want %v", err, want)
		}
		err := ask(c)
		var p *client.Problem
		if !errors.Is(err, want) || !errors.As(err, &p) || p.Status < 400 {
			t.Errorf("the client says %v, want %v", err, want)
		}
	}
	if _, err := c.AddJSON(ctx, []byte(`{"function":"noop",`+hourly+`}`), asyncz.Timeout(time.Minute)); !errors.Is(err, asyncz.ErrTask) {
		t.Errorf("an option that can't be sent is dropped: %v", err)
	}
	_ = r.scheduler.Shutdown(ctx)
	if _, err := c.Task(ctx, "t"); !errors.Is(err, asyncz.ErrStopped) {
		t.Errorf("after the shutdown it is %v", err)
	}
}

// A corrupt store has one record that can't be read.
type corrupt struct{ store.Store }

func TestATaskThatCanNotBeReadIsShownWithTheReason(t *testing.T) {
	t.Parallel()
	plain := corrupt{memstore.New()} // not live: it keeps bytes
	if err := plain.Add(t.Context(), store.Record{ID: "bad", Due: time.Now().Add(time.Hour), Executor: "default", Data: []byte("nonsense")}); err != nil {
		t.Fatal(err)
	}
	r := serve(t, idle(t, asyncz.WithStore("default", plain)))
	var task map[string]any
	r.ask("GET", "/api/v1/tasks/bad", "").want(200).read(&task)
	if task["schedule_state"] != "unreadable" || task["error"] == "" {
		t.Errorf("it is %v", task)
	}
	got, err := r.client().Task(t.Context(), "bad")
	if err == nil || got.State != asyncz.StateUnreadable || got.Err == nil {
		t.Errorf("the client has %+v, %v", got, err)
	}
	r.ask("GET", "/api/v1/tasks", "").want(200)
	r.ask("GET", "/api/v1/doctor", "").want(200)
	if p := r.ask("PATCH", "/api/v1/tasks/bad", `{"name":"x"}`).problem(409, ""); p.Type != "urn:asyncz:unreadable" {
		t.Errorf("a change of it is the problem %q: %s", p.Type, p.Detail)
	}
	r.ask("DELETE", "/api/v1/tasks/bad", "").want(204)
}
