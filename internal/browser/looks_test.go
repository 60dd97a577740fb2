package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

var phone = look{Width: 390, Height: 844, Phone: true, Zone: "Europe/Zurich"}

func TestEachPageFitsAPhone(t *testing.T) {
	t.Parallel()
	s := populated(t, newSite(t))
	p := s.visit("", phone)
	for _, page := range pages {
		p.open(page.Address)
		p.see("h1", page.Title)
		fits(p)
	}
}

func TestATaskIsRunAndPausedOnAPhone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(s.work.sum.With(sumArgs{[]int{1}}), "sum")
	p := s.visit("tasks", phone)
	p.click("#live a", "sum")
	p.at("task?")
	p.click("button", "Run now")
	p.see(".tile", "executed")
	p.click("button", "Pause")
	p.see(".tile", "paused")
	p.click("nav a", "Runs")
	p.at("/runs")
	p.see("#live tr", "executed")
}

func TestTheSystemsColoursAreFollowedUntilOthersAreChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := desktop
	l.Dark = true
	p := s.visit("", l)
	dark := `(() => { const c = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number); return c[0] + c[1] + c[2] < 150 })()`
	p.wait("the page is dark, as the system says", dark)
	p.click("#theme", "")
	p.wait("light was chosen", `!`+dark+` && said(document.querySelector("#theme")).includes("light")`)
	p.open("tasks")
	p.wait("the next page is light too", `!`+dark)
	p.click("#theme", "")
	p.wait("dark was chosen", dark)
	p.click("#theme", "")
	p.see("#theme", "auto")
	other := s.visit("", desktop)
	other.wait("where the system says light the page is light", `!`+dark)
}

// The pages tell people what they can do without a mouse, so that it must work.
func TestAllIsDoneWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit("", desktop)
	p.keys("?")
	p.see("dialog[open]", "Keys")
	p.keys(kb.Escape)
	p.gone("dialog[open]", "")

	p.keys(kb.Tab)
	p.wait("the first stop skips the navigation", `said(document.activeElement) === "Skip to content"`)
	p.keys(kb.Enter)
	p.wait("it leads to the content", `location.hash === "#main"`)
	p.tabTo("Add a task")
	p.keys(kb.Enter)
	p.at("task-new")
	p.tabTo("Id")
	p.insert("typed")
	p.tabTo("Function")
	p.insert("reports.sum")
	p.tabTo("Expression")
	p.insert("0 9 * * *")
	p.tabTo("Preview")
	p.keys(kb.Enter)
	p.see("#preview", "What will be added")
	p.tabTo("Add the task")
	p.keys(kb.Enter)
	p.at("task?")
	p.see("h1", "typed")
	p.keys("g")
	p.keys("t")
	p.at("/tasks")
	p.keys("/")
	p.wait("the search has the focus", `document.activeElement === control("Search")`)
	p.insert("typ")
	p.wait("the task is found", shows(titles, "typed"))
	p.tabTo("Run typed now")
	p.keys(kb.Enter)
	p.see("#live tr", "executed")
	p.tabTo("Remove typed")
	p.keys(kb.Enter)
	p.wait("the safe answer has the focus", `said(document.activeElement) === "Cancel"`)
	p.tabTo("Remove")
	p.keys(kb.Enter)
	p.gone(titles, "typed")
	for key, title := range map[string]string{"o": "Overview", "r": "Runs", "l": "Timeline", "n": "Nodes", "s": "Stores", "e": "Events", "a": "Audit"} {
		p.keys("g")
		p.keys(key)
		p.see("h1", title)
		p.loaded()
	}
}

// tabTo presses Tab until the element with a label has the focus, which must be
// seen on it.
func (p *page) tabTo(label string) {
	p.t.Helper()
	here := helpers + `const e = document.activeElement, l = e.labels && e.labels[0], s = getComputedStyle(e);
		const seen = s.outlineStyle !== "none" && s.outlineWidth !== "0px" || s.boxShadow !== "none";`
	var passed []string
	for range 200 {
		p.keys(kb.Tab)
		at := eval[string](p, `(() => { `+here+` return (seen ? "" : "unseen: ") + (l ? said(l) : said(e)) })()`)
		if name, unseen := strings.CutPrefix(at, "unseen: "); strings.HasPrefix(name, label) {
			if unseen {
				p.t.Errorf("it does not show that %q has the focus", label)
			}
			return
		}
		passed = append(passed, at)
	}
	p.t.Fatalf("Tab does not lead to %q, but to %q", label, passed)
}

func TestAnEmptyDashboardSaysWhatToDoFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit("", desktop)
	for _, page := range []string{"", "tasks"} {
		p.open(page)
		p.see(".none", "There is no task yet")
		p.see(".none pre", "asyncz add --id hello")
		p.see("a", "Add a task")
	}
	for page, text := range map[string]string{"runs": "No run has ended yet", "timeline": "Nothing fires in this time", "events": "No event yet", "audit": "Nobody has done anything yet"} {
		p.open(page)
		p.see(".none", text)
	}
}

// A page is read again every few seconds; what is on it must stay where it is.
func TestNothingMovesWhenAPageIsRefreshed(t *testing.T) {
	t.Parallel()
	s := populated(t, newSite(t))
	p := s.visit("", desktop)
	for _, page := range pages {
		if strings.HasPrefix(page.Name, "task-") {
			continue // forms stay as they are
		}
		p.open(page.Address)
		p.see("h1", page.Title)
		p.wait("the page is quiet", `!window.uPlot || [...document.querySelectorAll("[data-chart]")].every(c => c.querySelector("canvas"))`)
		before := eval[string](p, layout)
		// As a change does it, but without one.
		eval[bool](p, `(() => { const l = document.querySelector("#live"); l.dataset.old = "1"; htmx.ajax("GET", location.href, {source: l, target: "#live", select: "#live", swap: "morph:outerHTML"}); return true })()`)
		p.wait("the page was refreshed", `document.querySelector("#live").dataset.old === undefined`)
		if after := eval[string](p, layout); after != before {
			t.Errorf("%s: before the refresh:\n%s\nafter it:\n%s", page.Name, before, after)
		}
	}
}

// layout is where everything big is. Heights of what grows are left out.
const layout = `[...document.querySelectorAll("h1, h2, .tile, .card, .card > table, th, nav, .filters, .chart")].map(e => { const r = e.getBoundingClientRect(); return e.tagName + "." + e.className + " " + [r.x, r.y, r.width, r.height].map(Math.round).join(" ") }).join("\n")`
