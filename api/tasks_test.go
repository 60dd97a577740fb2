package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz"
)

func TestATaskIsCreatedReadChangedAndRemoved(t *testing.T) {
	t.Parallel()
	r := start(t)
	made := r.ask("POST", "/api/v1/tasks", `{"id":"nightly","name":"Report","function":"noop","trigger":{"type":"cron","hour":2},"timeout":"1m30s","metadata":{"tenant":"a"}}`).want(201)
	if at := made.header.Get("Location"); at != "tasks/nightly" {
		t.Errorf("the task is said to be at %q", at)
	}
	var task map[string]any
	r.ask("GET", "/api/v1/tasks/nightly", "").want(200).read(&task)
	for field, want := range map[string]any{
		"id": "nightly", "name": "Report", "store": "default", "schedule_state": "scheduled", "function": "noop", "timeout": 90.0, "coalesce": true,
	} {
		if task[field] != want {
			t.Errorf("%s is %v, want %v", field, task[field], want)
		}
	}
	r.ask("PATCH", "/api/v1/tasks/nightly", `{"name":"Reports"}`).want(200).read(&task)
	if task["name"] != "Reports" || task["timeout"] != 90.0 {
		t.Errorf("after the change it is %v", task)
	}
	task = nil
	r.ask("PUT", "/api/v1/tasks/nightly", `{"function":"noop","trigger":`+hourly+`}`).want(200).read(&task)
	if task["name"] != nil || task["timeout"] != nil {
		t.Errorf("after it was replaced it is %v", task)
	}
	r.ask("POST", "/api/v1/tasks/nightly/pause", "").want(200).read(&task)
	if task["schedule_state"] != "paused" || task["next_run_time"] != nil {
		t.Errorf("paused it is %v", task)
	}
	r.ask("POST", "/api/v1/tasks/nightly/resume", "").want(200).read(&task)
	if task["schedule_state"] != "scheduled" {
		t.Errorf("resumed it is %v", task)
	}
	var run struct{ ID string }
	r.ask("POST", "/api/v1/tasks/nightly/run", "").want(202).read(&run)
	if !strings.HasPrefix(run.ID, "nightly@") {
		t.Errorf("the run is %q", run.ID)
	}
	r.ask("GET", "/api/v1/runs/"+url.PathEscape(run.ID), "").want(200)
	r.ask("DELETE", "/api/v1/tasks/nightly", "").want(204)
	r.ask("GET", "/api/v1/tasks/nightly", "").problem(404, "")
}

func TestCreatingTheSameTaskAgainChangesNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	const body = `{"id":"t","function":"noop","trigger":{"type":"interval","hours":1},"kwargs":{}}`
	first := r.ask("POST", "/api/v1/tasks", body).want(201)
	again := r.ask("POST", "/api/v1/tasks", `{"trigger":{"hours":1,"type":"interval"},"id":"t","function":"noop"}`).want(200)
	if string(again.body) != string(first.body) || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("it was answered with another task:\n%s%s", first.body, again.body)
	}
	r.ask("POST", "/api/v1/tasks/t/pause", "").want(200)
	r.ask("POST", "/api/v1/tasks", body).want(200) // a pause is no part of the definition
	other := r.ask("POST", "/api/v1/tasks", `{"id":"t","function":"noop","trigger":{"type":"interval","hours":2}}`).problem(409, "")
	if other.Type != "urn:asyncz:exists" {
		t.Errorf("the problem is %q", other.Type)
	}
}

func TestTwoEditorsDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.add("t")
	seen := "If-Match: " + r.ask("GET", "/api/v1/tasks/t", "").want(200).header.Get("ETag")
	r.ask("PATCH", "/api/v1/tasks/t", `{"name":"one"}`, seen).want(200)
	writes := []struct{ method, path, body string }{
		{"PATCH", "/api/v1/tasks/t", `{"name":"two"}`},
		{"PUT", "/api/v1/tasks/t", `{"function":"noop","trigger":` + hourly + `}`},
		{"DELETE", "/api/v1/tasks/t", ""},
		{"POST", "/api/v1/tasks/t/pause", ""},
		{"POST", "/api/v1/tasks/t/resume", ""},
		{"POST", "/api/v1/tasks/t/run", ""},
		{"POST", "/api/v1/tasks/t/preview", `{"name":"two"}`},
	}
	for _, w := range writes {
		if p := r.ask(w.method, w.path, w.body, seen).problem(412, ""); p.Type != "urn:asyncz:conflict" {
			t.Errorf("%s %s: the problem is %q", w.method, w.path, p.Type)
		}
	}
	var task map[string]any
	now := r.ask("GET", "/api/v1/tasks/t", "").want(200).read(&task)
	if task["name"] != "one" {
		t.Errorf("the first edit is lost: %v", task)
	}
	r.ask("PATCH", "/api/v1/tasks/t", `{"name":"two"}`, "If-Match: "+now.header.Get("ETag")).want(200)
}

func TestPreconditionsOfHTTPHold(t *testing.T) {
	t.Parallel()
	r := start(t)
	const body = `{"function":"noop","trigger":` + hourly + `}`
	r.ask("PUT", "/api/v1/tasks/t", body, "If-Match: *").problem(412, "")
	r.ask("PUT", "/api/v1/tasks/t", body, `If-Match: "0123456789abcdef"`).problem(412, "")
	r.ask("PUT", "/api/v1/tasks/t", body, "If-None-Match: *").want(201)
	if p := r.ask("PUT", "/api/v1/tasks/t", body, "If-None-Match: *").problem(412, ""); p.Type != "urn:asyncz:exists" {
		t.Errorf("the problem is %q", p.Type)
	}
	r.ask("PUT", "/api/v1/tasks/t", body, "If-Match: *").want(200)
	r.ask("PATCH", "/api/v1/tasks/t", `{"name":"x"}`, "If-Match: *").want(200)
	for _, etag := range []string{`W/"0123456789abcdef"`, `"a", "b"`, "0123456789abcdef", "'a'", "`a`"} {
		r.ask("PATCH", "/api/v1/tasks/t", `{"name":"y"}`, "If-Match: "+etag).problem(422, "header.If-Match")
	}
}

func TestErrorsNameTheField(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.add("t")
	task := func(fields string) string { return `{"function":"noop","trigger":` + hourly + `,` + fields + `}` }
	for _, c := range []struct{ method, path, body, location string }{
		{"POST", "/api/v1/tasks", task(`"nane":"x"`), "body.nane"},
		{"POST", "/api/v1/tasks", task(`"name":7`), "body.name"},
		{"POST", "/api/v1/tasks", task(`"max_instances":0`), "body.max_instances"},
		{"POST", "/api/v1/tasks", task(`"timeout":"soon"`), "body.timeout"},
		{"POST", "/api/v1/tasks", task(`"timeout":-1`), "body.timeout"},
		{"POST", "/api/v1/tasks", task(`"retry":{"attempts":2,"backoff":"odd"}`), "body.retry.backoff"},
		{"POST", "/api/v1/tasks", task(`"retry":{"attempts":2,"delay":-1}`), "body.retry.delay"},
		{"POST", "/api/v1/tasks", task(`"store":"nowhere"`), "body.store"},
		{"POST", "/api/v1/tasks", task(`"kwargs":{"a":1}`), "body.kwargs"},
		{"POST", "/api/v1/tasks", task(`"metadata":{"a":1}`), "body.metadata.a"},
		{"POST", "/api/v1/tasks", task(`"id":"a` + "\\u0000" + `b"`), "body.id"},
		{"POST", "/api/v1/tasks", task(`"replace_existing":true`), "body.replace_existing"},
		{"POST", "/api/v1/tasks", `{"trigger":` + hourly + `}`, "body.function"},
		{"POST", "/api/v1/tasks", `{"function":"noop"}`, "body.trigger"},
		{"POST", "/api/v1/tasks", `{"function":"noop","trigger":{"type":"interval","hour":1}}`, "body.trigger"},
		{"POST", "/api/v1/tasks", `{"function":"noop","trigger":{"hours":1}}`, "body.trigger"},
		{"POST", "/api/v1/tasks", `{"function":"noop","trigger":{"type":"cron","month":2,"day":30}}`, "body.trigger"},
		{"PATCH", "/api/v1/tasks/t", `{"id":"other"}`, "body.id"},
		{"PATCH", "/api/v1/tasks/t", `{"paused":true}`, "body.paused"},
		{"PUT", "/api/v1/tasks/t", task(`"id":"other"`), "body.id"},
		{"GET", "/api/v1/tasks?limits=3", "", "query.limits"},
		{"GET", "/api/v1/tasks?limit=1001", "", "query.limit"},
		{"GET", "/api/v1/tasks?limit=0", "", "query.limit"},
		{"GET", "/api/v1/tasks?limit=many", "", "query.limit"},
		{"GET", "/api/v1/tasks?sort=colour", "", "query.sort"},
		{"GET", "/api/v1/tasks?schedule_state=asleep", "", "query.schedule_state"},
		{"GET", "/api/v1/tasks?store=nowhere", "", "query.store"},
		{"GET", "/api/v1/tasks?after=nonsense", "", "query.after"},
		{"GET", "/api/v1/tasks/t?store=nowhere", "", "query.store"},
		{"GET", "/api/v1/tasks/t?x=1", "", "query.x"},
		{"GET", "/api/v1/runs?outcome=great", "", "query.outcome[0]"},
		{"GET", "/api/v1/runs?since=yesterday", "", "query.since"},
		{"GET", "/api/v1/runs?after=nonsense", "", "query.after"},
		{"GET", "/api/v1/runs/t", "", "path.id"},
		{"GET", "/api/v1/audit?after=nonsense", "", "query.after"},
		{"GET", "/api/v1/audit?limit=1001", "", "query.limit"},
		{"GET", "/api/v1/events?kind=nonsense", "", "query.kind[0]"},
		{"POST", "/api/v1/preview/trigger?n=0", hourly, "query.n"},
		{"POST", "/api/v1/preview/trigger", `{"type":"nothing"}`, "body"},
	} {
		p := r.ask(c.method, c.path, c.body).problem(422, c.location)
		if len(p.Errors) > 0 && p.Errors[0].Message == "" {
			t.Errorf("%s %s %s: nothing is said", c.method, c.path, c.body)
		}
	}
	r.ask("POST", "/api/v1/tasks", `{"id":`).problem(400, "body")
	r.ask("POST", "/api/v1/tasks", "").problem(400, "")
	r.ask("POST", "/api/v1/tasks", `id=t`, "Content-Type: application/x-www-form-urlencoded").problem(415, "body")
}

func TestHostileIDsAreIDs(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, id := range []string{
		"a/b", "/", "//", "..", ".", "../../etc/passwd", "a%2Fb", "%", "a b", "a+b", "a?b=c#d", "ünïcödé", "日本語", "🙂", "tasks", "run",
		`<script>alert("x")</script>`, `"`, `\`, "a\nb", "a;b", "a:b@c", strings.Repeat("x", 255),
	} {
		t.Logf("the id %q", id) // of the one that fails
		body, _ := json.Marshal(map[string]any{"id": id, "function": "noop", "trigger": json.RawMessage(hourly)})
		made := r.ask("POST", "/api/v1/tasks", string(body)).want(201)
		base, _ := url.Parse("http://localhost/api/v1/tasks")
		at, err := base.Parse(made.header.Get("Location"))
		if err != nil {
			t.Errorf("%q: %v", id, err)
			continue
		}
		path := at.EscapedPath()
		var task struct{ ID string }
		if r.ask("GET", path, "").want(200).read(&task); task.ID != id {
			t.Errorf("%q: got %q", id, task.ID)
		}
		r.ask("PATCH", path, `{"name":"x"}`).want(200)
		r.ask("POST", path+"/pause", "").want(200)
		r.ask("GET", path+"/fires", "").want(200)
		var run struct{ ID string }
		r.ask("POST", path+"/run", "").want(202).read(&run)
		r.ask("GET", "/api/v1/runs/"+strings.ReplaceAll(url.PathEscape(run.ID), "..", "%2E%2E"), "").want(200)
		r.ask("DELETE", path, "").want(204)
	}
	for _, path := range []string{"/api/v1/tasks/", "/api/v1/tasks//run", "/api/v1/tasks/../scheduler", "/api/v1/./tasks", "//api/v1/tasks", "/", "/api/v1", "/api/v1/tasks/t/x"} {
		r.ask("GET", path, "").problem(404, "")
	}
	if p := r.ask("DELETE", "/api/v1/tasks", ""); p.problem(405, "").Status == 405 && !strings.Contains(p.header.Get("Allow"), "POST") {
		t.Errorf("allowed is %q", p.header.Get("Allow"))
	}
}

func TestPagesOfTasksHaveEachTaskOnce(t *testing.T) {
	t.Parallel()
	r := start(t)
	var want []string
	for i := range 25 {
		id := fmt.Sprintf("t%02d", i)
		want = append(want, id)
		r.add(id)
	}
	r.ask("POST", "/api/v1/tasks/t07/pause", "").want(200)
	type page struct {
		Tasks  []struct{ ID string }
		Total  int
		Next   string
		States map[string]int `json:"schedule_states"`
	}
	var got []string
	for after, pages := "", 0; ; pages++ {
		var p page
		r.ask("GET", "/api/v1/tasks?sort=id&limit=7&after="+url.QueryEscape(after), "").want(200).read(&p)
		for _, task := range p.Tasks {
			got = append(got, task.ID)
		}
		if p.Total != 25 || p.States["paused"] != 1 || p.States["scheduled"] != 24 {
			t.Errorf("the page counts %d, %v", p.Total, p.States)
		}
		if after = p.Next; after == "" {
			break
		}
		if pages > 5 {
			t.Fatal("there is always another page")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	var p page
	r.ask("GET", "/api/v1/tasks?schedule_state=paused&text=T0&reverse=true&trigger=interval&executor=default&store=default", "").want(200).read(&p)
	if p.Total != 1 || p.Tasks[0].ID != "t07" {
		t.Errorf("the filter lets %v through", p)
	}
}

func TestAnIDInTwoStoresIsAmbiguousUntilTheStoreIsSaid(t *testing.T) {
	t.Parallel()
	r := serve(t, idle(t, asyncz.WithStoreURL("other", "memory://")))
	r.add("t")
	r.ask("POST", "/api/v1/tasks?store=other", `{"id":"t","function":"noop","trigger":`+hourly+`}`).want(201)
	if p := r.ask("GET", "/api/v1/tasks/t", "").problem(409, ""); p.Type != "urn:asyncz:ambiguous" {
		t.Errorf("the problem is %q", p.Type)
	}
	var task struct{ Store string }
	if r.ask("GET", "/api/v1/tasks/t?store=other", "").want(200).read(&task); task.Store != "other" {
		t.Errorf("it is that of %q", task.Store)
	}
	r.ask("DELETE", "/api/v1/tasks/t?store=other", "").want(204)
	r.ask("GET", "/api/v1/tasks/t", "").want(200)
	var list struct{ Stores []string }
	if r.ask("GET", "/api/v1/stores", "").want(200).read(&list); !slices.Equal(list.Stores, []string{"default", "other"}) {
		t.Errorf("the stores are %v", list.Stores)
	}
	r.ask("GET", "/api/v1/stores/nowhere", "").problem(404, "")
}

func TestPreviewsWriteNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	before := r.add("t")
	r.as("read-only")
	var fires struct{ Fires []string }
	r.ask("POST", "/api/v1/preview/trigger?n=3", `{"type":"date","run_at":"2126-01-01T00:00:00Z"}`).want(200).read(&fires)
	if !slices.Equal(fires.Fires, []string{"2126-01-01T00:00:00Z"}) {
		t.Errorf("the trigger fires %v", fires.Fires)
	}
	var task struct {
		Task  struct{ ID string }
		Fires []string
	}
	r.ask("POST", "/api/v1/preview/task?n=3", `{"id":"new","function":"noop","trigger":`+hourly+`}`).want(200).read(&task)
	if task.Task.ID != "new" || len(task.Fires) != 3 {
		t.Errorf("the preview is %v", task)
	}
	var edit struct {
		Before, After struct{ Name string }
		AfterFires    []string `json:"after_fires"`
	}
	r.ask("POST", "/api/v1/tasks/t/preview?n=2", `{"name":"new","trigger":{"type":"date","run_at":"2126-01-01T00:00:00Z"}}`).want(200).read(&edit)
	if edit.Before.Name != "" || edit.After.Name != "new" || !slices.Equal(edit.AfterFires, []string{"2126-01-01T00:00:00Z"}) {
		t.Errorf("the preview is %v", edit)
	}
	r.untouched(before.header.Get("ETag"))
	r.ask("POST", "/api/v1/tasks/nobody/preview", `{"name":"x"}`).problem(404, "")
}

func TestRunsThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.add("t")
	for range 1000 {
		if _, err := r.scheduler.RunTask(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
	}
	if p := r.ask("POST", "/api/v1/tasks/t/run", "").problem(409, ""); p.Type != "urn:asyncz:too-many-runs" {
		t.Errorf("the problem is %q", p.Type)
	}
}
