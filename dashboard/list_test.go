package dashboard_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// rows are the ids of the tasks on a page of the list, in order.
func rows(t *testing.T, page string) []string {
	t.Helper()
	var ids []string
	for _, n := range elements(t, page) {
		if n.Data == "input" && attr(n, "name") == "pick" && attr(n, "type") == "checkbox" {
			v, err := url.ParseQuery(attr(n, "value"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, v.Get("id"))
		}
	}
	return ids
}

func TestTheListOfTasksIsFilteredSortedAndPagedByItsAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t, asyncz.WithStoreURL("default", "memory:"), asyncz.WithStoreURL("other", "memory:"))
		for i := range 60 {
			h.add(fmt.Sprintf("job-%02d", i), trigger.MustEvery(time.Duration(i+1)*time.Minute), args{})
		}
		h.add("daily", trigger.MustCron("0 3 * * *"), args{Days: 77}, asyncz.Name("Zebra"))
		h.add("held", hourly(), args{}, asyncz.Paused())
		h.add("elsewhere", hourly(), args{}, asyncz.InStore("other"))
		for address, want := range map[string][]string{
			"tasks?state=paused":                 {"held"},
			"tasks?store=other":                  {"elsewhere"},
			"tasks?trigger=cron":                 {"daily"},
			"tasks?q=77":                         {"daily"},
			"tasks?q=zebra":                      {"daily"},
			"tasks?executor=none":                nil,
			"tasks?q=job&sort=id&order=desc":     rangeOf(59, 10),
			"tasks?q=job&sort=id&page=2&size=50": rangeOf(50, 59),
			"tasks?q=job&sort=id&page=9":         rangeOf(50, 59),
			"tasks?q=job&size=25":                rangeOf(0, 24),
			"tasks?q=job&size=7&sort=nonsense":   rangeOf(0, 49),
		} {
			page := h.get(address).is(200)
			if got := rows(t, page.Body); !slices.Equal(got, want) {
				t.Errorf("%s: %q, not %q", address, got, want)
			}
			q, _ := url.ParseQuery(strings.TrimPrefix(address, "tasks?"))
			f := fields(t, page.Body)
			for _, k := range []string{"q", "store", "executor", "trigger"} {
				if f[k] != q.Get(k) {
					t.Errorf("%s: the form says %s = %q", address, k, f[k])
				}
			}
		}
		// What leads on keeps what was asked for.
		page := h.get("tasks?q=job&size=25&sort=id").is(200).has("1–25 of 60", "1 / 3")
		for _, to := range links(t, page.Body, "tasks?") {
			if u, err := url.Parse(to); err != nil || u.Query().Get("q") != "job" || u.Query().Get("size") != "25" {
				t.Errorf("%s forgets the search", to)
			}
		}
		if !slices.Contains(links(t, page.Body, "tasks?"), "tasks?page=2&q=job&size=25&sort=id") {
			t.Errorf("no link leads to the next page: %q", links(t, page.Body, "tasks?"))
		}
		// So does the form.
		if f := fields(t, h.get("tasks?state=paused&sort=id&order=desc").Body); f["state"] != "paused" || f["sort"] != "id" || f["order"] != "desc" {
			t.Errorf("the form forgets the state or the order: %v", f)
		}
		h.get("tasks?q=job").has("all 60", "scheduled 60", "paused 0")
		h.get("tasks?q=nothing-like-it").has("No task matches")
	})
}

func TestTheLastPagesOfManyTasksAreInOrderToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		var all []asyncz.NewTask
		for i := range 4500 {
			all = append(all, asyncz.NewTask{Call: asyncz.Named("cleanup", args{}), Trigger: hourly(), Options: []asyncz.TaskOption{asyncz.ID(fmt.Sprintf("job-%04d", i))}})
		}
		if _, err := h.s.AddMany(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		for address, want := range map[string][2]string{
			"tasks?sort=id&size=25&page=81":             {"job-2000", "job-2024"},
			"tasks?sort=id&size=25&page=101":            {"job-2500", "job-2524"},
			"tasks?sort=id&size=25&page=180":            {"job-4475", "job-4499"},
			"tasks?sort=id&size=25&page=999":            {"job-4475", "job-4499"},
			"tasks?sort=id&size=25&page=180&order=desc": {"job-0024", "job-0000"},
		} {
			page := h.get(address)
			ids := rows(t, page.Body)
			if ids[0] != want[0] || ids[len(ids)-1] != want[1] {
				t.Errorf("%s: from %s to %s", address, ids[0], ids[len(ids)-1])
			}
		}
		page, next := h.get("tasks?sort=id&size=25&page=81"), ""
		for _, to := range links(t, page.Body, "tasks?") {
			if u, err := url.Parse(to); err == nil && u.Query().Get("page") == "82" {
				next = to
			}
		}
		if !strings.Contains(next, "after=") {
			t.Fatalf("the next page is %q", next)
		}
		if ids := rows(t, h.get(next).is(200).has("2,026–2,050 of 4,500", "82 / 180").Body); ids[0] != "job-2025" || ids[24] != "job-2049" {
			t.Errorf("the next page is from %s to %s", ids[0], ids[24])
		}
		if ids := rows(t, h.get(strings.Replace(next, "after=", "after=x", 1)).is(200).Body); ids[0] != "job-2025" {
			t.Errorf("an address that was spoiled shows a page from %s on", ids[0])
		}
	})
}

func rangeOf(from, to int) []string {
	var ids []string
	for i := from; ; {
		ids = append(ids, fmt.Sprintf("job-%02d", i))
		switch {
		case i == to:
			return ids
		case from < to:
			i++
		default:
			i--
		}
	}
}

func TestTheHistoryIsFilteredByItsAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("good", trigger.MustEvery(time.Minute), args{})
		h.add("bad", trigger.MustEvery(time.Minute), args{Fail: "no such table"})
		h.start()
		time.Sleep(40*time.Minute + time.Second)
		count := func(address string) (good, bad int) {
			for _, n := range elements(t, h.get(address).is(200).Body) {
				if n.Data == "a" && attr(n, "class") == "title" {
					switch {
					case strings.Contains(attr(n, "href"), "id=good"):
						good++
					case strings.Contains(attr(n, "href"), "id=bad"):
						bad++
					}
				}
			}
			return good, bad
		}
		for address, want := range map[string][2]int{
			"runs?size=200":                         {40, 40},
			"runs?size=200&outcome=failed":          {0, 40},
			"runs?size=200&outcome=failures":        {0, 40},
			"runs?size=200&outcome=executed":        {40, 0},
			"runs?size=200&task=good":               {40, 0},
			"runs?size=200&since=15m":               {15, 15},
			"runs?size=200&node=" + h.s.Node():      {40, 40},
			"runs?size=200&node=nobody":             {0, 0},
			"runs?size=25&task=good&outcome=failed": {0, 0},
		} {
			if good, bad := count(address); good != want[0] || bad != want[1] {
				t.Errorf("%s: %d good and %d bad, not %v", address, good, bad, want)
			}
		}
		first := h.get("runs?size=25&task=good")
		older := links(t, first.Body, "runs?after=")
		if len(older) != 1 || !strings.Contains(older[0], "task=good") {
			t.Fatalf("links to older ones: %q", older)
		}
		if good, bad := count(older[0]); good != 15 || bad != 0 {
			t.Errorf("the next page has %d and %d", good, bad)
		}
		for _, n := range elements(t, h.get(older[0]).Body) {
			if attr(n, "id") == "live" && has(n, "data-live") {
				t.Error("a page of the past should stand still")
			}
		}
	})
}

func TestTheAuditAndTheEventsAreFilteredByTheirAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		h.add("two", hourly(), args{})
		h.post("act", "action", "pause", "pick", "id=one")
		h.user = "paul"
		h.post("act", "action", "run", "pick", "id=two")
		time.Sleep(time.Second)
		h.get("audit?who=paul").has("task.run", "two").hasNot("olga")
		h.get("audit?action=task.pause").has("olga", "one").hasNot("task.run two")
		h.get("audit?task=one").has("olga").hasNot("two")
		h.get("events?kind=task_paused").has("task paused one").hasNot("task added one")
		h.get("events?q=TWO").has("task added two").hasNot("task added one")
		h.get("events?q=nothing-like-it").has("No event matches")
	})
}

func TestTheTimelineShowsWhatIsToComeAndWhatWas(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("soon", trigger.MustEvery(10*time.Minute), args{})
		h.add("later", trigger.MustEvery(5*time.Hour), args{})
		h.add("dense", trigger.MustEvery(time.Second), args{Fail: "no"}, asyncz.Paused())
		for i := range 60 {
			h.add(fmt.Sprintf("many-%02d", i), trigger.MustEvery(4*time.Hour+time.Duration(i)*time.Second), args{})
		}
		h.start()
		time.Sleep(30*time.Minute + time.Second)
		if _, err := h.s.ResumeTask(t.Context(), "dense"); err != nil {
			t.Fatal(err)
		}
		page := h.get("timeline?hours=1").is(200).has("soon", "dense").hasNot("later", "many")
		marks := map[string]int{}
		for _, n := range elements(t, page.Body) {
			if n.Data == "rect" {
				marks[attr(n, "class")]++
			}
		}
		if marks["run ok"] != 3 || marks["fire"] < 6+100 || marks["fire"] > 6+160 {
			t.Errorf("drawn are %v", marks)
		}
		h.get("timeline?hours=6").has("20,097 fires of 63 tasks, in part: there are more", "23 further tasks in the sum above").hasNot("later")
		h.get("timeline?hours=6&q=later").has("later", "1 fire of 1 task").hasNot("dense")
		h.get("timeline?hours=7").has("next 3 hours")
	})
}
