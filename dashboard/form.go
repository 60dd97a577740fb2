package dashboard

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-asyncz/asyncz"
)

// A taskForm is a task as the texts of a form's fields, or as JSON.
type taskForm struct {
	As   string // "fields" or "json"
	JSON string

	ID, Name, Store, Function, Kwargs, Executor   string
	Kind                                          string // of the trigger: cron, interval, date, json
	Cron, CronZone, Every, Unit, RunAt, DateZone  string
	TriggerJSON                                   string
	Grace, Timeout, MaxInstances, Coalesce, Pause string
}

// timeUnits are the keys of an interval.
var timeUnits = []string{"seconds", "minutes", "hours", "days", "weeks"}

func readForm(v url.Values) taskForm {
	get := func(k string) string { return strings.TrimSpace(v.Get(k)) }
	f := taskForm{
		As: get("as"), JSON: v.Get("json"),
		ID: v.Get("id"), Name: v.Get("name"), Store: get("store"), Function: get("function"), Kwargs: get("kwargs"), Executor: get("executor"),
		Kind: get("kind"), Cron: get("cron"), CronZone: get("cron_zone"), Every: get("every"), Unit: get("unit"), RunAt: get("run_at"), DateZone: get("date_zone"),
		TriggerJSON: get("trigger_json"),
		Grace:       get("grace"), Timeout: get("timeout"), MaxInstances: get("max_instances"), Coalesce: get("coalesce"), Pause: get("paused"),
	}
	if f.As != "json" {
		f.As = "fields"
	}
	return f
}

// newForm is the form of a task that is to be added.
func newForm() taskForm {
	return taskForm{As: "fields", Kwargs: "{}", Executor: asyncz.DefaultAlias, Kind: "cron", Cron: "0 2 * * *", Every: "5", Unit: "minutes", MaxInstances: "1", Coalesce: "true",
		JSON: `{
  "id": "nightly",
  "function": "",
  "kwargs": {},
  "trigger": {"type": "cron", "expression": "0 2 * * *"}
}`}
}

// formOf is the form of a task that is there.
func formOf(t asyncz.Task, def definition) taskForm {
	f := newForm()
	f.ID, f.Name, f.Store, f.Function, f.Executor = t.ID, t.Name, t.Store, t.Function, t.Executor
	f.JSON, f.Kwargs = editable(def).String(), pretty(def["kwargs"])
	if def["kwargs"] == nil {
		f.Kwargs = "{}"
	}
	f.Grace, f.Timeout = plain(def["mistrigger_grace_time"]), plain(def["timeout"])
	f.MaxInstances, f.Coalesce = strconv.Itoa(t.MaxInstances), strconv.FormatBool(t.Coalesce)
	f.readTrigger(def["trigger"])
	return f
}

// editable is a definition without what can't be changed.
func editable(def definition) definition {
	e := definition{}
	for k, v := range def {
		if k != "id" {
			e[k] = v
		}
	}
	return e
}

// plain is a number or text of JSON without its quotes; "" for null, 0 and none.
func plain(raw json.RawMessage) string {
	s := strings.Trim(string(raw), `"`)
	if s == "null" || s == "0" {
		return ""
	}
	return s
}

// readTrigger fills the fields of the trigger's kind, if the fields can say all
// that it says, and otherwise the one for JSON.
func (f *taskForm) readTrigger(raw json.RawMessage) {
	f.Kind, f.TriggerJSON = "json", pretty(raw)
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return
	}
	text := func(k string) string { s, _ := m[k].(string); return s }
	only := func(keys ...string) bool {
		n := 1 // type
		for _, k := range keys {
			if _, ok := m[k]; ok {
				n++
			}
		}
		return n == len(m)
	}
	switch m["type"] {
	case "cron":
		if only("expression", "timezone") && text("expression") != "" {
			f.Kind, f.Cron, f.CronZone = "cron", text("expression"), text("timezone")
		}
	case "date":
		if only("run_at", "timezone") {
			f.Kind, f.RunAt, f.DateZone = "date", text("run_at"), text("timezone")
		}
	case "interval":
		for _, unit := range timeUnits {
			if n, ok := m[unit].(float64); ok && only(unit) {
				f.Kind, f.Every, f.Unit = "interval", strconv.FormatFloat(n, 'f', -1, 64), unit
			}
		}
	}
}

// trigger is the trigger that the fields say.
func (f taskForm) trigger() (json.RawMessage, error) {
	t := map[string]any{"type": f.Kind}
	set := func(k, v string) {
		if v != "" {
			t[k] = v
		}
	}
	switch f.Kind {
	case "cron":
		t["expression"] = f.Cron
		set("timezone", f.CronZone)
	case "date":
		t["run_at"] = f.RunAt
		set("timezone", f.DateZone)
	case "interval":
		n, err := strconv.ParseFloat(f.Every, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: every: %q is not a number", errBadForm, f.Every)
		}
		unit := f.Unit
		if unit == "" {
			unit = "minutes"
		}
		t[unit] = n
	case "json":
		if !json.Valid([]byte(f.TriggerJSON)) {
			return nil, fmt.Errorf("%w: trigger: this is not JSON", errBadForm)
		}
		return json.RawMessage(f.TriggerJSON), nil
	default:
		return nil, fmt.Errorf("%w: trigger: unknown kind %q", errBadForm, f.Kind)
	}
	return json.Marshal(t)
}

// definition is what the form says, whole.
func (f taskForm) definition() (definition, error) {
	if f.As == "json" {
		d, err := parseDefinition([]byte(f.JSON))
		if err != nil {
			return nil, fmt.Errorf("%w: the definition is not a JSON object: %w", errBadForm, err)
		}
		return d, nil
	}
	trigger, err := f.trigger()
	if err != nil {
		return nil, err
	}
	d := definition{"trigger": trigger, "function": quote(f.Function), "name": quote(f.Name)}
	if f.ID != "" {
		d["id"] = quote(f.ID)
	}
	if d["kwargs"], err = object(f.Kwargs); err != nil {
		return nil, err
	}
	for key, text := range map[string]string{"mistrigger_grace_time": f.Grace, "timeout": f.Timeout, "max_instances": f.MaxInstances} {
		switch {
		case text != "":
			d[key] = numberOrText(text)
		default:
			d[key] = leftOut[key]
		}
	}
	if d["executor"] = quote(f.Executor); f.Executor == "" {
		d["executor"] = leftOut["executor"]
	}
	d["coalesce"] = json.RawMessage(strconv.FormatBool(f.Coalesce != "false"))
	return d, nil
}

// keepID writes the id that a preview has given to a task into the form, so that
// what is added is what was shown, and is added once.
func (f *taskForm) keepID(def definition, id string) {
	f.ID = id
	if f.As == "json" {
		def["id"] = quote(id)
		f.JSON = def.String()
	}
}

// changesFrom returns what the form changes of a task: of fields those whose text
// is another one than that of the task's own form.
func (f taskForm) changesFrom(t asyncz.Task, def definition) (definition, error) {
	mine, err := f.definition()
	if err != nil {
		return nil, err
	}
	if f.As == "json" {
		return changes(editable(def), mine), nil
	}
	was := formOf(t, def)
	before, err := was.definition()
	if err != nil {
		return nil, err
	}
	c := definition{}
	for k, v := range mine {
		if k != "id" && !sameJSON(before[k], v) {
			c[k] = v
		}
	}
	return c, nil
}

func quote(s string) json.RawMessage {
	body, _ := json.Marshal(s) // a string
	return body
}

func object(s string) (json.RawMessage, error) {
	if s == "" {
		s = "{}"
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return nil, fmt.Errorf("%w: arguments: this is not a JSON object: %w", errBadForm, err)
	}
	return json.RawMessage(s), nil
}

// numberOrText writes a number as one and all else as a text, so that "1m30s" can
// be said too.
func numberOrText(s string) json.RawMessage {
	if json.Valid([]byte(s)) && strings.Trim(s, "0123456789.-") == "" {
		return json.RawMessage(s)
	}
	return quote(s)
}
