package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard/internal/auth"
)

const previewFires = 10

// A formPage adds a task or changes one: the form, and after the first step what
// it would do.
type formPage struct {
	Edit      bool
	Form      taskForm
	Error     string
	Task      asyncz.Task // that is changed
	Version   string      // of the task that the preview was made from
	Base      string      // the definition that the user began with
	Stores    []string
	Executors []string
	Functions []string
	Units     []string

	Preview *preview
}

// A preview is what a form would do.
type preview struct {
	Task     asyncz.Task
	Words    []string
	JSON     string
	Zone     string
	Next     []time.Time
	Changes  []difference
	Others   []difference // what somebody else has changed meanwhile
	Conflict bool
}

func (d *Dashboard) formPage(ctx context.Context, f taskForm) formPage {
	p := formPage{Form: f, Stores: d.s.Stores(), Units: timeUnits, Executors: d.executors(ctx, f.Executor)}
	nodes, err := d.nodeList(ctx)
	if err != nil {
		nodes = nil // names to choose from are an aid
	}
	for _, n := range nodes {
		p.Functions = append(p.Functions, n.Functions...)
	}
	p.Functions = withOwn(p.Functions, "")
	return p
}

// newTask adds a task in two steps: what is to be added is shown first.
func (d *Dashboard) newTask(w http.ResponseWriter, r *http.Request) error {
	f := newForm()
	if r.Method == http.MethodPost {
		if err := readPost(w, r); err != nil {
			return err
		}
		f = readForm(r.PostForm)
	} else if !auth.UserFrom(r.Context()).MayWrite() {
		return errForbidden
	} else if r.URL.Query().Get("as") == "json" {
		f.As = "json"
	}
	p := d.formPage(r.Context(), f)
	code := http.StatusOK
	if r.Method == http.MethodPost && r.PostForm.Get("step") != "edit" {
		done, err := d.stepNew(w, r, &p)
		if done || err != nil && status(err) == http.StatusForbidden {
			return err
		}
		if err != nil {
			p.Error, p.Preview, code = err.Error(), nil, status(err)
		}
	}
	return d.showAs(w, r, code, "form", frame{Title: "Add a task", Nav: "tasks", Page: p})
}

// stepNew previews or adds; done when it has answered.
func (d *Dashboard) stepNew(w http.ResponseWriter, r *http.Request, p *formPage) (done bool, err error) {
	def, err := p.Form.definition()
	if err != nil {
		return false, err
	}
	body, err := json.Marshal(def)
	if err != nil {
		return false, err
	}
	opts := in(p.Form.Store)
	if p.Form.Pause != "" {
		opts = append(opts, asyncz.Paused())
	}
	if r.PostForm.Get("step") != "apply" {
		if !auth.UserFrom(r.Context()).MayWrite() {
			return false, errForbidden
		}
		t, err := d.s.PreviewJSON(r.Context(), body, opts...)
		if err != nil {
			return false, err
		}
		p.Form.keepID(def, t.ID)
		p.Preview, err = newPreview(t)
		return false, err
	}
	var t asyncz.Task
	entry := asyncz.AuditEntry{Action: "task.add", Store: p.Form.Store, Task: plain(def["id"]), Detail: shorten(2000, string(body))}
	err = d.audited(r, entry, func(ctx context.Context) error {
		t, err = d.s.AddJSON(ctx, body, opts...)
		return err
	})
	if err != nil {
		return false, err
	}
	tellNext(w, r, flash{Kind: "ok", Text: "The task is added."}, taskLink(t.Store, t.ID))
	return true, nil
}

func newPreview(t asyncz.Task) (*preview, error) {
	def, err := definitionOf(t)
	if err != nil {
		return nil, err
	}
	return &preview{Task: t, Words: sentences(t, retryOf(def)), JSON: def.String(), Zone: zoneOf(t.Trigger), Next: t.NextFires(previewFires, time.Now())}, nil
}

// editTask changes a task in two steps: what changes is shown first, and is done
// only to the version that was shown.
func (d *Dashboard) editTask(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := d.knowsStore(q.Get("store")); err != nil {
		return err
	}
	t, err := d.s.Task(r.Context(), q.Get("id"), in(q.Get("store"))...)
	if err != nil {
		return err
	}
	def, err := definitionOf(t)
	if err != nil {
		return err
	}
	f, base := formOf(t, def), def.String()
	if r.Method == http.MethodPost {
		if err := readPost(w, r); err != nil {
			return err
		}
		f, base = readForm(r.PostForm), r.PostForm.Get("base")
	} else if !auth.UserFrom(r.Context()).MayWrite() {
		return errForbidden
	} else if q.Get("as") == "json" {
		f.As = "json"
	}
	p := d.formPage(r.Context(), f)
	p.Edit, p.Task, p.Version, p.Base = true, t, t.Version(), base
	code := http.StatusOK
	if r.Method == http.MethodPost && r.PostForm.Get("step") != "edit" {
		done, err := d.stepEdit(w, r, &p, def)
		if done || err != nil && status(err) == http.StatusForbidden {
			return err
		}
		if err != nil {
			p.Error, p.Preview, code = err.Error(), nil, status(err)
		} else if p.Preview.Conflict {
			code = http.StatusConflict
		}
	}
	return d.showAs(w, r, code, "form", frame{Title: "Edit task " + title(t), Nav: "tasks", Page: p})
}

// stepEdit previews or applies; done when it has answered. The changes are what
// the form says against the definition that the user began with, so that they
// leave alone what somebody else has changed meanwhile.
func (d *Dashboard) stepEdit(w http.ResponseWriter, r *http.Request, p *formPage, current definition) (done bool, err error) {
	began, err := parseDefinition([]byte(p.Base))
	if err != nil {
		return false, errBadForm
	}
	change, err := p.changes(began)
	if err != nil {
		return false, err
	}
	body, err := json.Marshal(change)
	if err != nil {
		return false, err
	}
	opts := in(p.Task.Store)
	if r.PostForm.Get("step") == "apply" {
		entry := asyncz.AuditEntry{Action: "task.update", Store: p.Task.Store, Task: p.Task.ID, Detail: shorten(2000, string(body))}
		err = d.audited(r, entry, func(ctx context.Context) error {
			_, err := d.s.UpdateTaskJSON(ctx, p.Task.ID, body, append(in(p.Task.Store), asyncz.IfVersion(r.PostForm.Get("version")))...)
			return err
		})
		if err == nil {
			tellNext(w, r, flash{Kind: "ok", Text: "The task is changed."}, taskLink(p.Task.Store, p.Task.ID))
			return true, nil
		}
		if !errors.Is(err, asyncz.ErrConflict) {
			return false, err
		}
	}
	if !auth.UserFrom(r.Context()).MayWrite() {
		return false, errForbidden
	}
	before, after, err := d.s.PreviewUpdateJSON(r.Context(), p.Task.ID, body, opts...)
	if err != nil {
		return false, err
	}
	if p.Preview, err = newPreview(after); err != nil {
		return false, err
	}
	was, err := definitionOf(before)
	if err != nil {
		return false, err
	}
	will, err := definitionOf(after)
	if err != nil {
		return false, err
	}
	p.Version = before.Version()
	p.Preview.Changes, p.Preview.Others = differences(was, will), differences(began, current)
	p.Preview.Conflict = len(p.Preview.Others) > 0 || r.PostForm.Get("step") == "apply"
	return false, nil
}

func (p *formPage) changes(began definition) (definition, error) {
	if p.Form.As == "json" {
		mine, err := p.Form.definition()
		if err != nil {
			return nil, err
		}
		return changes(editable(began), mine), nil
	}
	body, err := json.Marshal(began)
	if err != nil {
		return nil, err
	}
	var t asyncz.Task
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, errBadForm
	}
	return p.Form.changesFrom(t, began)
}
