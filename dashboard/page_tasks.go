package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-asyncz/asyncz"
)

// A tasksPage is the list of tasks.
type tasksPage struct {
	Filter    asyncz.Filter
	Found     asyncz.TaskPage
	Rows      []taskRow
	Tabs      []tab
	Columns   map[string]column
	Pager     pager
	Sizes     []int
	Stores    []string
	Executors []string
	Triggers  []string
	Filtered  bool
}

type taskRow struct {
	asyncz.Task
	Zone string
}

// A tab is a state with the number of tasks that have it.
type tab struct {
	Name, Link string
	Count      int
	On         bool
}

// A column is a heading that sorts.
type column struct {
	Link, Sort string // Sort: aria-sort, "" where another column sorts
}

// A pager says where among all a page is.
type pager struct {
	From, To, Total   int
	First, Prev, Next string // links; "" where there is none
	Size, Page, Pages int
	Last              string
}

var (
	pageSizes    = []int{25, 50, 100, 200}
	triggerTypes = []string{"cron", "interval", "date", "and", "or", "shutdown"}
	states       = []asyncz.ScheduleState{asyncz.StateScheduled, asyncz.StatePending, asyncz.StatePaused, asyncz.StateUnreadable}
)

func (d *Dashboard) tasks(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	p := tasksPage{Filter: taskFilter(q), Sizes: pageSizes, Stores: d.s.Stores()}
	err := d.knowsStore(p.Filter.Store)
	if err != nil {
		return err
	}
	if p.Found, err = d.taskPage(r.Context(), p.Filter); err != nil {
		return err
	}
	if pages := max(1, (p.Found.Total+p.Filter.Limit-1)/p.Filter.Limit); p.Filter.Offset >= p.Found.Total && p.Filter.Offset > 0 {
		p.Filter.Offset = (pages - 1) * p.Filter.Limit // the last page, when tasks went away
		if p.Found, err = d.taskPage(r.Context(), p.Filter); err != nil {
			return err
		}
	}
	for _, t := range p.Found.Tasks {
		p.Rows = append(p.Rows, taskRow{t, zoneOf(t.Trigger)})
	}
	p.Tabs, p.Columns, p.Pager = tabs(q, p.Filter, p.Found), columns(q, p.Filter), newPager(q, p.Filter, p.Found)
	p.Executors = d.executors(r.Context(), p.Filter.Executor)
	p.Triggers = withOwn(triggerTypes, p.Filter.Trigger)
	f := p.Filter
	p.Filtered = f.State != "" || f.Store != "" || f.Executor != "" || f.Trigger != "" || f.Text != ""
	return d.show(w, r, "tasks", frame{Title: "Tasks", Nav: "tasks", Live: "tasks runs", Page: p})
}

// farOff is an offset at which a page is looked for from the nearer end, because
// what lies before it must be put in order.
const farOff = 2000

// taskPage is [asyncz.Scheduler.TaskPage], also quick for the last pages, and for
// one that follows another, whose end the filter then has.
func (d *Dashboard) taskPage(ctx context.Context, f asyncz.Filter) (asyncz.TaskPage, error) {
	if f.After != "" {
		next := f
		next.Offset = 0
		if found, err := d.s.TaskPage(ctx, next); err == nil {
			return found, nil
		}
		f.After = "" // an address that was cut short: the page's number will do
	}
	if f.Offset < farOff {
		return d.s.TaskPage(ctx, f)
	}
	count := f
	count.Offset, count.Limit = 0, 1
	found, err := d.s.TaskPage(ctx, count)
	if err != nil || found.Total/2 > f.Offset {
		return d.s.TaskPage(ctx, f)
	}
	size := min(f.Limit, found.Total-f.Offset)
	if size <= 0 {
		found.Tasks = nil
		return found, nil
	}
	back := f
	back.Reverse, back.Offset, back.Limit = !f.Reverse, found.Total-f.Offset-size, size
	found, err = d.s.TaskPage(ctx, back)
	slices.Reverse(found.Tasks)
	found.Next = "" // it leads the other way
	return found, err
}

// taskFilter reads a filter from the address. What makes no sense there is left
// out, because addresses are typed and shared.
func taskFilter(q url.Values) asyncz.Filter {
	f := asyncz.Filter{
		State: asyncz.ScheduleState(q.Get("state")), Store: q.Get("store"), Executor: q.Get("executor"),
		Trigger: q.Get("trigger"), Text: q.Get("q"), Sort: q.Get("sort"), Reverse: q.Get("order") == "desc", After: q.Get("after"),
	}
	if !slices.Contains(states, f.State) {
		f.State = ""
	}
	if !slices.Contains(asyncz.SortKeys(), f.Sort) {
		f.Sort = "next_run_time"
	}
	f.Limit, _ = strconv.Atoi(q.Get("size"))
	if !slices.Contains(pageSizes, f.Limit) {
		f.Limit = 50
	}
	page, _ := strconv.Atoi(q.Get("page"))
	f.Offset = (min(max(1, page), 1<<20) - 1) * f.Limit
	return f
}

func tabs(q url.Values, f asyncz.Filter, found asyncz.TaskPage) []tab {
	all := 0
	for _, n := range found.States {
		all += n
	}
	ts := []tab{{Name: "all", Count: all, On: f.State == "", Link: with("tasks", q, "state", "", "page", "", "after", "")}}
	for _, s := range states {
		ts = append(ts, tab{string(s), with("tasks", q, "state", string(s), "page", "", "after", ""), found.States[s], f.State == s})
	}
	return ts
}

func columns(q url.Values, f asyncz.Filter) map[string]column {
	cs := map[string]column{}
	for _, key := range asyncz.SortKeys() {
		c := column{Link: with("tasks", q, "sort", key, "order", "", "page", "", "after", "")}
		if key == f.Sort {
			c.Sort = "descending"
			if !f.Reverse {
				c.Sort, c.Link = "ascending", with("tasks", q, "sort", key, "order", "desc", "page", "", "after", "")
			}
		}
		cs[key] = c
	}
	return cs
}

func newPager(q url.Values, f asyncz.Filter, found asyncz.TaskPage) pager {
	total := found.Total
	p := pager{From: min(f.Offset+1, total), To: min(f.Offset+f.Limit, total), Total: total, Size: f.Limit,
		Page: f.Offset/f.Limit + 1, Pages: max(1, (total+f.Limit-1)/f.Limit)}
	to := func(n int) string {
		if n < 1 || n > p.Pages || n == p.Page {
			return ""
		}
		after := "" // the following page begins where this one ends, which is quicker than counting
		if n == p.Page+1 && n < p.Pages && f.Offset >= farOff {
			after = found.Next
		}
		return with("tasks", q, "page", strconv.Itoa(n), "after", after)
	}
	p.First, p.Prev, p.Next, p.Last = to(1), to(p.Page-1), to(p.Page+1), to(p.Pages)
	return p
}

// executors returns the aliases that nodes have, and one more.
func (d *Dashboard) executors(ctx context.Context, own string) []string {
	names := []string{asyncz.DefaultAlias}
	nodes, err := d.nodeList(ctx)
	if err != nil {
		nodes = nil // the list is an aid; the page says elsewhere that the store fails
	}
	for _, n := range nodes {
		for _, x := range n.Executors {
			names = append(names, x.Executor)
		}
	}
	return withOwn(names, own)
}

func withOwn(names []string, own string) []string {
	names = slices.Clone(names)
	if own != "" {
		names = append(names, own)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
