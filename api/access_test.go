package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// What an operation asks of its caller.
const (
	anybody = "nothing"
	reader  = "read-only"
	full    = "full"
)

// access says who may do what. An operation without a row fails the test.
var access = map[string]struct{ needs, path, body string }{
	"get-health":       {anybody, "/healthz", ""},
	"get-readiness":    {anybody, "/readyz", ""},
	"get-metrics":      {reader, "/metrics", ""},
	"list-tasks":       {reader, "/api/v1/tasks", ""},
	"get-task":         {reader, "/api/v1/tasks/t", ""},
	"list-fires":       {reader, "/api/v1/tasks/t/fires", ""},
	"create-task":      {full, "/api/v1/tasks", `{"id":"new","function":"noop","trigger":` + hourly + `}`},
	"replace-task":     {full, "/api/v1/tasks/t", `{"name":"other","function":"noop","trigger":` + hourly + `}`},
	"update-task":      {full, "/api/v1/tasks/t", `{"name":"changed"}`},
	"remove-task":      {full, "/api/v1/tasks/t", ""},
	"run-task":         {full, "/api/v1/tasks/t/run", ""},
	"pause-task":       {full, "/api/v1/tasks/t/pause", ""},
	"resume-task":      {full, "/api/v1/tasks/t/resume", ""},
	"preview-trigger":  {reader, "/api/v1/preview/trigger", hourly},
	"preview-task":     {reader, "/api/v1/preview/task", `{"function":"noop","trigger":` + hourly + `}`},
	"preview-update":   {reader, "/api/v1/tasks/t/preview", `{"name":"changed"}`},
	"list-runs":        {reader, "/api/v1/runs", ""},
	"get-run":          {reader, "/api/v1/runs/t@2026-11-23T02:00:00Z", ""},
	"list-stores":      {reader, "/api/v1/stores", ""},
	"get-store":        {reader, "/api/v1/stores/default", ""},
	"list-nodes":       {reader, "/api/v1/nodes", ""},
	"get-status":       {reader, "/api/v1/status", ""},
	"run-doctor":       {reader, "/api/v1/doctor", ""},
	"get-scheduler":    {reader, "/api/v1/scheduler", ""},
	"pause-scheduler":  {full, "/api/v1/scheduler/pause", ""},
	"resume-scheduler": {full, "/api/v1/scheduler/resume", ""},
	"list-audit":       {reader, "/api/v1/audit", ""},
	"follow-events":    {reader, "/api/v1/events?kind=nonsense", ""}, // else it has no end
}

// callers are who may come, and what becomes of them where an operation needs this.
// 0 is: not refused for who they are.
var callers = []struct {
	who     string
	headers []string
	answers map[string]int
}{
	{"no token", []string{"Authorization: "}, map[string]int{reader: 401, full: 401}},
	{"read-only", nil, map[string]int{full: 403}},
	{"full", nil, nil},
	{"wrong", []string{"Authorization: Bearer asz_wrong"}, map[string]int{reader: 401, full: 401}},
	{"expired", nil, map[string]int{reader: 401, full: 401}},
	{"another scheme", []string{"Authorization: Basic Zm86YmFy"}, map[string]int{reader: 401, full: 401}},
}

func TestEachOperationLetsInWhoMayAndNobodyElse(t *testing.T) {
	t.Parallel()
	for _, op := range contract().operations {
		row, ok := access[op.ID]
		if !ok {
			t.Errorf("%s (%s %s) has no row: say who may do it", op.ID, op.Method, op.Path)
			continue
		}
		if op.Role != row.needs {
			t.Errorf("%s: the document says that it needs %q, the table %q", op.ID, op.Role, row.needs)
		}
		t.Run(op.ID, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			version := r.add("t").header.Get("ETag")
			for _, c := range callers {
				if c.answers[row.needs] == 0 && row.needs == full {
					continue // below, because it changes something
				}
				r.as(c.who)
				got := r.ask(op.Method, row.path, row.body, c.headers...)
				switch want := c.answers[row.needs]; {
				case want != 0:
					got.problem(want, "")
					r.untouched(version)
				case got.status == 401 || got.status == 403:
					t.Errorf("%s is refused with %d: %s", c.who, got.status, got.body)
				}
			}
			for _, headers := range crossOrigin {
				r.as("full")
				got := r.ask(op.Method, row.path, row.body, headers...)
				if got.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%v: a page of another origin may read the answer", headers)
				}
				if op.Method == http.MethodGet {
					continue
				}
				if p := got.problem(403, ""); p.Type != "urn:asyncz:cross-origin" {
					t.Errorf("%v: the problem is %q", headers, p.Type)
				}
				r.untouched(version)
			}
			if row.needs == full {
				if got := r.ask(op.Method, row.path, row.body, "Origin: http://localhost", "Sec-Fetch-Site: same-origin"); got.status >= 300 {
					t.Errorf("who may is answered with %d: %s", got.status, got.body)
				}
			}
		})
	}
}

// crossOrigin is what browsers send with requests of pages of other origins.
var crossOrigin = [][]string{
	{"Origin: https://evil.example"}, {"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, {"Sec-Fetch-Site: same-site"}, {"Origin: null"},
}

// as makes requests those of a caller.
func (r *rig) as(who string) {
	r.token = r.secrets[strings.ReplaceAll(who, "read-only", "reader")]
}

// untouched fails the test if somebody changed something.
func (r *rig) untouched(version string) {
	r.t.Helper()
	r.as("full")
	if got := r.ask("GET", "/api/v1/tasks/t", "").want(200).header.Get("ETag"); got != version {
		r.t.Error("the task was changed")
	}
	var page struct{ Total int }
	if r.ask("GET", "/api/v1/tasks", "").want(200).read(&page); page.Total != 1 {
		r.t.Errorf("there are %d tasks", page.Total)
	}
	var runs struct{ Runs []any }
	var task struct{ Runs []any }
	r.ask("GET", "/api/v1/runs", "").want(200).read(&runs)
	if r.ask("GET", "/api/v1/tasks/t", "").read(&task); len(task.Runs)+len(runs.Runs) > 0 {
		r.t.Error("a run was asked for")
	}
	var s struct{ State string }
	if r.ask("GET", "/api/v1/scheduler", "").want(200).read(&s); s.State != "not_started" {
		r.t.Errorf("the scheduler is %s", s.State)
	}
}

func TestTheDocumentAndItsPageAreForEverybody(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.token = ""
	for _, path := range undocumented {
		got := r.ask("GET", path, "").want(200)
		if strings.Contains(string(got.body), "cdn") && path != "/api/v1/docs/rapidoc.js" {
			t.Errorf("%s loads something from elsewhere", path)
		}
		r.ask("POST", path, "").problem(405, "")
	}
}

func TestAReadOnlyCallerWhoTriesToWriteIsInTheAudit(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.add("t")
	r.as("read-only")
	r.ask("POST", "/api/v1/tasks/t/pause", "").problem(403, "")
	var page struct{ Entries []map[string]any }
	r.ask("GET", "/api/v1/audit?who=reader", "").want(200).read(&page)
	if len(page.Entries) != 1 || page.Entries[0]["action"] != "task.pause" || page.Entries[0]["task"] != "t" || page.Entries[0]["error"] == nil {
		t.Errorf("the audit has %v", page.Entries)
	}
}

func TestHostNamesOfOthersAreRefusedWithoutAuthentication(t *testing.T) {
	t.Parallel()
	r := open(t)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8642": 200, "LOCALHOST": 200, "127.0.0.1:8642": 200, "[::1]:8642": 200, "192.0.2.7": 200,
		"evil.example": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:8642": 403,
	} {
		if got := r.ask("GET", "/api/v1/tasks", "", "Host: "+host); got.status != want {
			t.Errorf("%s: %d, want %d", host, got.status, want)
		}
	}
	start(t).ask("GET", "/api/v1/tasks", "", "Host: scheduler.example").want(200)
}
