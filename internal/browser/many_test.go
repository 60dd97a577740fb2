package browser

import "testing"

func TestAHundredThousandTasksAreAtHand(t *testing.T) {
	t.Parallel()
	browserContext(t)
	folder := t.TempDir()
	p := visit(t, start(t, folder, build(t, folder, "./crowd")), "nodes", desktop)
	p.patience = 10 * bound // the first page reads all tasks
	p.open("")
	p.patience = bound
	p.see(".tile", "100,000")
	p.see(".tile", "99,000 scheduled, 1,000 paused")
	p.open("tasks?sort=name")
	p.see(".foot", "of 100,000")
	p.see(titles, "kind-0/task-00000")
	p.click(".foot a", "Last")
	p.see(titles, "kind-9/task-99999")
	p.fill("Search", "task-54321")
	p.wait("one is found", shows(titles, "kind-1/task-54321"))
	p.click("button", "Run kind-1/task-54321 now")
	p.see("#toasts", "will run now")
	p.see("#live tr", "executed")
	p.open("tasks?state=paused")
	p.see(".foot", "of 1,000")
	p.open("timeline")
	p.see("svg.lanes[aria-label^='Fires'] .name", "kind-0/task-")
	for _, page := range []string{"runs", "nodes", "stores", "events", "audit"} {
		p.open(page)
		p.see("h1", "")
	}
}
