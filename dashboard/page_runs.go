package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz"
)

// A runsPage is the history.
type runsPage struct {
	Filter   asyncz.RunFilter
	Since    string // a word of sinceWords
	Rows     []asyncz.PastRun
	Outcomes []asyncz.Outcome
	Outcome  asyncz.Outcome
	Nodes    []string
	Stores   []string
	Sinces   []sinceWord
	Sizes    []int
	Older    string // link to the next page
	Newest   string // link to the first one, from others
	Filtered bool
}

type sinceWord struct {
	Word, Text string
	d          time.Duration
}

var (
	sinceWords = []sinceWord{
		{"", "any time", 0}, {"15m", "15 minutes", 15 * time.Minute}, {"1h", "hour", time.Hour}, {"6h", "6 hours", 6 * time.Hour},
		{"24h", "day", 24 * time.Hour}, {"7d", "7 days", 7 * 24 * time.Hour},
	}
	outcomes = []asyncz.Outcome{
		asyncz.Executed, asyncz.Failed, asyncz.Retrying, asyncz.Missed, asyncz.Coalesced, asyncz.MaxInstancesReached,
		asyncz.Abandoned, asyncz.Cancelled, asyncz.Lost, asyncz.LostLease,
	}
)

// failureWord stands in an address for all outcomes that somebody should look at.
const failureWord = "failures"

func (d *Dashboard) runs(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	p := runsPage{Filter: runFilter(q, time.Now()), Since: q.Get("since"), Outcomes: outcomes, Outcome: asyncz.Outcome(q.Get("outcome")),
		Stores: d.s.Stores(), Sinces: sinceWords, Sizes: pageSizes}
	if err := d.knowsStore(p.Filter.Store); err != nil {
		return err
	}
	page, err := d.s.Runs(r.Context(), p.Filter)
	if err != nil && p.Filter.After != "" { // an address that was cut short begins anew
		p.Filter.After = ""
		page, err = d.s.Runs(r.Context(), p.Filter)
	}
	if err != nil {
		return err
	}
	p.Rows = page.Runs
	if page.Next != "" {
		p.Older = with("runs", q, "after", page.Next)
	}
	if q.Get("after") != "" {
		p.Newest = with("runs", q, "after", "")
	}
	p.Nodes = d.nodeNames(r.Context(), p.Filter.Node)
	f := p.Filter
	p.Filtered = f.Task != "" || f.Node != "" || f.Store != "" || len(f.Outcomes) > 0 || !f.Since.IsZero() || f.After != ""
	fr := frame{Title: "Runs", Nav: "runs", Page: p}
	if q.Get("after") == "" {
		fr.Live = "runs"
	}
	return d.show(w, r, "runs", fr)
}

func runFilter(q url.Values, now time.Time) asyncz.RunFilter {
	f := asyncz.RunFilter{Store: q.Get("store"), Task: q.Get("task"), Node: q.Get("node"), Source: asyncz.Source(q.Get("source")), After: q.Get("after")}
	switch o := asyncz.Outcome(q.Get("outcome")); {
	case o == failureWord:
		f.Outcomes = []asyncz.Outcome{asyncz.Failed, asyncz.Abandoned, asyncz.Missed}
	case slices.Contains(outcomes, o):
		f.Outcomes = []asyncz.Outcome{o}
	}
	for _, s := range sinceWords {
		if s.d > 0 && s.Word == q.Get("since") {
			f.Since = now.Add(-s.d)
		}
	}
	f.Limit, _ = strconv.Atoi(q.Get("size"))
	if !slices.Contains(pageSizes, f.Limit) {
		f.Limit = 50
	}
	return f
}

func (d *Dashboard) nodeNames(ctx context.Context, own string) []string {
	nodes, err := d.nodeList(ctx)
	if err != nil {
		nodes = nil // names to choose from are an aid
	}
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	return withOwn(names, own)
}

// A runPage is all about one run.
type runPage struct {
	Run    asyncz.RunDetail
	Last   *asyncz.PastRun // the attempt that ended last
	Output string
	Logs   []asyncz.LogLine
	Zone   string
}

func (d *Dashboard) run(w http.ResponseWriter, r *http.Request) error {
	store, id := r.URL.Query().Get("store"), r.URL.Query().Get("id")
	if _, _, err := asyncz.ParseRunID(id); err != nil {
		return fmt.Errorf("%w: %w", errNoPage, err)
	}
	if err := d.knowsStore(store); err != nil {
		return err
	}
	detail, err := d.s.FindRun(r.Context(), id, in(store)...)
	if err != nil {
		return err
	}
	p := runPage{Run: detail, Output: detail.Output, Logs: detail.Logs}
	if n := len(detail.Attempts); n > 0 {
		p.Last = &detail.Attempts[n-1]
	}
	if t, err := d.s.Task(r.Context(), detail.Task, in(detail.Store)...); err == nil {
		p.Zone = zoneOf(t.Trigger)
	}
	f := frame{Title: "Run " + detail.ID, Nav: "runs", Live: "runs", Page: p}
	if detail.InFlight != nil {
		f.Every = 1000
	}
	return d.show(w, r, "run", f)
}
