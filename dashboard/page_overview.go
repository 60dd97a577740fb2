package dashboard

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz"
)

const (
	nextFires   = 20
	lateAfter   = time.Minute // a task that is due for longer is told about
	failuresTop = 1000        // so many failures of the last day are counted
)

// An overviewPage is all at a glance.
type overviewPage struct {
	Total, Scheduled, Paused, Unreadable int

	Running  int
	Alive    int
	Stale    int
	Rate     rate
	Chart    string // of throughput
	Failures failures
	Next     []fire
	Problems []problem
}

// A fire is a task's fire that is to come.
type fire struct {
	Task asyncz.Task
	At   time.Time
	Zone string
}

// failures are those of the last day.
type failures struct {
	Count int
	More  bool // there are more than were counted
	Last  []asyncz.PastRun
}

// A problem is something that somebody should look at.
type problem struct {
	Look, Text, Link string
}

func (d *Dashboard) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	next, err := d.s.TaskPage(ctx, asyncz.Filter{Limit: nextFires})
	if err != nil {
		return err
	}
	p := overviewPage{Total: next.Total, Rate: d.pulse.rate(), Next: merge(next.Tasks, nextFires, time.Now())}
	for _, fault := range next.Faults {
		p.Problems = append(p.Problems, problem{Look: "bad", Text: "A store does not answer: " + fault, Link: "stores"})
	}
	nodes, err := d.nodeList(ctx)
	if err != nil {
		p.Problems = append(p.Problems, problem{Look: "bad", Text: "The nodes can't be told: " + err.Error()})
	}
	p.Scheduled, p.Paused, p.Unreadable = next.States[asyncz.StateScheduled], next.States[asyncz.StatePaused], next.States[asyncz.StateUnreadable]
	for _, n := range nodes {
		if n.Stale {
			p.Stale++
		} else {
			p.Alive++
			p.Running += n.Running
		}
	}
	if p.Failures, err = remember(ctx, &d.cached, "failures", 5*time.Second, d.failures); err != nil {
		p.Problems = append(p.Problems, problem{Look: "bad", Text: "The history can't be read: " + err.Error()})
	}
	p.Chart = throughput(p.Rate)
	if nodes != nil {
		p.Problems = append(p.Problems, d.problems(p, nodes, next.Tasks)...)
	}
	return d.show(w, r, "overview", frame{Title: "Overview", Nav: "overview", Live: "runs tasks scheduler stores", Page: p})
}

func (d *Dashboard) nodeList(ctx context.Context) ([]asyncz.Node, error) {
	return remember(ctx, &d.cached, "nodes", time.Second, d.s.Nodes)
}

func (d *Dashboard) failures(ctx context.Context) (failures, error) {
	page, err := d.s.Runs(ctx, asyncz.RunFilter{
		Outcomes: []asyncz.Outcome{asyncz.Failed, asyncz.Abandoned, asyncz.Missed},
		Since:    time.Now().Add(-24 * time.Hour), Limit: failuresTop,
	})
	if err != nil {
		return failures{}, err
	}
	f := failures{More: page.Next != "", Last: page.Runs[:min(8, len(page.Runs))]}
	for _, run := range page.Runs {
		f.Count += max(1, run.Count)
	}
	return f, nil
}

// merge returns the next n fires of tasks that stand in the order of their next
// fires: none of them can be of a task that comes after the first n.
func merge(tasks []asyncz.Task, n int, now time.Time) []fire {
	var all []fire
	for _, t := range tasks {
		zone := zoneOf(t.Trigger)
		for _, at := range t.NextFires(n, now) {
			all = append(all, fire{Task: t, At: at, Zone: zone})
		}
	}
	slices.SortStableFunc(all, func(a, b fire) int { return a.At.Compare(b.At) })
	return all[:min(n, len(all))]
}

// problems tells what is wrong, worst first.
func (d *Dashboard) problems(p overviewPage, nodes []asyncz.Node, next []asyncz.Task) []problem {
	var all []problem
	if p.Alive == 0 && p.Total > 0 {
		all = append(all, problem{"bad", "No node is alive: no task is run.", "nodes"})
	}
	if len(next) > 0 && !next[0].NextRunTime.IsZero() {
		if late := time.Since(next[0].NextRunTime); late > lateAfter {
			all = append(all, problem{"bad", fmt.Sprintf("The task %q is due for %s and nobody has run it.", shorten(60, next[0].ID), duration(late)), taskLink(next[0].Store, next[0].ID)})
		}
	}
	if p.Unreadable > 0 {
		all = append(all, problem{"bad", plural(p.Unreadable, "record") + " can't be read.", "stores"})
	}
	paused := 0
	for _, n := range nodes {
		if n.State == asyncz.NodePaused && !n.Stale {
			paused++
		}
	}
	if paused > 0 && paused == p.Alive {
		all = append(all, problem{"warn", "All nodes are paused: no task is run.", "nodes"})
	} else if paused > 0 {
		all = append(all, problem{"warn", plural(paused, "node") + " paused.", "nodes"})
	}
	if p.Stale > 0 {
		all = append(all, problem{"warn", plural(p.Stale, "node") + " did not shut down and no longer tell of themselves.", "nodes"})
	}
	return all
}

// A chart is what the script draws: data is the x values in seconds since 1970
// and then the values of each series.
type chart struct {
	Kind   string   `json:"kind"` // "lines" or "points"
	Unit   string   `json:"unit,omitempty"`
	Series []series `json:"series"`
	Data   []any    `json:"data"`
}

type series struct {
	Label  string `json:"label"`
	Colour string `json:"colour"` // a variable of the style sheet
	Fill   bool   `json:"fill,omitempty"`
}

func (c chart) String() string {
	body, err := json.Marshal(c)
	if err != nil {
		return "" // can't be: numbers and words
	}
	return string(body)
}

func throughput(r rate) string {
	return chart{
		Kind:   "lines",
		Series: []series{{"executed a second", "accent", true}, {"failed a second", "bad", true}},
		Data:   []any{r.At, r.Executed, r.Bad},
	}.String()
}

// nowText is what a stream tells each second, in the words of the page.
func (d *Dashboard) nowText(r *http.Request) map[string]any {
	rate := d.pulse.rate()
	text := map[string]string{
		"rate":   perSecond(rate),
		"late":   late(rate.Late, rate.P50),
		"late99": late(rate.Late, rate.P99),
		"minute": number(rate.Minute),
	}
	if nodes, err := d.nodeList(r.Context()); err == nil {
		running := 0
		for _, n := range nodes {
			if !n.Stale {
				running += n.Running
			}
		}
		text["running"] = number(running)
	}
	return map[string]any{"text": text, "chart": json.RawMessage(cmp.Or(throughput(rate), "null"))}
}

func perSecond(r rate) string {
	if r.PerSecond >= 100 {
		return number(int(r.PerSecond))
	}
	return fmt.Sprintf("%.1f", r.PerSecond)
}

func late(any bool, d time.Duration) string {
	if !any {
		return "–"
	}
	return duration(d)
}
