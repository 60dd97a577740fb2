package dashboard

import (
	"net/http"
	"time"

	"github.com/go-asyncz/asyncz"
)

// An auditPage is who did what.
type auditPage struct {
	Filter   asyncz.AuditFilter
	Since    string
	Entries  []asyncz.AuditEntry
	Sinces   []sinceWord
	Actions  []string
	Older    string
	Newest   string
	Filtered bool
}

var auditActions = []string{"task.add", "task.update", "task.run", "task.pause", "task.resume", "task.remove", "scheduler.pause", "scheduler.resume", "login", "login_failed", "login_limited", "logout"}

func (d *Dashboard) audit(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := asyncz.AuditFilter{Who: q.Get("who"), Action: q.Get("action"), Task: q.Get("task"), Limit: 50, After: q.Get("after")}
	for _, s := range sinceWords {
		if s.d > 0 && s.Word == q.Get("since") {
			f.Since = time.Now().Add(-s.d)
		}
	}
	page, err := d.s.Audit(r.Context(), f)
	if err != nil && f.After != "" { // an address that was cut short begins anew
		f.After = ""
		page, err = d.s.Audit(r.Context(), f)
	}
	if err != nil {
		return err
	}
	p := auditPage{Filter: f, Since: q.Get("since"), Entries: page.Entries, Sinces: sinceWords, Actions: withOwn(auditActions, f.Action)}
	if page.Next != "" {
		p.Older = with("audit", q, "after", page.Next)
	}
	if f.After != "" {
		p.Newest = with("audit", q, "after", "")
	}
	p.Filtered = f.Who != "" || f.Action != "" || f.Task != "" || !f.Since.IsZero() || f.After != ""
	return d.show(w, r, "audit", frame{Title: "Audit", Nav: "audit", Every: 15_000, Live: "tasks", Page: p})
}
