package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz"
)

// funcs are what templates call beside the built-in functions.
func (d *Dashboard) funcs() template.FuncMap {
	return template.FuncMap{
		"asset": d.assets.link,
		"icon":  d.icon,

		"relative": func(t time.Time) template.HTML { return timeTag(t, "relative", "") },
		"exact":    func(t time.Time) template.HTML { return timeTag(t, "exact", "") },
		"clock":    func(t time.Time) template.HTML { return timeTag(t, "clock", "") },
		"minute":   func(t time.Time) template.HTML { return timeTag(t, "minute", "") },
		"short":    func(t time.Time) template.HTML { return timeTag(t, "short", "") },
		"zoned":    zoned,
		"wall":     wall,
		"duration": duration,
		"number":   number,
		"plural":   plural,
		"state":    func(s asyncz.ScheduleState) template.HTML { return dot(stateLook[s], string(s)) },
		"outcome":  func(o asyncz.Outcome) template.HTML { return dot(outcomeLook[o], words(string(o))) },
		"dot":      dot,
		"words":    words,
		"pretty":   pretty,
		"shorten":  shorten,
		"taskLink": taskLink,
		"editLink": editLink,
		"runLink":  runLink,
		"pick":     pick,
		"title":    title,
		"seconds":  func(t time.Duration) string { return strconv.FormatFloat(t.Seconds(), 'f', -1, 64) },
		"dict":     dict,
	}
}

func (d *Dashboard) icon(name string) (template.HTML, error) {
	sprite, err := d.assets.link("icons.svg")
	if err != nil {
		return "", err
	}
	//nolint:gosec // both parts are constants of ours
	return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` + sprite + `#` + name + `"></use></svg>`), nil
}

// timeTag writes a time as UTC, which the script turns into the viewer's zone.
func timeTag(t time.Time, show, zone string) template.HTML {
	if t.IsZero() {
		return `<span class="muted">–</span>`
	}
	t = t.UTC()
	layout := "2006-01-02 15:04:05 UTC"
	switch show {
	case "clock":
		layout = "15:04:05 UTC"
	case "minute":
		layout = "15:04"
	}
	attr := ""
	if zone != "" {
		attr = ` data-zone="` + template.HTMLEscapeString(zone) + `"`
	}
	//nolint:gosec // digits, constants, and what was escaped
	return template.HTML(`<time datetime="` + t.Format("2006-01-02T15:04:05.000Z") + `" data-show="` + show + `"` + attr + `>` + t.Format(layout) + `</time>`)
}

// zoned tells a time as the clocks of a task's zone show it; nothing if the zone
// is unknown or UTC.
func zoned(t time.Time, zone string) string {
	if text := wall(t, zone); text != "" {
		return text + " " + zone
	}
	return ""
}

// wall is zoned without the name of the zone.
func wall(t time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || t.IsZero() {
		return ""
	}
	return t.In(loc).Format("Mon 15:04:05")
}

// duration tells how long something took to about three digits.
func duration(d time.Duration) string {
	if d < 0 {
		return "−" + duration(-d)
	}
	three := func(f float64, unit string) string {
		s := strconv.FormatFloat(f, 'f', max(0, 2-int(math.Log10(max(1, f)))), 64)
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s + " " + unit
	}
	switch {
	case d == 0:
		return "0 s"
	case d < time.Millisecond:
		return three(float64(d)/1e3, "µs")
	case d < time.Second:
		return three(float64(d)/1e6, "ms")
	case d < time.Minute:
		return three(d.Seconds(), "s")
	case d < time.Hour:
		return joinSpans(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	case d < 48*time.Hour:
		return joinSpans(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	}
	return joinSpans(int(d.Hours())/24, "d", int(d.Hours())%24, "h")
}

func joinSpans(a int, unitA string, b int, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}

// number writes a count with its thousands apart.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + one + "s"
}

// words turns a name of JSON into words.
func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// How states look: the class of their dot, which stands beside the word.
var (
	stateLook = map[asyncz.ScheduleState]string{
		asyncz.StateScheduled: "ok", asyncz.StatePending: "idle", asyncz.StatePaused: "off", asyncz.StateUnreadable: "bad",
	}
	outcomeLook = map[asyncz.Outcome]string{
		asyncz.Executed: "ok", asyncz.Failed: "bad", asyncz.Abandoned: "bad", asyncz.Lost: "bad", asyncz.LostLease: "warn",
		asyncz.Missed: "warn", asyncz.Retrying: "warn", asyncz.MaxInstancesReached: "warn", asyncz.Coalesced: "idle", asyncz.Cancelled: "off",
	}
)

func dot(look, word string) template.HTML {
	//nolint:gosec // escaped
	return template.HTML(`<span class="st ` + template.HTMLEscapeString(look) + `"><i></i><span>` + template.HTMLEscapeString(word) + `</span></span>`)
}

// pretty indents JSON; what is none it returns as it is.
func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

func shorten(n int, s string) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// title is what a task is called by people.
func title(t asyncz.Task) string {
	if t.Name != "" {
		return t.Name
	}
	return t.ID
}

// dict makes a map for a template that is given several things.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d values", len(pairs))
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}
