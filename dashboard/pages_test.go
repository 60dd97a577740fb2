package dashboard_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/dashboard"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

var pages = []string{"./", "tasks", "runs", "timeline", "nodes", "stores", "events", "audit", "task-new", "task-new?as=json", "nothing"}

// hostile are names and ids that try to be more than text.
var hostile = []string{
	`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</title><script>alert(1)</script>`, `</textarea><script>alert(1)</script>`,
	`javascript:alert(1)`, `../../etc/passwd`, `a/b?c=d&e#f%2F`, `{{.User}}`, strings.Repeat("very-long-", 25), "\u202egnissap eb ot\u202c", "a\x01b\x7f\r\nSet-Cookie: x=1", "&lt;b&gt;", "näme 任务 🕰",
}

func TestEachPageShowsNoTasks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		for _, p := range pages {
			check(t, p, h.get(p))
		}
		h.get("./").has("There is no task yet", "asyncz add")
		h.get("tasks").has("There is no task yet", "asyncz add")
		h.get("runs").has("No run has ended yet")
	})
}

func TestEachPageShowsTasksAndRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("nightly", trigger.MustCron("0 2 * * *"), args{Days: 30}, asyncz.Name("Clean up"), asyncz.Metadata(map[string]string{"team": "ops"}))
		h.add("often", trigger.MustEvery(time.Second), args{})
		h.add("bad", trigger.MustEvery(time.Second), args{Fail: "no such table"})
		h.add("worse", trigger.MustEvery(time.Second), args{Fail: "panic"}, asyncz.Retry(2, asyncz.Constant(time.Second)))
		h.add("long", trigger.MustEvery(time.Second), args{Wait: true})
		h.add("held", hourly(), args{}, asyncz.Paused())
		h.start()
		time.Sleep(5500 * time.Millisecond)
		titles := map[string]string{}
		more := []string{"task?id=nightly", "task?id=held", "task?id=worse", "task-edit?id=nightly", "task-edit?id=nightly&as=json"}
		more = append(more, links(t, h.get("runs").Body, "run?")[:5]...)
		more = append(more, links(t, h.get("task?id=long").Body, "run?")[0])
		for _, p := range append(more, pages...) {
			title := check(t, p, h.get(p))
			plain, _, _ := strings.Cut(p, "&as=")
			plain, _, _ = strings.Cut(plain, "?as=")
			if other, taken := titles[title]; taken && other != plain {
				t.Errorf("%s and %s have the title %q", p, other, title)
			}
			titles[title] = plain
		}
		h.get("./").has("Next 20 fires", "Failures of the last day", "no such table")
		h.get("tasks").has("Clean up", "6")
		h.get("task?id=nightly").has("Fires at 02:00 every day, UTC.", "days = 30", "team", "ops", "Next 20 fires", `"expression": "0 2 * * *"`)
		h.get("task?id=bad").has("failed", "no such table")
		h.get("nodes").has("this one", "cleanup")
		h.get("stores").has("default", "memory", "not encrypted")
		h.get("events").has("run started", "failed")
		h.get("timeline").has("Clean up", "often")
	})
}

func TestARunShowsResultErrorStackOutputAndLog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("good", trigger.MustEvery(time.Minute), args{Days: 7})
		h.add("bad", trigger.MustEvery(time.Minute), args{Fail: "panic"})
		h.add("long", trigger.MustEvery(time.Minute), args{Wait: true})
		h.start()
		time.Sleep(time.Minute + 2*time.Second)
		h.get("run?id="+url.QueryEscape("good@2000-01-01T00:01:00Z")).is(200).has("executed", `"removed": 3`, "three files", "cleaning", "days=7")
		h.get("run?id="+url.QueryEscape("bad@2000-01-01T00:01:00Z")).is(200).has("failed", "panic: out of range", "Stack", "goroutine")
		page := h.get("run?id="+url.QueryEscape("long@2000-01-01T00:01:00Z")).is(200).has("running", "three files", "cleaning")
		for _, n := range elements(t, page.Body) {
			if attr(n, "id") == "live" && attr(n, "data-every") != "1000" {
				t.Errorf("a run in flight is read again every %q ms", attr(n, "data-every"))
			}
		}
		h.get("run?id=" + url.QueryEscape("none@2000-01-01T00:00:00Z")).is(404)
		h.get("run?id=nonsense").is(404)
		h.get("runs?after=nonsense").is(200).has("good")
		h.get("audit?after=nonsense").is(200)
		h.get("runs?store=nonsense").is(404)
		h.get("tasks?store=nonsense").is(404)
		h.get("task?id=good&store=nonsense").is(404)
	})
}

func TestNamesAreTextWhateverTheyHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		for i, name := range hostile {
			id := name
			if len(id) > 255 {
				id = id[:200]
			}
			_, err := h.s.Add(t.Context(), asyncz.Named("cleanup", args{Fail: name}), trigger.MustEvery(time.Duration(i+1)*time.Second), asyncz.ID(id), asyncz.Name(name), asyncz.Metadata(map[string]string{name: name}))
			if err != nil {
				t.Fatal(err)
			}
			h.user = "o" + name
			h.post("act", "action", "pause", "pick", url.Values{"id": {id}}.Encode()).is(303)
			h.post("act", "action", "resume", "pick", url.Values{"id": {id}}.Encode()).is(303)
		}
		h.start()
		time.Sleep(20 * time.Second)
		all := slices.Clone(pages)
		for i, name := range hostile {
			q := url.Values{"id": {name[:min(len(name), 200)]}, "q": {name}, "task": {name}, "who": {name}, "kind": {name}, "store": {""}, "outcome": {name}, "sort": {name}, "since": {name}}.Encode()
			all = append(all, "task?"+q, "task-edit?"+q)
			if i < 4 {
				all = append(all, "tasks?"+q, "runs?"+q, "timeline?"+q, "events?"+q, "audit?"+q)
			}
		}
		all = append(all, links(t, h.get("runs?size=200").Body, "run?")[:15]...)
		for _, p := range all {
			check(t, p, h.get(p))
		}
	})
}

func TestRecordsThatNobodyCanReadAreShownWithTheReason(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newBytes()
		spoil(t, s, "broken")
		spoil(t, s, hostile[0])
		h := open(t, asyncz.WithStore("default", s), asyncz.Unchecked())
		for _, p := range append(slices.Clone(pages), "task?id=broken", "tasks?state=unreadable", "task?"+url.Values{"id": {hostile[0]}}.Encode()) {
			check(t, p, h.get(p))
		}
		h.get("tasks?state=unreadable").has("broken", "unreadable")
		h.get("stores").has("broken", "Unreadable record")
		page := h.get("task?id=broken").is(200).has("can’t be read")
		if len(links(t, page.Body, "task-edit")) > 0 {
			t.Error("what can't be read can't be edited")
		}
		h.get("./").has("2 records can't be read.")
		h.post("act", "action", "remove", "pick", "id=broken", "confirmed", "1").is(303)
		if !h.gone("broken") {
			t.Error("it is still there")
		}
	})
}

// check looks at what must hold of any page, and returns its title.
func check(t *testing.T, name string, a answer) (title string) {
	t.Helper()
	if a.Code != 200 && (name != "nothing" || a.Code != 404) && a.Code != 404 {
		t.Errorf("%s: %d: %s", name, a.Code, text(a.Body))
	}
	balanced(t, name, a.Body)
	ids := map[string]bool{}
	for _, n := range elements(t, a.Body) {
		if n.Data == "title" && n.Parent.Data == "head" {
			title = n.FirstChild.Data
		}
		if n.Data == "script" && (attr(n, "src") == "" || n.FirstChild != nil) || n.Data == "style" || n.Data == "img" || n.Data == "iframe" || n.Data == "b" {
			t.Errorf("%s: an element <%s> that is not of ours", name, n.Data)
		}
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: two elements have the id %q", name, id)
			}
			ids[id] = true
		}
		for _, at := range n.Attr {
			switch {
			case strings.HasPrefix(at.Key, "on"), at.Key == "style", strings.HasPrefix(at.Key, "hx-on"):
				t.Errorf("%s: <%s %s=%q> needs a policy that allows what is written into the page", name, n.Data, at.Key, at.Val)
			case slices.Contains([]string{"href", "src", "action", "hx-get", "hx-post"}, at.Key):
				relative(t, name, at.Val)
			}
		}
	}
	if title == "" {
		t.Errorf("%s has no title", name)
	}
	return title
}

// relative checks that an address stays below the mount point.
func relative(t *testing.T, page, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(address, "/") || strings.Contains(u.Path, "..") {
		t.Errorf("%s: the address %q is not relative", page, address)
		return
	}
	if p := strings.TrimPrefix(u.Path, "./"); strings.Contains(p, "/") && !strings.HasPrefix(p, "assets/") {
		t.Errorf("%s: the address %q is deeper than a page may be", page, address)
	}
}

var void = []string{"meta", "link", "input", "br", "hr", "img", "use", "path", "circle"}

// balanced checks that each element that begins also ends, and in order.
func balanced(t *testing.T, name, page string) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		tag, _ := z.TagName()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: %q do not end", name, open)
			}
			return
		case html.StartTagToken:
			if !slices.Contains(void, string(tag)) || string(tag) == "use" {
				open = append(open, string(tag))
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != string(tag) {
				t.Errorf("%s: </%s> ends nothing; open are %q", name, tag, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

// links are the addresses in a page that begin so.
func links(t *testing.T, page, begin string) []string {
	t.Helper()
	var all []string
	for _, n := range elements(t, page) {
		if to := attr(n, "href"); strings.HasPrefix(to, begin) && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all
}

func TestEveryLinkLeadsSomewhereWhereverTheDashboardIsMounted(t *testing.T) {
	for name, mount := range map[string]func(h *house){
		"at the root":           func(*house) {},
		"below a stripped path": func(h *house) { h.base, h.handler = "/ops/tasks", http.StripPrefix("/ops/tasks", h.d) },
		"in a mux": func(h *house) {
			mux := http.NewServeMux()
			mux.Handle("/ops/", http.StripPrefix("/ops", h.d))
			h.base, h.handler = "/ops", mux
		},
		"below a path it is told": func(h *house) {
			d, err := dashboard.New(h.s, dashboard.WithPrefix("/ops/"), dashboard.WithHostAuth(func(*http.Request) (string, dashboard.Role, bool) { return "olga", dashboard.Operator, true }))
			if err != nil {
				h.t.Fatal(err)
			}
			h.t.Cleanup(func() { _ = d.Close() })
			h.base, h.handler = "/ops", d
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := open(t)
				h.add("a/b", trigger.MustEvery(time.Second), args{})
				h.start()
				time.Sleep(1500 * time.Millisecond)
				mount(h)
				seen, todo := map[string]bool{}, []string{"./"}
				for len(todo) > 0 && len(seen) < 50 {
					page := todo[0]
					todo = todo[1:]
					if seen[page] || strings.HasPrefix(page, "#") {
						continue
					}
					seen[page] = true
					a := h.get(page)
					if a.Code != 200 {
						t.Errorf("%s: %d", page, a.Code)
					}
					if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
						continue
					}
					for _, n := range elements(t, a.Body) {
						for _, key := range []string{"href", "src"} {
							if to := attr(n, key); to != "" {
								to, _, _ = strings.Cut(to, "#")
								todo = append(todo, to)
							}
						}
					}
				}
				if len(seen) < 40 {
					t.Errorf("only %d links were found", len(seen))
				}
			})
		})
	}
}

func TestTheMountPointWithoutItsSlashLeadsToTheOneWithIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.base, h.handler = "/ops", http.StripPrefix("/ops", h.d)
		r := h.send(newGet(t, "/ops"))
		if r.Code != http.StatusTemporaryRedirect || r.Header.Get("Location") != "./ops/" {
			t.Errorf("%d to %q", r.Code, r.Header.Get("Location"))
		}
	})
}

func TestAssetsMayBeKeptForGoodAndNeedNoUser(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		var assets []string
		for _, n := range elements(t, h.get("./").Body) {
			for _, key := range []string{"href", "src"} {
				if to := attr(n, key); strings.HasPrefix(to, "assets/") {
					to, _, _ = strings.Cut(to, "#")
					assets = append(assets, to)
				}
			}
		}
		h.user = ""
		for _, a := range assets {
			got := h.get(a).is(200)
			if c := got.Header.Get("Cache-Control"); c != "public, max-age=31536000, immutable" {
				t.Errorf("%s: Cache-Control %q", a, c)
			}
		}
		if len(assets) < 8 {
			t.Errorf("%d assets", len(assets))
		}
		h.get("assets/no.such.css").is(404)
		h.get("tasks").is(401)
	})
}

func TestHtmxGetsThePageWithoutItsFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.htmx = true
		a := h.get("tasks").is(200)
		if strings.Contains(a.Body, "<html") || !strings.Contains(a.Body, `id="live"`) {
			t.Error(a.Body)
		}
		if a.Header.Get("Vary") != "HX-Request" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", a.Header)
		}
	})
}

// down is a store that can be taken away.
type down struct {
	bytesOnly
	gone atomic.Bool
}

var errDown = errors.New("connection refused")

func (d *down) All(ctx context.Context) iter.Seq2[store.Record, error] {
	if d.gone.Load() {
		return func(yield func(store.Record, error) bool) { yield(store.Record{}, errDown) }
	}
	return d.bytesOnly.All(ctx)
}

func (d *down) Get(ctx context.Context, id string) (store.Record, error) {
	if d.gone.Load() {
		return store.Record{}, errDown
	}
	return d.bytesOnly.Get(ctx, id)
}

func TestPagesShowWhatIsKnownWhileAStoreIsDown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gone := &down{bytesOnly: newBytes()}
		h := open(t, asyncz.WithStore("default", memstore.New()), asyncz.WithStore("far", gone))
		h.add("here", hourly(), args{})
		h.add("there", hourly(), args{}, asyncz.InStore("far"))
		h.get("tasks").is(200).has("here", "there").hasNot("does not answer")
		gone.gone.Store(true)
		time.Sleep(time.Minute)
		h.get("tasks") // has it looked at anew
		time.Sleep(time.Minute)
		for _, p := range []string{"./", "tasks", "stores", "timeline", "nodes", "runs", "events", "audit"} {
			check(t, p, h.get(p))
		}
		h.get("tasks").is(200).has("here", "does not answer", "connection refused")
		h.get("./").is(200).has("does not answer", "connection refused")
		gone.gone.Store(false)
	})
}
