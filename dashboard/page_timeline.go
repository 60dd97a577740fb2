package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz"
)

const (
	laneMost     = 40                    // lanes of a picture
	laneTasks    = 400                   // tasks whose fires are counted
	laneFires    = 20_000                // fires of one task that are counted
	laneBudget   = 30 * time.Millisecond // of computing fires
	laneRuns     = 1000                  // runs of the past that are drawn
	timelineLife = 5 * time.Second
)

var timelineHours = []int{1, 3, 6, 12, 24}

// A timelinePage is what will run in the next hours, and what did run in the last.
type timelinePage struct {
	Hours   []tab
	Text    string
	Now     time.Time
	Future  picture
	Past    picture
	Tasks   int  // that match
	Counted int  // of these, those whose fires were counted
	Part    bool // more fires or runs exist than are drawn
	MoreRun bool
	Fires   int
	Lanes   int
	Hour    int
	Faults  []string
}

func (d *Dashboard) timeline(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	hours, _ := strconv.Atoi(q.Get("hours"))
	if !slices.Contains(timelineHours, hours) {
		hours = 3
	}
	text := q.Get("q")
	p, err := remember(r.Context(), &d.cached, "timeline "+strconv.Itoa(hours)+" "+text, timelineLife, func(ctx context.Context) (timelinePage, error) {
		return d.drawTimeline(ctx, hours, text)
	})
	if err != nil {
		return err
	}
	p.Hours = hourTabs(q, hours)
	return d.show(w, r, "timeline", frame{Title: "Timeline", Nav: "timeline", Live: "tasks", Every: 15_000, Page: p})
}

func hourTabs(q url.Values, hours int) []tab {
	var ts []tab
	for _, h := range timelineHours {
		ts = append(ts, tab{Name: plural(h, "hour"), Link: with("timeline", q, "hours", strconv.Itoa(h)), On: h == hours})
	}
	return ts
}

func (d *Dashboard) drawTimeline(ctx context.Context, hours int, text string) (timelinePage, error) {
	now := time.Now()
	p := timelinePage{Now: now, Text: text, Hour: hours}
	window := time.Duration(hours) * time.Hour
	found, err := d.s.TaskPage(ctx, asyncz.Filter{Text: text, Limit: laneTasks})
	if err != nil {
		return p, err
	}
	p.Tasks, p.Faults = found.Total, found.Faults
	future, part := comingLanes(found.Tasks, now, window)
	p.Counted, p.Part = len(found.Tasks), part
	p.Future = draw(future, now, now.Add(window), now)
	p.Fires, p.Lanes = p.Future.Total, len(future)

	runs, err := d.s.Runs(ctx, asyncz.RunFilter{Since: now.Add(-window), Limit: laneRuns})
	if err != nil {
		return p, err
	}
	p.MoreRun = runs.Next != ""
	p.Past = draw(pastLanes(runs.Runs, text), now.Add(-window), now, now)
	return p, nil
}

// comingLanes computes the fires of tasks in the window, which stand in the order
// of their next fires; part when time was up, or a task has too many.
func comingLanes(tasks []asyncz.Task, now time.Time, window time.Duration) (lanes []lane, part bool) {
	end, began := now.Add(window), time.Now()
	for _, t := range tasks {
		if t.NextRunTime.IsZero() || t.NextRunTime.After(end) {
			break // those that follow are later, or don't fire
		}
		if time.Since(began) > laneBudget {
			return lanes, true
		}
		fires := firesUntil(t, now, end)
		more := len(fires) == laneFires
		part = part || more
		lanes = append(lanes, lane{name: title(t), link: taskLink(t.Store, t.ID), id: t.Store + "/" + t.ID, fires: fires, more: more})
	}
	return lanes, part
}

// firesUntil returns the fires of a task up to the end, asking for few first,
// because most tasks have few.
func firesUntil(t asyncz.Task, now, end time.Time) []time.Time {
	for n := 16; ; n *= 8 {
		n = min(n, laneFires)
		fires := t.NextFires(n, now)
		i, _ := slices.BinarySearchFunc(fires, end, func(at, end time.Time) int { return at.Compare(end.Add(1)) })
		if i < len(fires) || len(fires) < n || n == laneFires {
			return fires[:i]
		}
	}
}

// pastLanes puts runs that ended into lanes, the task that ran last first.
func pastLanes(runs []asyncz.PastRun, text string) []lane {
	var lanes []lane
	at := map[string]int{}
	for _, run := range runs {
		if text != "" && !containsFold(run.Task, text) {
			continue
		}
		key := run.Store + "/" + run.Task
		i, ok := at[key]
		if !ok {
			i = len(lanes)
			at[key] = i
			lanes = append(lanes, lane{name: run.Task, link: taskLink(run.Store, run.Task), id: key})
		}
		from := run.Started
		if from.IsZero() {
			from = run.Scheduled
		}
		to := run.Ended
		if run.Started.IsZero() {
			to = from
		}
		lanes[i].marks = append(lanes[i].marks, mark{from: from, to: to, look: "run " + outcomeLook[run.Outcome], link: runLink(run.Store, run.ID()), title: words(string(run.Outcome))})
	}
	return lanes
}
