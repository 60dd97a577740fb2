package client

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz"
)

// A query is what is asked of a list; empty values are left out.
type query url.Values

func (q query) text(key, value string) {
	if value != "" {
		url.Values(q).Set(key, value)
	}
}

func (q query) number(key string, n int) {
	if n != 0 {
		url.Values(q).Set(key, strconv.Itoa(n))
	}
}

func (q query) moment(key string, t time.Time) {
	if !t.IsZero() {
		url.Values(q).Set(key, t.Format(time.RFC3339Nano))
	}
}

func (q query) flag(key string, on bool) {
	if on {
		url.Values(q).Set(key, "true")
	}
}

func taskQuery(f asyncz.Filter) query {
	q := query{}
	q.text("schedule_state", string(f.State))
	q.text("store", f.Store)
	q.text("executor", f.Executor)
	q.text("trigger", f.Trigger)
	q.text("text", f.Text)
	q.text("sort", f.Sort)
	q.flag("reverse", f.Reverse)
	q.number("limit", f.Limit)
	q.text("after", f.After)
	return q
}

func runQuery(f asyncz.RunFilter) query {
	q := query{}
	q.text("store", f.Store)
	q.text("task", f.Task)
	q.text("node", f.Node)
	q.text("source", string(f.Source))
	for _, o := range f.Outcomes {
		url.Values(q).Add("outcome", string(o))
	}
	q.moment("since", f.Since)
	q.moment("until", f.Until)
	q.number("limit", f.Limit)
	q.text("after", f.After)
	return q
}

func auditQuery(f asyncz.AuditFilter) query {
	q := query{}
	q.text("who", f.Who)
	q.text("action", f.Action)
	q.text("task", f.Task)
	q.moment("since", f.Since)
	q.moment("until", f.Until)
	q.number("limit", f.Limit)
	q.text("after", f.After)
	return q
}

// choice is what the options of a call say of where and which.
func choice(opts []asyncz.TaskOption) (query, http.Header, error) {
	ch, err := asyncz.ChoiceOf(opts...)
	q, h := query{}, http.Header{}
	q.text("store", ch.Store)
	if ch.Version != "" {
		h.Set("If-Match", strconv.Quote(ch.Version))
	}
	return q, h, err
}
