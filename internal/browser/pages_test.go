package browser

import (
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

type shot struct{ Name, Address, Title string }

// pages are all pages, by the name of their pictures. Those of a task and a run
// are of the site that populated returns.
var pages = []shot{
	{"overview", "", "Overview"},
	{"tasks", "tasks", "Tasks"},
	{"task", "task?store=default&id=nightly-report", "Nightly report"},
	{"task-new", "task-new", "Add a task"},
	{"task-edit", "task-edit?store=default&id=nightly-report", "Edit"},
	{"runs", "runs", "Runs"},
	{"timeline", "timeline", "Timeline"},
	{"nodes", "nodes", "Nodes"},
	{"stores", "stores", "Stores"},
	{"events", "events", "Events"},
	{"audit", "audit", "Audit"},
}

// populated is a site with tasks of many kinds that have run, failed and wait.
func populated(t testing.TB, s *site) *site {
	t.Helper()
	s.cron("nightly-report", "30 2 * * *", "Europe/Zurich", s.work.sum.With(sumArgs{[]int{3, 4, 5}}))
	if _, err := s.UpdateTask(t.Context(), "nightly-report", asyncz.Name("Nightly report"), asyncz.Metadata(map[string]string{"team": "finance"})); err != nil {
		t.Fatal(err)
	}
	s.cron("weekday-mail", "0 7 * * mon-fri", "America/New_York", s.work.fail.With(struct{}{}))
	s.cron("backup", "15 */2 * * *", "UTC", s.work.talk.With(struct{}{}))
	s.cron("cache", "*/20 * * * *", "UTC", s.work.panic.With(struct{}{}))
	for id, every := range map[string]time.Duration{"heartbeat": 5 * time.Minute, "metrics": 10 * time.Minute, "cleanup": time.Hour} {
		if _, err := s.Add(t.Context(), s.work.sum.With(sumArgs{[]int{1}}), trigger.MustEvery(every), asyncz.ID(id)); err != nil {
			t.Fatal(err)
		}
	}
	s.add(s.work.sum.With(sumArgs{}), "year-end", asyncz.Paused())
	for range 4 {
		for _, id := range []string{"nightly-report", "backup", "heartbeat", "metrics"} {
			s.do(id)
		}
	}
	s.do("weekday-mail")
	s.do("cache")
	return s
}

func TestEachPageShowsWhatItIsFor(t *testing.T) {
	t.Parallel()
	s := populated(t, newSite(t))
	p := s.visit("", desktop)
	for _, page := range pages {
		p.open(page.Address)
		p.see("h1", page.Title)
		fits(p)
	}
	p.open("timeline")
	p.see("svg.lanes[aria-label^='Fires'] .name", "heartbeat")
	p.wait("fires to come are drawn", `document.querySelectorAll("svg.lanes[aria-label^='Fires'] rect").length > 10`)
	p.wait("runs that ended are drawn", `document.querySelectorAll("svg.lanes[aria-label^='Runs'] rect").length > 5`)
	p.open("nodes")
	p.see("#live tr", "this one")
	p.open("stores")
	p.see("#live .card", "not encrypted")
	p.open("events")
	p.see("#live tr", "weekday-mail")
	p.fill("Search", "backup")
	p.wait("only those are listed", `[...document.querySelectorAll("#live tbody tr")].every(r => said(r).includes("backup"))`)
	p.at("q=backup")
}

func TestEventsComeInLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{}), "sum")
	p := s.visit("events", desktop)
	p.see("#link", "live")
	s.do("sum")
	p.see("#live tr", "executed")
}

func TestWhatIsDoneStandsInTheAuditLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{}), "sum")
	p := s.visit("tasks", desktop)
	p.click("button", "Pause sum")
	p.see("#toasts", "paused")
	p.open("audit")
	p.see("#live tr", "dashboard")
	p.see("#live tr", "sum")
	p.see("#live tr", "pause")
	p.see("#live tr", "127.0.0.1")
}

func TestTheNodeIsPausedAndResumed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit("", desktop)
	p.click("button", "Pause this node")
	p.click("dialog[open] button", "Pause this node")
	p.see("button", "Resume this node")
	p.see("#scheduler-state", "paused")
	p.click("button", "Resume this node")
	p.see("#scheduler-state", "running")
}
