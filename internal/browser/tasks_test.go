package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

const titles = "#live tbody a.title"

func TestTheFiltersOfTasksLiveInTheAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{}), "sum-a")
	s.add(s.work.sum.With(sumArgs{}), "sum-b", asyncz.Paused())
	s.add(s.work.fail.With(struct{}{}), "mail")
	p := s.visit("tasks", desktop)
	p.wait("all three are listed", shows(titles, "mail", "sum-a", "sum-b"))

	p.fill("Search", "sum")
	p.wait("only those with the text are listed", shows(titles, "sum-a", "sum-b"))
	p.at("q=sum")
	p.click("nav.tabs a", "paused")
	p.wait("only those in the state are listed", shows(titles, "sum-b"))
	p.at("state=paused")

	again := p.another(strings.TrimPrefix(eval[string](p, "location.href"), s.url), desktop)
	again.wait("the address shows the same in another tab", shows(titles, "sum-b"))
	again.wait("the filter stands in the form", `control("Search").value === "sum"`)

	p.open("tasks?trigger=date&executor=default&store=default")
	p.wait("all match", shows(titles, "mail", "sum-a", "sum-b"))
	p.open("tasks?q=nothing-like-it")
	p.see(".none", "No task matches")
	p.click(".none a", "Show all tasks")
	p.wait("all are listed again", shows(titles, "mail", "sum-a", "sum-b"))
}

// shows is true when the elements have these texts, in any order.
func shows(css string, want ...string) string {
	slices.Sort(want)
	return fmt.Sprintf(`[...document.querySelectorAll(%s)].filter(shown).map(said).sort().join("|") === %s`, quote(css), quote(strings.Join(want, "|")))
}

// ordered is true when the elements have these texts, in this order.
func ordered(css string, want ...string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%s)].filter(shown).map(said).join("|") === %s`, quote(css), quote(strings.Join(want, "|")))
}

func TestTasksAreSortedAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var many []asyncz.NewTask
	var names []string
	for i := range 60 {
		name := fmt.Sprintf("task-%02d", i)
		names = append(names, name)
		many = append(many, asyncz.NewTask{Call: s.work.sum.With(sumArgs{}), Trigger: trigger.At(time.Now().AddDate(1, 0, -i)), Options: []asyncz.TaskOption{asyncz.ID(name)}})
	}
	if _, err := s.AddMany(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	p := s.visit("tasks?size=25", desktop)
	p.see(".foot", "1–25 of 60")
	p.click("th a", "Task")
	p.wait("the names are in order", ordered(titles, names[:25]...))
	p.click(".foot a", "Next")
	p.see(".foot", "26–50 of 60")
	p.wait("the next names are there", ordered(titles, names[25:50]...))
	p.click(".foot a", "Last")
	p.wait("the last names are there", ordered(titles, names[50:]...))
	p.click("th a", "Next run")
	reversed := slices.Clone(names)
	slices.Reverse(reversed)
	p.wait("that which runs next is first", ordered(titles, reversed[:25]...))
	p.choose("Rows", "100")
	p.see(".foot", "1–60 of 60")
	p.wait("all are there", ordered(titles, reversed...))
}

func TestARowsButtonsRunPauseResumeAndRemove(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{[]int{20, 22}}), "sum")
	s.add(s.work.sum.With(sumArgs{}), "other")
	p := s.visit("tasks", desktop)
	p.click("button", "Run sum now")
	p.see("#toasts", "will run now")
	p.see("#live tr", "executed")

	p.click("button", "Pause sum")
	p.see("#live tr", "sum reports.sum paused")
	p.click("button", "Resume sum")
	p.see("button", "Pause sum")
	if task, err := s.Task(t.Context(), "sum"); err != nil || task.State != "scheduled" {
		t.Fatalf("the task is %v, %v", task.State, err)
	}

	p.click("button", "Remove sum")
	p.see("dialog[open]", "sum")
	p.click("dialog[open] button", "Cancel")
	p.gone("dialog[open]", "")
	if _, err := s.Task(t.Context(), "sum"); err != nil {
		t.Fatalf("it was removed though that was cancelled: %v", err)
	}
	p.click("button", "Remove sum")
	p.click("dialog[open] button", "Remove")
	p.wait("only the other is left", shows(titles, "other"))
	if n, err := s.CountTasks(t.Context(), "default"); err != nil || n != 1 {
		t.Fatalf("%d tasks are left, %v", n, err)
	}
}

func TestManyTasksArePausedResumedRunAndRemovedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"a", "b", "c"} {
		s.add(s.work.sum.With(sumArgs{}), id)
	}
	p := s.visit("tasks", desktop)
	states := func() (states string) {
		for _, id := range []string{"a", "b", "c"} {
			task, err := s.Task(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			states += string(task.State) + " "
		}
		return states
	}
	p.click("input.pick", "Select a")
	p.click("input.pick", "Select c")
	p.see(".bulk", "2 selected")
	p.click(".bulk button", "Pause")
	p.see("#toasts", "2 tasks paused")
	if got := states(); got != "paused scheduled paused " {
		t.Fatalf("the states are %s", got)
	}
	p.wait("nothing is selected any more", `!document.querySelector("input.pick:checked")`)
	p.click("input.pick-all", "")
	p.see(".bulk", "3 selected")
	p.click(".bulk button", "Resume")
	p.see("#toasts", "3 tasks resumed")
	if got := states(); got != "scheduled scheduled scheduled " {
		t.Fatalf("the states are %s", got)
	}
	p.click("input.pick-all", "")
	p.click(".bulk button", "Run now")
	p.see("#toasts", "3 tasks will run now")
	p.wait("each has run", `[...document.querySelectorAll("#live tbody tr")].filter(r => said(r).includes("executed")).length === 3`)
	p.click("input.pick-all", "")
	p.click(".bulk button", "Remove")
	p.see("dialog[open]", "the 3 selected tasks")
	p.click("dialog[open] button", "Remove")
	p.see(".none", "There is no task yet")
}

func TestASelectionAndTheFocusOutliveARefresh(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{}), "a")
	s.add(s.work.sum.With(sumArgs{}), "b")
	p := s.visit("tasks", desktop)
	p.see("#link", "live")
	p.click("input.pick", "Select a")
	p.wait("the box has the focus", `document.activeElement.matches("input.pick")`)
	before := eval[string](p, place)
	s.add(s.work.sum.With(sumArgs{}), "c")
	p.wait("the new task is there", shows(titles, "a", "b", "c"))
	if after := eval[string](p, place); after != before {
		t.Errorf("before the refresh: %s\nafter it: %s", before, after)
	}
}

// place is where the first row is, what is selected and what has the focus.
const place = `JSON.stringify([document.querySelector("#live tbody tr").getBoundingClientRect(), [...document.querySelectorAll("input.pick:checked")].map(e => e.value), document.activeElement.value, scrollY])`
