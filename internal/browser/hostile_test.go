package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz"
)

// What somebody may name a task to harm who looks at it.
var hostile = []string{
	`<script>window.harmed = 1</script>`,
	`"><img src=x onerror="window.harmed=1">`,
	`' onmouseover='window.harmed=1' x='`,
	`javascript:window.harmed=1`,
	`{{constructor.constructor('window.harmed=1')()}}`,
	`</textarea></pre></title><svg onload=window.harmed=1>`,
	"right\u202eto left\u2066 and isolated",
	`a/../b?c=d&e#f%2e%2e+g;h`,
	strings.Repeat("long-", 50),
	"日本語 \u202e 🚀 é",
}

func TestHostileNamesAndOutputsAreOnlyText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	evil, fails := strings.Join(hostile, "\n"), registerEvil(s.fs)
	for _, name := range hostile {
		s.add(fails.With(evilArgs{evil}), name, asyncz.Name(name), asyncz.Metadata(map[string]string{name: name}))
		s.do(name)
	}
	p := s.visit("tasks?size=200", desktop)
	p.wait("all names are listed as they are", fmt.Sprintf(`(() => { const all = [...document.querySelectorAll(%s)].map(e => e.textContent); return %s.every(n => all.includes(n)) })()`, quote(titles), quoteAll(hostile)))
	fits(p)
	links := eval[[]string](p, fmt.Sprintf(`[...document.querySelectorAll(%s)].map(e => e.getAttribute("href"))`, quote(titles)))
	if len(links) != len(hostile) {
		t.Fatalf("there are %d links to tasks", len(links))
	}
	for _, link := range links {
		p.open(link)
		p.wait("the page is that of one of them", quoteAll(hostile)+`.includes(document.querySelector("h1").textContent)`)
		fits(p)
		p.open(strings.Replace(link, "task?", "task-edit?", 1))
		p.wait("its name is in the form", quoteAll(hostile)+`.includes(control("Name").value)`)
		p.open(link)
		p.click("#live .grid21 tbody a", "")
		p.at("run?")
		p.wait("its error is there as it is", fmt.Sprintf(`document.querySelector("#error").textContent.includes(%s)`, quote(evil)))
		p.wait("its output is there as it is", fmt.Sprintf(`document.querySelector("pre.output").textContent.includes(%s)`, quote(evil)))
		fits(p)
	}
	for _, page := range []string{"", "runs", "timeline", "events", "audit", "stores", "nodes"} {
		p.open(page)
		p.see("h1", "")
		fits(p)
	}
	p.open("tasks?size=200")
	for _, name := range hostile[:3] {
		p.press(fmt.Sprintf(`[...document.querySelectorAll("#live tbody tr")].find(r => r.querySelector("a.title").textContent === %s).querySelector("button[title=Remove]")`, quote(name)))
		p.wait("it is asked for by its name", fmt.Sprintf(`document.querySelector("dialog[open]").textContent.includes(%s)`, quote(name)))
		p.click("dialog[open] button", "Remove")
		p.wait("it is gone", fmt.Sprintf(`![...document.querySelectorAll(%s)].some(e => e.textContent === %s)`, quote(titles), quote(name)))
	}
}

// fits checks that nothing has run, and that nothing is wider than the screen or
// its card.
func fits(p *page) {
	p.t.Helper()
	if eval[bool](p, `window.harmed !== undefined`) {
		p.t.Fatalf("a name has become a script at %s", eval[string](p, "location.href"))
	}
	if over := eval[float64](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		p.t.Errorf("%s is %v pixels wider than the screen", eval[string](p, "location.href"), over)
	}
	if out := eval[[]string](p, spilled); len(out) > 0 {
		p.t.Errorf("at %s these stand out of their card: %q", eval[string](p, "location.href"), out)
	}
}

// spilled are the elements that reach beyond the right edge of the card that they
// stand in.
const spilled = `(() => { ` + helpers + ` return [...document.querySelectorAll(".card")].flatMap(c => [...c.querySelectorAll("*")].filter(e => {
	if (!shown(e) || e.getBoundingClientRect().right <= c.getBoundingClientRect().right + 1) return false;
	for (let a = e.parentElement; a !== c.parentElement; a = a.parentElement) if (getComputedStyle(a).overflowX !== "visible") return false;
	return true;
}).map(e => e.tagName + " " + written(e).slice(0, 60))).slice(0, 5) })()`

func quoteAll(list []string) string {
	var quoted []string
	for _, s := range list {
		quoted = append(quoted, quote(s))
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

type evilArgs struct {
	Text string `json:"text"`
}

func registerEvil(fs *asyncz.Functions) asyncz.Func[evilArgs, any] {
	return asyncz.RegisterIn(fs, "<i>evil</i>", func(ctx context.Context, a evilArgs) (any, error) {
		asyncz.Logger(ctx).Error(a.Text, "attr", a.Text)
		fmt.Fprint(asyncz.RunOutput(ctx), a.Text)
		return nil, errors.New(a.Text)
	})
}
