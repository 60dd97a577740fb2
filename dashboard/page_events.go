package dashboard

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz"
)

const eventsShown = 200

// An eventsPage is what has happened on this node lately.
type eventsPage struct {
	Kind, Text string
	Rows       []eventRow
	Kinds      []string
}

type eventRow struct {
	N                 int
	At                time.Time
	Kind, Store, Task string
	Run               string // its id, where there is one
	Outcome           asyncz.Outcome
	Detail            string
	Look              string
}

var eventKinds = []string{
	"run_started", "run_ended", "run_retrying", "run_lost", "lease_lost",
	"task_added", "task_updated", "task_paused", "task_resumed", "task_removed", "task_unreadable",
	"store_failed", "store_recovered", "scheduler_started", "scheduler_paused", "scheduler_resumed", "scheduler_stopped", "events_lost", "history_lost",
}

func (d *Dashboard) events(w http.ResponseWriter, r *http.Request) error {
	p := eventsPage{Kind: r.URL.Query().Get("kind"), Text: r.URL.Query().Get("q"), Kinds: eventKinds}
	text := strings.ToLower(p.Text)
	for _, h := range d.pulse.recent(eventsShown, func(e asyncz.Event) bool {
		return (p.Kind == "" || e.Kind() == p.Kind) && (text == "" || mentions(e, text))
	}) {
		p.Rows = append(p.Rows, newEventRow(h))
	}
	return d.show(w, r, "events", frame{Title: "Events", Nav: "events", Live: "events", Page: p})
}

// mentions reports whether an event's JSON has the text, in any case.
func mentions(e asyncz.Event, text string) bool {
	body, err := asyncz.MarshalEvent(e)
	return err == nil && strings.Contains(strings.ToLower(string(body)), text)
}

func newEventRow(h heard) eventRow {
	row := eventRow{N: h.N, At: h.Event.When(), Kind: h.Event.Kind(), Look: "idle"}
	var header struct {
		Store string `json:"store"`
		Task  string `json:"task"`
	}
	if body, err := json.Marshal(h.Event); err == nil {
		_ = json.Unmarshal(body, &header) // an event without them leaves them empty
	}
	row.Store, row.Task = header.Store, header.Task
	switch e := h.Event.(type) {
	case asyncz.RunStarted:
		row.Run, row.Look = e.Run.ID(), "busy"
		row.Detail = words(string(e.Run.Source)) + ", " + duration(max(0, e.Run.Started.Sub(e.Run.Scheduled))) + " late"
	case asyncz.RunEnded:
		row.Run, row.Outcome, row.Look = e.Run.ID(), e.Outcome, outcomeLook[e.Outcome]
		if e.Count > 1 {
			row.Detail = plural(e.Count, "fire")
		} else if !e.Run.Started.IsZero() {
			row.Detail = "after " + duration(e.Ended.Sub(e.Run.Started))
		}
	case asyncz.RunRetrying:
		row.Run, row.Look = e.Run.ID(), "warn"
	case asyncz.RunLost:
		row.Run, row.Look = e.Run.ID(), "bad"
	case asyncz.LeaseLost:
		row.Run, row.Look = e.Run.ID(), "warn"
	case asyncz.TaskUnreadable, asyncz.StoreFailed:
		row.Look = "bad"
	case asyncz.EventsLost:
		row.Look, row.Detail = "warn", plural(e.Count, "event")+" not shown"
	case asyncz.TaskAdded, asyncz.TaskResumed, asyncz.StoreRecovered, asyncz.SchedulerStarted, asyncz.SchedulerResumed:
		row.Look = "ok"
	}
	if err := asyncz.EventError(h.Event); err != nil {
		row.Detail = strings.TrimPrefix(row.Detail+"; "+err.Error(), "; ")
	}
	return row
}
