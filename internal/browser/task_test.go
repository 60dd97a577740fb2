package browser

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func (s *site) cron(id, expression, zone string, c asyncz.Call) asyncz.Task {
	s.t.Helper()
	tr, err := trigger.Parse([]byte(`{"type":"cron","expression":` + quote(expression) + `,"timezone":` + quote(zone) + `}`))
	if err != nil {
		s.t.Fatal(err)
	}
	task, err := s.Add(s.t.Context(), c, tr, asyncz.ID(id))
	if err != nil {
		s.t.Fatal(err)
	}
	return task
}

func TestATasksPageTellsWhatItDoesWhenAndHowItWent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.cron("sum", "0 9 * * mon-fri", "America/New_York", s.work.sum.With(sumArgs{[]int{20, 22}}))
	s.do("sum")
	p := s.visit("task?store=default&id=sum", desktop)
	p.see("h1", "sum")
	p.see(".card", "What it does")
	p.see("#definition", `"expression": "0 9 * * mon-fri"`)
	p.see(".card", "Next 20 fires")
	p.wait("there are twenty", `[...document.querySelectorAll(".card")].find(c => said(c).startsWith("Next 20 fires")).querySelectorAll("tbody tr").length === 20`)
	p.wait("the chart is drawn", `document.querySelector("#chart canvas").width > 0`)
	p.see("#live .list", "executed")
	// 9:00 in New York is 15:00 in Zurich, where the viewer is, in winter and in summer
	// but for the weeks in which only one of them has changed.
	p.wait("the times are in the viewer's zone", `["15:00:00", "14:00:00"].some(t => said([...document.querySelectorAll(".card")].find(c => said(c).startsWith("Next 20 fires"))).includes(t))`)
	p.wait("the zone of the task stands beside", `said([...document.querySelectorAll(".card")].find(c => said(c).startsWith("Next 20 fires"))).includes("09:00")`)
	p.wait("the exact time shows on hover", `document.querySelector("time[data-show=relative]").title.includes("Europe/Zurich")`)
}

func TestATaskIsPausedResumedRunAndRemovedOnItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{[]int{20, 22}}), "sum")
	p := s.visit("task?store=default&id=sum", desktop)
	p.click("button", "Pause")
	p.see(".tile", "paused")
	p.click("button", "Resume")
	p.see(".tile", "scheduled")
	p.click("button", "Run now")
	p.see(".tile", "executed")
	p.click("button", "Remove")
	p.click("dialog[open] button", "Remove")
	p.at("/tasks")
	p.see(".say", `"sum" removed`)
	if n, err := s.CountTasks(t.Context(), "default"); err != nil || n != 0 {
		t.Errorf("%d tasks are left, %v", n, err)
	}
}

func TestATaskIsAddedWithAPreviewFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit("", desktop)
	p.click("a", "Add a task")
	p.fill("Id", "weekly")
	p.fill("Name", "The weekly sum")
	p.fill("Function", "reports.sum")
	p.fill("Arguments", `{"numbers": [1, 2, 3]}`)
	p.choose("Kind", "cron")
	p.fill("Expression", "0 9 * * mon")
	p.fill("Time zone", "Europe/Zurich")
	p.click("button", "Preview")
	p.see("#preview", "What will be added")
	p.see("#preview", "Next fires")
	p.see("#preview pre", `"id": "weekly"`)
	if n, err := s.CountTasks(t.Context(), "default"); err != nil || n != 0 {
		t.Fatalf("the preview has added it: %d tasks, %v", n, err)
	}
	p.click("button", "Add the task")
	p.at("task?")
	p.see("h1", "The weekly sum")
	task, err := s.Task(t.Context(), "weekly")
	if err != nil || task.Function != "reports.sum" || !strings.Contains(string(task.Kwargs), "[1,2,3]") {
		t.Errorf("the task is %+v, %v", task, err)
	}
}

func TestAFormSaysWhatIsWrongAndKeepsWhatWasEntered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit("task-new", desktop)
	p.allow("status 422") // the answer to a form that is wrong
	p.allow("422")
	p.fill("Id", "weekly")
	p.fill("Function", "reports.sum")
	p.choose("Kind", "cron")
	p.fill("Expression", "99 9 * * mon")
	p.click("button", "Preview")
	p.see("[role=alert]", "99")
	p.wait("what was entered is kept", `control("Id").value === "weekly" && control("Expression").value === "99 9 * * mon"`)
}

func TestAnEditShowsTheDifferenceBeforeItIsApplied(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.cron("sum", "0 9 * * *", "UTC", s.work.sum.With(sumArgs{[]int{1}}))
	p := s.visit("task?store=default&id=sum", desktop)
	p.click("a", "Edit")
	p.fill("Expression", "30 10 * * *")
	p.click("button", "Preview")
	p.see("#preview del", "0 9 * * *")
	p.see("#preview ins", "30 10 * * *")
	fits(p)
	if cron(t, s, "sum") != "0 9 * * *" {
		t.Fatal("the preview has changed the task")
	}
	p.click("button", "Back to the form")
	p.wait("the form has what was entered", `control("Expression").value === "30 10 * * *"`)
	p.click("button", "Preview")
	p.click("button", "Apply")
	p.at("task?")
	p.see("#definition", "30 10 * * *")
	if got := cron(t, s, "sum"); got != "30 10 * * *" {
		t.Errorf("the task fires at %s", got)
	}
}

func cron(t testing.TB, s *site, id string) string {
	t.Helper()
	task, err := s.Task(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := task.Trigger.(interface{ MarshalJSON() ([]byte, error) }).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), `"expression":"`)
	expression, _, _ := strings.Cut(rest, `"`)
	return expression
}

func TestTwoWhoEditOneTaskCanNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.cron("sum", "0 9 * * *", "UTC", s.work.sum.With(sumArgs{[]int{1}}))
	ann, ben := s.visit("task-edit?store=default&id=sum", desktop), s.visit("task-edit?store=default&id=sum", desktop)
	ben.allow("409") // the answer to him who comes second
	ann.fill("Name", "Ann's sum")
	ben.fill("Expression", "0 10 * * *")
	ben.click("button", "Preview")
	ben.see("#preview ins", "0 10 * * *")

	ann.click("button", "Preview")
	ann.click("button", "Apply")
	ann.see("h1", "Ann's sum")

	ben.click("button", "Apply")
	ben.see("#conflict", "Somebody else has changed this task")
	ben.see("#conflict ins", "Ann's sum")
	if got := cron(t, s, "sum"); got != "0 9 * * *" {
		t.Fatalf("the second edit was applied over the first: %s", got)
	}
	// Seen what the other did, he applies his own change, and both stay.
	ben.click("button", "Apply")
	ben.at("task?")
	ben.see("h1", "Ann's sum")
	if got := cron(t, s, "sum"); got != "0 10 * * *" {
		t.Errorf("the task fires at %s", got)
	}
}

func TestATaskThatIsChangedElsewhereChangesOnItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{}), "sum")
	p := s.visit("task?store=default&id=sum", desktop)
	p.see("#link", "live")
	p.see(".tile", "scheduled")
	if _, err := s.PauseTask(t.Context(), "sum"); err != nil {
		t.Fatal(err)
	}
	p.see(".tile", "paused")
	p.see("button", "Resume")
}

func TestThePageOfATaskThatIsRemovedElsewhereSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{}), "sum")
	p := s.visit("task?store=default&id=sum", desktop)
	p.see("#link", "live")
	if err := s.RemoveTask(t.Context(), "sum"); err != nil {
		t.Fatal(err)
	}
	p.see("[role=alert]", "sum")
	p.gone("button", "Run now")
}

func TestARunsPageIsLiveWhileItRuns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.wait.With(struct{}{}), "import")
	p := s.visit("task?store=default&id=import", desktop)
	p.see("#link", "live")
	p.click("button", "Run now")
	receive(t, s.work.began, "the run begins")
	p.see(".card h2", "In flight")
	p.click("[id^=inflight] a", "")
	p.at("run?")
	p.see(".tile", "running")
	p.see("pre.output", "reading the first part")
	receive(t, s.work.release, "the run is told to go on")
	p.see(".tile", "executed")
	p.see("#result", "imported")
	p.see("pre.output", "all is read")
}

func TestARunsPageShowsErrorStackOutputAndLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.fail.With(struct{}{}), "mail")
	s.add(s.work.panic.With(struct{}{}), "cache")
	s.add(s.work.talk.With(struct{}{}), "backup")
	for _, id := range []string{"mail", "cache", "backup"} {
		s.do(id)
	}
	p := s.visit("runs", desktop)
	p.wait("the three have ended", `document.querySelectorAll("#live tbody tr").length === 3`)
	p.choose("Outcome", "failures")
	p.wait("only two have failed", `document.querySelectorAll("#live tbody tr").length === 2`)
	p.at("outcome=failures")

	p.open("runs?task=mail")
	p.click("#live tbody a[title='Open the run']", "")
	p.see("#error", "connection refused")
	p.see(".log", "The mail server does not answer.")

	p.open("runs?task=cache")
	p.click("#live tbody a[title='Open the run']", "")
	p.see("#error", "index out of range in the test")
	p.click("summary", "Stack")
	p.see("details pre", "site_test.go")

	p.open("runs?task=backup")
	p.click("#live tbody a[title='Open the run']", "")
	p.see("pre.output", "dumping table orders")
	p.see("#result", "orders.sql.gz")
	p.see(".log", "The backup is complete.")
}

func TestATaskOfATriggerThatFiresOftenShowsEachRun(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ran := make(chan struct{}, 100)
	stop := asyncz.On(s.Scheduler, func(asyncz.RunEnded) { ran <- struct{}{} })
	t.Cleanup(stop)
	if _, err := s.Add(context.WithoutCancel(t.Context()), s.work.sum.With(sumArgs{}), trigger.MustEvery(50*time.Millisecond), asyncz.ID("often")); err != nil {
		t.Fatal(err)
	}
	p := s.visit("task?store=default&id=often", desktop)
	for range 3 {
		receive(t, ran, "it runs again")
	}
	p.wait("the runs are listed", `document.querySelectorAll("#live .grid21 tbody tr[id^=r-]").length >= 3`)
}
