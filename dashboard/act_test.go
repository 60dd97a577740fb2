package dashboard_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestActionsDoWhatTheySayAndAreAudited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		h.add("two", hourly(), args{})
		h.start()
		page := h.get("tasks")

		h.post("act", "one", buttons(t, page.Body, "Pause one")).is(303)
		if got := h.task("one").State; got != asyncz.StatePaused {
			t.Errorf("one is %s", got)
		}
		h.get("tasks").has(`"one" paused.`)
		h.get("tasks").hasNot(`"one" paused.`)
		h.post("act", "one", buttons(t, h.get("tasks").Body, "Resume one")).is(303)
		if got := h.task("one").State; got != asyncz.StateScheduled {
			t.Errorf("one is %s", got)
		}
		h.post("act", "action", "run", "pick", "id=one", "pick", "id=two").is(303)
		h.get("tasks").has("2 tasks will run now.")
		time.Sleep(time.Second)
		for _, id := range []string{"one", "two"} {
			if last := h.task(id).Last; last == nil || last.Run.Source != asyncz.Manual || last.Outcome != asyncz.Executed {
				t.Errorf("%s: the last run is %+v", id, last)
			}
		}
		h.post("act", "action", "remove", "pick", "id=two", "confirmed", "1").is(303)
		if !h.gone("two") {
			t.Error("two is still there")
		}
		want := []string{"task.remove two", "task.run two", "task.run one", "task.resume one", "task.pause one"}
		var got []string
		for _, e := range h.audits() {
			if e.Who != "olga" || e.Via != "dashboard" || e.From != "192.0.2.1" || e.Error != "" || e.Time.IsZero() {
				t.Errorf("audited %+v", e)
			}
			got = append(got, e.Action+" "+e.Task)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("audited %q, not %q", got, want)
		}
		h.get("audit").has("task.remove", "olga", "192.0.2.1")
	})
}

func TestRemovingIsAskedAboutAndNamesTheTasks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		h.add("two", hourly(), args{})
		page := h.post("act", "action", "remove", "pick", "id=one", "pick", "id=two").is(200).has("These 2 tasks are removed for good: one two")
		if h.gone("one") || h.gone("two") || len(h.audits()) > 0 {
			t.Fatal("it was done before it was confirmed")
		}
		m := []string{"confirmed", "1", "action", "remove"}
		for _, n := range elements(t, page.Body) {
			if attr(n, "name") == "pick" {
				m = append(m, "pick", attr(n, "value"))
			}
		}
		h.post("act", m...).is(303)
		if !h.gone("one") || !h.gone("two") {
			t.Error("they are still there")
		}
	})
}

func TestAScriptIsToldHowAnActionWent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.htmx = true
		h.add("näme 🕰", hourly(), args{})
		ask := url.Values{"id": {"näme 🕰"}}.Encode()
		if got := told(t, h.post("act", "action", "pause", "pick", ask).is(204)); got != `ok: "näme 🕰" paused.` {
			t.Error(got)
		}
		if got := told(t, h.post("act", "action", "pause", "pick", ask, "pick", "id=none").is(204)); !strings.HasPrefix(got, `bad: 1 task paused; 1 not.`) || !strings.Contains(got, `"none"`) {
			t.Error(got)
		}
		gone := h.post("act", "action", "remove", "pick", ask, "confirmed", "1", "page", "task").is(204)
		if to := gone.Header.Get("HX-Redirect"); to != "tasks" {
			t.Errorf("from the page of a task that is gone one goes to %q", to)
		}
	})
}

func TestThisNodeIsPausedAndResumed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", trigger.MustEvery(time.Second), args{})
		h.start()
		h.post("act", "action", "pause_scheduler", "back", "./").is(303)
		if h.s.State() != asyncz.NodePaused {
			t.Errorf("it is %s", h.s.State())
		}
		h.get("./").has("This node takes no new work", "Resume this node", "All nodes are paused")
		time.Sleep(time.Second)
		h.post("act", "action", "resume_scheduler", "back", "./").is(303)
		if h.s.State() != asyncz.NodeRunning {
			t.Errorf("it is %s", h.s.State())
		}
		if got := h.audits(); len(got) != 2 || got[0].Action != "scheduler.resume" || got[1].Action != "scheduler.pause" {
			t.Errorf("audited %+v", got)
		}
	})
}

func TestAViewerChangesNothingAndTheTryIsAudited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		edit := h.get("task-edit?id=one")
		h.user, h.role = "vera", dashboard.Viewer
		for _, p := range []string{"./", "tasks", "task?id=one", "runs", "nodes", "stores"} {
			for _, n := range elements(t, h.get(p).is(200).Body) {
				if n.Data == "button" && (attr(n, "name") != "" || attr(n, "type") == "") || strings.HasPrefix(attr(n, "href"), "task-edit") || strings.HasPrefix(attr(n, "href"), "task-new") {
					t.Errorf("%s offers a viewer %s %s", p, attr(n, "title"), attr(n, "href"))
				}
			}
		}
		h.get("task-new").is(403)
		h.get("task-edit?id=one").is(403)
		for _, action := range []string{"run", "pause", "resume", "remove"} {
			h.post("act", "action", action, "pick", "id=one", "confirmed", "1").is(403)
		}
		h.post("act", "action", "pause_scheduler").is(403)
		h.post("task-new", "step", "apply", "as", "json", "json", `{"id":"two","function":"cleanup","trigger":{"type":"interval","hours":1}}`).is(403)
		h.again("task-edit?id=one", edit.Body, "step", "apply", "name", "hers").is(403)
		if one := h.task("one"); one.State != asyncz.StateScheduled || one.Name != "" || len(one.Runs) > 0 || !h.gone("two") {
			t.Errorf("something has changed: %+v", one)
		}
		all := h.audits()
		if len(all) != 7 {
			t.Errorf("%d of 7 tries are audited", len(all))
		}
		for _, e := range all {
			if e.Who != "vera" || e.Error == "" || e.Via != "dashboard" || e.From == "" {
				t.Errorf("audited %+v", e)
			}
		}
	})
}

func TestWhatMakesNoSenseIsRefusedWithAReason(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		for say, form := range map[string][]string{
			`unknown action "explode"`: {"action", "explode", "pick", "id=one"},
			"no task is picked":        {"action", "pause"},
			"the form can't be read":   {"action", "pause", "pick", "store=default"},
		} {
			h.post("act", form...).is(422).has(say)
		}
		h.post("task-new", "step", "preview", "as", "json", "json", "[").is(422).has("not a JSON object")
		h.post("task-new", "step", "preview", "as", "json", "json", `{"function":"cleanup","trigger":{"type":"cron","expression":"61 * * * *"}}`).is(422).has("61")
		h.post("task-new", "step", "apply", "as", "json", "json", `{"id":"one","function":"cleanup","trigger":{"type":"interval","hours":1}}`).is(409).has(`"one"`)
		h.post("act", "action", "pause", "pick", strings.Repeat("x", 2<<20)).is(422)
	})
}

func TestAnActionGoesBackOnlyToPagesOfTheDashboard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		for back, want := range map[string]string{
			"tasks?state=paused&page=2": "tasks?state=paused&page=2", "task?id=one": "task?id=one", "./": "./",
			"https://evil.example/": "tasks", "//evil.example": "tasks", `/\evil.example`: "tasks", "../admin": "tasks", "javascript:alert(1)": "tasks", "": "tasks", "a/b": "tasks",
		} {
			if to := h.post("act", "action", "run", "pick", "id=one", "back", back).is(303).Header.Get("Location"); to != want {
				t.Errorf("back to %q leads to %q, not %q", back, to, want)
			}
		}
	})
}

// buttons returns the value of the button with this label.
func buttons(t *testing.T, page, label string) string {
	t.Helper()
	for _, n := range elements(t, page) {
		if n.Data == "button" && attr(n, "aria-label") == label {
			return attr(n, "value")
		}
	}
	t.Fatalf("there is no button %q", label)
	return ""
}
