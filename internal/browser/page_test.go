package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// bound ends what hangs. It says nothing of how long things take: a machine under
// load may need most of it.
var bound = 2 * time.Minute

// A look is the screen and the preferences of who looks.
type look struct {
	Width, Height int64
	Phone         bool
	Dark          bool
	Zone          string
}

var desktop = look{Width: 1280, Height: 800, Zone: "Europe/Zurich"}

// A page is a tab of the browser.
type page struct {
	t    testing.TB
	ctx  context.Context
	base string
	*complaints
	patience time.Duration // the bound of what is done now
}

// visit opens a tab with cookies of its own and shows an address below base in it.
func visit(t testing.TB, base, address string, l look) *page {
	t.Helper()
	return tab(t, browserContext(t), base, address, l, chromedp.WithNewBrowserContext())
}

// another opens a tab that shares the cookies of p.
func (p *page) another(address string, l look) *page {
	p.t.Helper()
	return tab(p.t, p.ctx, p.base, address, l)
}

func tab(t testing.TB, parent context.Context, base, address string, l look, options ...chromedp.ContextOption) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, base: base, complaints: newComplaints(), patience: bound}
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	// The first command makes the tab, which lives as long as its context.
	p.check("open a tab", chromedp.Listen(ctx, p.hear))
	p.do("set up the tab", func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.Width, Height: l.Height, DeviceScaleFactor: 1, Mobile: l.Phone})
		_, err2 := chromedp.Call(ctx, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: l.Phone})
		_, err3 := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		_, err4 := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: l.Zone})
		// Each tab is to behave as the one in front.
		_, err5 := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return errors.Join(err, err2, err3, err4, err5, p.watch(ctx))
	})
	t.Cleanup(p.verdict)
	p.open(address)
	return p
}

// verdict fails the test for what the page complained of.
func (p *page) verdict() {
	for _, c := range p.all() {
		p.t.Errorf("the page complained: %s", c)
	}
	if p.t.Failed() {
		p.keep("failed")
	}
}

// open shows an address below the base, and waits until it has loaded.
func (p *page) open(address string) {
	p.t.Helper()
	p.do("open "+address, func(ctx context.Context) error { return chromedp.Do(ctx, chromedp.Navigate(p.base+address)) })
	p.loaded()
}

// loaded waits until a page has loaded, scripts included.
func (p *page) loaded() {
	p.t.Helper()
	p.wait("the page has loaded", `document.readyState === "complete"`)
}

// do runs commands of the browser, in bounded time.
func (p *page) do(what string, f func(context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.patience)
	defer cancel()
	p.check(what, f(ctx))
}

func (p *page) check(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v; the page shows:\n%s", what, err, p.text())
	}
}

// eval returns the value of an expression in the page.
func eval[T any](p *page, expression string) (v T) {
	p.t.Helper()
	p.do(expression, func(ctx context.Context) (err error) {
		v, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression))
		return err
	})
	return v
}

// helpers are functions that expressions may use. Elements are found as people
// find them: only those that are visible, and by their text.
const helpers = `
const shown = e => { const r = e.getBoundingClientRect(), s = getComputedStyle(e); return r.width > 0 && r.height > 0 && s.visibility !== "hidden" && s.display !== "none"; };
const written = e => (e.innerText || e.textContent || "").replace(/\s+/g, " ").trim();
const said = e => e.getAttribute("aria-label") || written(e);
const find = (css, text) => [...document.querySelectorAll(css)].find(e => shown(e) && (said(e).includes(text) || written(e).includes(text)));
const control = text => { const l = [...document.querySelectorAll("label")].find(l => shown(l) && said(l).startsWith(text)); return l && l.control; };
`

// wait waits until an expression is true in the page, whatever pages come and go
// meanwhile. The page looks at each change of its document, and ten times a
// second for what changes without.
func (p *page) wait(what, expression string) {
	p.t.Helper()
	await[any](p, what, expression)
}

// await is wait that returns the value of the expression, once it is true.
func await[T any](p *page, what, expression string) (v T) {
	p.t.Helper()
	script := `new Promise(done => { ` + helpers + `
	let timer, observer;
	const look = () => { let v = false; try { v = (` + expression + `) } catch (e) { } if (v) { clearInterval(timer); observer.disconnect(); done(v instanceof Node ? true : v); } };
	observer = new MutationObserver(look);
	observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
	timer = setInterval(look, 100); look(); })`
	p.do("wait until "+what+": "+expression, func(ctx context.Context) (err error) {
		for {
			v, err = chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
			if err == nil || ctx.Err() != nil {
				return err
			}
			// Another page came, and the promise went with the old one.
		}
	})
	return v
}

// see waits until an element is visible whose text holds text.
func (p *page) see(css, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("there is %q in %s", text, css), fmt.Sprintf("find(%s, %s)", quote(css), quote(text)))
}

// gone waits until there is no such element.
func (p *page) gone(css, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("there is no %q in %s", text, css), fmt.Sprintf("!find(%s, %s)", quote(css), quote(text)))
}

// at waits until the address of the page holds text.
func (p *page) at(text string) {
	p.t.Helper()
	p.wait("the address holds "+text, fmt.Sprintf(`document.readyState === "complete" && location.href.includes(%s)`, quote(text)))
}

// click clicks on the element, with the mouse, in its middle, when it is there and
// nothing covers it.
func (p *page) click(css, text string) {
	p.t.Helper()
	p.press(fmt.Sprintf("find(%s, %s)", quote(css), quote(text)))
}

func (p *page) press(expression string) {
	p.t.Helper()
	// A place on which the element is in two frames in a row, on a page whose scripts
	// have begun: before that a form is sent as without scripts.
	spot := `(() => { if (document.readyState !== "complete") return false; const e = ` + expression + `; if (!e || e.disabled) return false; e.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
	const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
	if (!top || !(e.contains(top) || top.contains(e) && top.matches("label, a, button"))) return false;
	const same = window.spot && window.spot.e === e && window.spot.x === x && window.spot.y === y; window.spot = {e, x, y}; return same && [x, y]; })()`
	at := await[[]float64](p, "it can be clicked on", spot)
	p.do("click", func(ctx context.Context) error {
		return chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1]))
	})
}

// fill writes a text into the field with a label, in place of what it holds.
func (p *page) fill(label, text string) {
	p.t.Helper()
	p.press(fmt.Sprintf("control(%s)", quote(label)))
	p.wait("the field has the focus", fmt.Sprintf(`document.activeElement === control(%s) && (document.activeElement.select(), true)`, quote(label)))
	p.insert(text)
}

// insert writes a text where the focus is.
func (p *page) insert(text string) {
	p.t.Helper()
	if text == "" {
		p.keys("\b")
		return
	}
	p.do("write "+text, func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// choose takes an option of the list with a label. The list itself is the system's
// and can't be driven, so it is done as the system does it.
func (p *page) choose(label, value string) {
	p.t.Helper()
	p.wait("the option is there", fmt.Sprintf(`control(%s) && [...control(%s).options].some(o => o.value === %s)`, quote(label), quote(label), quote(value)))
	eval[bool](p, fmt.Sprintf(`(() => { %s const c = control(%s); c.value = %s; c.dispatchEvent(new Event("input", {bubbles: true})); c.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`, helpers, quote(label), quote(value)))
}

// keys presses keys one after the other. A key that writes is one event, as of a
// real keyboard, so that a page that takes the key for itself leaves no letter.
func (p *page) keys(keys string) {
	p.t.Helper()
	p.wait("the scripts of the page have begun", `document.readyState === "complete"`)
	p.do("press keys", func(ctx context.Context) error {
		for _, r := range keys {
			events := kb.Encode(r)
			text := ""
			for _, e := range events {
				text += map[input.DispatchKeyEventType]string{input.DispatchKeyEventTypeChar: e.Text}[e.Type]
			}
			for _, e := range events {
				if e.Type == input.DispatchKeyEventTypeChar {
					continue
				}
				if e.Type != input.DispatchKeyEventTypeKeyUp && text != "" {
					e.Type, e.Text = input.DispatchKeyEventTypeKeyDown, text
				}
				if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, *e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// text is all that the page shows, for errors.
func (p *page) text() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return fmt.Sprintf("(nothing: %v)", err)
	}
	return text
}

// keep writes a picture of the page to the artifacts of the test.
func (p *page) keep(name string) {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture of the page: %v", err)
		return
	}
	file := filepath.Join(p.t.ArtifactDir(), name+".png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		p.t.Logf("no picture of the page: %v", err)
	}
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string
	return string(text)
}

// words are the elements' texts, for comparisons.
func words(p *page, css string) []string {
	p.t.Helper()
	return strings.Split(eval[string](p, `(() => { `+helpers+` return [...document.querySelectorAll(`+quote(css)+`)].filter(shown).map(said).join("\n"); })()`), "\n")
}
