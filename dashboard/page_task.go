package dashboard

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz"
)

const chartRuns = 300 // so many last runs are in a task's chart

// A taskPage is all about one task.
type taskPage struct {
	Task       asyncz.Task
	Zone       string
	Words      []string
	Definition string
	Metadata   []metadatum
	Next       []time.Time
	Runs       []asyncz.PastRun
	MoreRuns   bool
	History    string // why the history can't be read
	Chart      string
	Pick       string
}

type metadatum struct{ Key, Value string }

func (d *Dashboard) task(w http.ResponseWriter, r *http.Request) error {
	store, id := r.URL.Query().Get("store"), r.URL.Query().Get("id")
	if err := d.knowsStore(store); err != nil {
		return err
	}
	t, err := d.s.Task(r.Context(), id, in(store)...)
	if err != nil && t.State != asyncz.StateUnreadable {
		return err
	}
	f := frame{Title: "Task " + title(t), Nav: "tasks", Live: "tasks runs"}
	p := taskPage{Task: t, Pick: pick(t.Store, t.ID)}
	if t.State != asyncz.StateUnreadable {
		def, err := definitionOf(t)
		if err != nil {
			return err
		}
		p.Definition, p.Zone = def.String(), zoneOf(t.Trigger)
		p.Words = sentences(t, retryOf(def))
		p.Next = t.NextFires(nextFires, time.Now())
		for _, k := range metadataKeys(t) {
			p.Metadata = append(p.Metadata, metadatum{k, t.Metadata[k]})
		}
	}
	page, err := d.s.Runs(r.Context(), asyncz.RunFilter{Store: t.Store, Task: t.ID, Limit: chartRuns})
	if err != nil {
		p.History = err.Error()
	}
	p.Runs, p.MoreRuns = page.Runs[:min(20, len(page.Runs))], len(page.Runs) > 20
	if len(page.Runs) > 0 {
		p.Chart = durations(page.Runs)
	}
	f.Page = p
	return d.show(w, r, "task", f)
}

// in is the option that says which store is meant, if one is.
func in(store string) []asyncz.TaskOption {
	if store == "" {
		return nil
	}
	return []asyncz.TaskOption{asyncz.InStore(store)}
}

func retryOf(def definition) retryForm {
	body, err := json.Marshal(def)
	var r retryForm
	if err == nil {
		err = json.Unmarshal(body, &r)
	}
	if err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return retryForm{}
	}
	return r
}

// durations draws how long runs took, a point each, with a series an outcome.
// Fires without a run lie on the ground.
func durations(runs []asyncz.PastRun) string {
	looks := []struct {
		series
		is func(asyncz.Outcome) bool
	}{
		{series{"executed", "ok", false}, func(o asyncz.Outcome) bool { return o == asyncz.Executed }},
		{series{"failed", "bad", false}, func(o asyncz.Outcome) bool { return outcomeLook[o] == "bad" }},
		{series{"retrying, missed or skipped", "warn", false}, func(o asyncz.Outcome) bool { return outcomeLook[o] == "warn" }},
		{series{"other", "idle", false}, func(o asyncz.Outcome) bool {
			return outcomeLook[o] != "bad" && outcomeLook[o] != "warn" && o != asyncz.Executed
		}},
	}
	c := chart{Kind: "points", Unit: "s"}
	at := make([]float64, len(runs))
	values := make([][]*float64, len(looks))
	for i := range looks {
		c.Series, values[i] = append(c.Series, looks[i].series), make([]*float64, len(runs))
	}
	for i := range runs {
		run := runs[len(runs)-1-i] // the earliest first
		at[i] = float64(run.Ended.UnixMilli()) / 1000
		took := run.Duration().Seconds()
		for n, l := range looks {
			if l.is(run.Outcome) {
				values[n][i] = &took
			}
		}
	}
	c.Data = append(c.Data, at)
	for _, v := range values {
		c.Data = append(c.Data, v)
	}
	return c.String()
}

func metadataKeys(t asyncz.Task) []string { return slices.Sorted(maps.Keys(t.Metadata)) }
