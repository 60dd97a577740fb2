package cli

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/go-asyncz/asyncz/trigger"
)

// A when holds the flags that say when a task fires.
type when struct {
	cron, interval, at, json, timezone, startAt, endAt, jitter string
	onShutdown                                                 bool
}

func (w *when) flags(fs *pflag.FlagSet) {
	fs.StringVar(&w.cron, "cron", "", "fire at the times of a cron `expression`, such as '0 2 * * *' or '@daily'")
	fs.StringVar(&w.interval, "interval", "", "fire each time so much time has passed: a `duration` such as 30s, 1h30m or 1d")
	fs.StringVar(&w.at, "at", "", "fire once, at this `time`: 2027-01-31T09:00:00, with or without an offset; now; or +10m")
	fs.BoolVar(&w.onShutdown, "on-shutdown", false, "fire when the scheduler stops")
	fs.StringVar(&w.json, "trigger", "", "fire by a trigger in its `JSON` form: see docs/triggers.md")
	fs.StringVar(&w.timezone, "timezone", "", "the time zone of the times and of the expression, as an IANA `name`")
	fs.StringVar(&w.startAt, "start-at", "", "never fire before this `time`")
	fs.StringVar(&w.endAt, "end-at", "", "never fire after this `time`")
	fs.StringVar(&w.jitter, "jitter", "", "fire late by a random time of at most this `duration`")
}

// kinds returns the names of the given flags that are a trigger by themselves.
func (w *when) kinds(fs *pflag.FlagSet) []string {
	var given []string
	for _, name := range []string{"cron", "interval", "at", "on-shutdown", "trigger"} {
		if fs.Changed(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

const oneTrigger = "one of --cron, --interval, --at, --on-shutdown and --trigger"

// parse returns the trigger that the flags describe, or nil when there is no such flag.
func (w *when) parse(fs *pflag.FlagSet, now time.Time) (trigger.Trigger, error) {
	kinds := w.kinds(fs)
	if len(kinds) > 1 {
		return nil, usagef("%s are given; give %s", strings.Join(kinds, " and "), oneTrigger)
	}
	for _, name := range []string{"timezone", "start-at", "end-at", "jitter"} {
		if fs.Changed(name) && (len(kinds) == 0 || !w.goesWith(name, kinds[0])) {
			return nil, usagef("--%s goes with %s", name, map[bool]string{true: "--cron, --interval and --at", false: "--cron and --interval"}[name == "timezone"])
		}
	}
	if len(kinds) == 0 {
		return nil, nil
	}
	form, err := w.form(kinds[0], now)
	if err != nil {
		return nil, err
	}
	t, err := trigger.Parse(form)
	if err != nil {
		return nil, usagef("%s: %w", kinds[0], err)
	}
	return t, nil
}

func (w *when) goesWith(name, kind string) bool {
	return kind == "--cron" || kind == "--interval" || kind == "--at" && name == "timezone"
}

// form writes the JSON form of the trigger.
func (w *when) form(kind string, now time.Time) ([]byte, error) {
	zone, err := w.zone()
	if err != nil {
		return nil, err
	}
	form := map[string]any{}
	switch kind {
	case "--trigger":
		return []byte(w.json), nil
	case "--on-shutdown":
		form["type"] = "shutdown"
	case "--at":
		at, err := parseTime("--at", w.at, zone, now)
		if err != nil {
			return nil, err
		}
		form["type"], form["run_at"] = "date", at.Format(time.RFC3339Nano)
	case "--cron":
		form["type"], form["expression"] = "cron", w.cron
		if w.timezone != "" {
			form["timezone"] = w.timezone
		}
	case "--interval":
		every, err := parseDuration("--interval", w.interval)
		if err != nil {
			return nil, err
		}
		if every <= 0 {
			return nil, usagef("--interval: %s is not above zero", w.interval)
		}
		form["type"], form["seconds"] = "interval", every.Seconds()
	}
	if err := w.bounds(form, zone, now); err != nil {
		return nil, err
	}
	return json.Marshal(form)
}

// bounds adds start, end and jitter.
func (w *when) bounds(form map[string]any, zone *time.Location, now time.Time) error {
	for _, b := range []struct{ flag, key, text string }{{"--start-at", "start_at", w.startAt}, {"--end-at", "end_at", w.endAt}} {
		if b.text == "" {
			continue
		}
		at, err := parseTime(b.flag, b.text, zone, now)
		if err != nil {
			return err
		}
		form[b.key] = at.Format(time.RFC3339Nano)
	}
	if w.jitter != "" {
		d, err := parseDuration("--jitter", w.jitter)
		if err != nil {
			return err
		}
		form["jitter"] = d.Seconds()
	}
	return nil
}

// zone is the time zone that times without an offset are in.
func (w *when) zone() (*time.Location, error) {
	switch w.timezone {
	case "":
		return time.Local, nil
	case "Local":
		return nil, usagef("--timezone: %q is not the same everywhere; write an IANA name such as Europe/Zurich", w.timezone)
	}
	zone, err := time.LoadLocation(w.timezone)
	if err != nil {
		return nil, usagef("--timezone: unknown time zone %q; write an IANA name such as Europe/Zurich or UTC", w.timezone)
	}
	return zone, nil
}

var timeLayouts = []string{
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

func parseTime(flag, text string, zone *time.Location, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if later, ok := strings.CutPrefix(text, "+"); ok {
		d, err := parseDuration(flag, later)
		return now.Add(d), err
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%s: %q is not a time; write 2027-01-31T09:00:00, 2027-01-31T09:00:00+01:00, now or +10m", flag, text)
}

// parseDuration reads a duration of Go, or one in days (d) or weeks (w).
func parseDuration(flag, text string) (time.Duration, error) {
	for unit, size := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		number, ok := strings.CutSuffix(text, unit)
		if n, err := strconv.ParseFloat(number, 64); ok && err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n * float64(size)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, usagef("%s: %q is not a duration; write a number with a unit, such as 30s, 1h30m, 2d or 1w", flag, text)
	}
	return d, nil
}
