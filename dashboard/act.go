package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

const (
	maxForm  = 1 << 20 // bytes
	maxPicks = 1000    // tasks of one action
)

// An action is something that is done with tasks.
type action struct {
	audit string // its name in the audit log
	done  string // in words, after "1 task"
	do    func(s *asyncz.Scheduler, ctx context.Context, id string, opts ...asyncz.TaskOption) error
}

var actions = map[string]action{
	"run": {"task.run", "will run now", func(s *asyncz.Scheduler, ctx context.Context, id string, opts ...asyncz.TaskOption) error {
		_, err := s.RunTask(ctx, id, opts...)
		return err
	}},
	"pause": {"task.pause", "paused", func(s *asyncz.Scheduler, ctx context.Context, id string, opts ...asyncz.TaskOption) error {
		_, err := s.PauseTask(ctx, id, opts...)
		return err
	}},
	"resume": {"task.resume", "resumed", func(s *asyncz.Scheduler, ctx context.Context, id string, opts ...asyncz.TaskOption) error {
		_, err := s.ResumeTask(ctx, id, opts...)
		return err
	}},
	"remove": {"task.remove", "removed", (*asyncz.Scheduler).RemoveTask},
}

// schedulerActions are what can be done with this scheduler, by their names in the
// audit log.
var schedulerActions = map[string]string{"pause_scheduler": "scheduler.pause", "resume_scheduler": "scheduler.resume"}

// A confirmPage asks whether it is meant, where no script has asked.
type confirmPage struct {
	Action, Back string
	Picks, Names []string
}

// act does something with one task, when a button of a row says which, or with
// all that are picked; or it pauses or resumes this scheduler.
func (d *Dashboard) act(w http.ResponseWriter, r *http.Request) error {
	if err := readPost(w, r); err != nil {
		return err
	}
	name, picks := r.PostForm.Get("action"), r.PostForm["pick"]
	back := safeReturn(r.PostForm.Get("back"), "tasks")
	if one, err := url.ParseQuery(r.PostForm.Get("one")); err == nil && one.Has("action") { // a row's own button
		name = one.Get("action")
		picks = []string{pick(one.Get("store"), one.Get("id"))}
	}
	if schedulerActions[name] != "" {
		return d.actScheduler(w, r, name, back)
	}
	a, ok := actions[name]
	switch {
	case !ok:
		return fmt.Errorf("%w: unknown action %q", errBadForm, name)
	case len(picks) == 0:
		return fmt.Errorf("%w: no task is picked", errBadForm)
	case len(picks) > maxPicks:
		return fmt.Errorf("%w: %d tasks are picked; at most %d can be at once", errBadForm, len(picks), maxPicks)
	}
	if name == "remove" && r.PostForm.Get("confirmed") == "" && auth.UserFrom(r.Context()).MayWrite() {
		return d.confirm(w, r, confirmPage{Action: name, Back: back, Picks: picks})
	}
	done, failed := 0, []error(nil)
	for _, p := range picks {
		store, id, err := unpick(p)
		if err != nil {
			return err
		}
		err = d.audited(r, asyncz.AuditEntry{Action: a.audit, Store: store, Task: id}, func(ctx context.Context) error {
			return a.do(d.s, ctx, id, in(store)...)
		})
		if errors.Is(err, errForbidden) {
			return err
		}
		if err == nil {
			done++
		} else {
			failed = append(failed, err)
		}
	}
	f := flash{Kind: "ok", Text: taskName(picks, done) + " " + a.done + "."}
	if len(failed) > 0 {
		f = flash{Kind: "bad", Text: failed[0].Error()}
		if len(picks) > 1 {
			f.Text = fmt.Sprintf("%s %s; %d not. The first that was not: %v", plural(done, "task"), a.done, len(failed), failed[0])
		}
	}
	if gone := name == "remove" && r.PostForm.Get("page") == "task" && len(failed) == 0; gone {
		tellNext(w, r, f, "tasks")
		return nil
	}
	tell(w, r, f, back)
	return nil
}

func taskName(picks []string, done int) string {
	if len(picks) == 1 {
		_, id, _ := unpick(picks[0]) // it was read before
		return fmt.Sprintf("%q", shorten(80, id))
	}
	return plural(done, "task")
}

func (d *Dashboard) actScheduler(w http.ResponseWriter, r *http.Request, name, back string) error {
	err := d.audited(r, asyncz.AuditEntry{Action: schedulerActions[name], Detail: d.s.Node()}, func(context.Context) error {
		if name == "pause_scheduler" {
			d.s.Pause()
		} else {
			d.s.Resume()
		}
		return nil
	})
	if err != nil {
		return err
	}
	text := "This node takes no new work until it is resumed."
	if name == "resume_scheduler" {
		text = "This node takes work again."
	}
	tell(w, r, flash{Kind: "ok", Text: text}, back)
	return nil
}

func (d *Dashboard) confirm(w http.ResponseWriter, r *http.Request, p confirmPage) error {
	for _, one := range p.Picks {
		_, id, err := unpick(one)
		if err != nil {
			return err
		}
		p.Names = append(p.Names, id)
	}
	return d.show(w, r, "confirm", frame{Title: "Remove?", Nav: "tasks", Page: p})
}

// audited does what only operators may, and writes into the audit log what was
// done or refused, by whom and from where.
func (d *Dashboard) audited(r *http.Request, e asyncz.AuditEntry, do func(context.Context) error) error {
	user := auth.UserFrom(r.Context())
	err := errForbidden
	if user.MayWrite() {
		err = do(r.Context())
	}
	e.Time, e.Who, e.Via, e.From = time.Now(), user.Name, "dashboard", auth.AddressFrom(r.Context())
	if err != nil {
		e.Error = err.Error()
	}
	if fault := d.s.WriteAudit(context.WithoutCancel(r.Context()), e); fault != nil {
		if err == nil {
			return fmt.Errorf("it is done, but could not be written into the audit log: %w", fault)
		}
		d.set.logger.ErrorContext(r.Context(), "the audit log can't be written", "action", e.Action, "task", e.Task, "error", fault)
	}
	return err
}

func readPost(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errBadForm, err)
	}
	return nil
}
