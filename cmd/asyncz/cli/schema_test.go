package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

// schema compiles our schema, which also holds it against that of its draft.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(configSchema))
	must(t, err)
	c := jsonschema.NewCompiler()
	must(t, c.AddResource("config.json", doc))
	s, err := c.Compile("config.json")
	must(t, err)
	return s
}

// validate holds a text of YAML against the schema, as an editor does.
func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var value any
	must(t, yaml.Unmarshal([]byte(text), &value))
	form, err := json.Marshal(value)
	must(t, err)
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(form))
	must(t, err)
	return s.Validate(plain)
}

// accepted tells what the program says of a configuration: of its form, its
// executors and its tasks, in stores in memory.
func accepted(t *testing.T, text string) error {
	t.Helper()
	c, err := parseConfig([]byte(text), "x.yaml")
	if err != nil {
		return err
	}
	for alias, config := range c.Stores {
		p, err := placeOf(alias, config)
		if err != nil {
			return err
		}
		if !slices.Contains(store.Aliases(), p.kind) {
			return errors.New("there is no such store")
		}
		c.Stores[alias] = "memory:"
	}
	opts, err := c.Options()
	if err != nil {
		return err
	}
	s, err := asyncz.New(t.Context(), append(opts, asyncz.WithFunctions(functions()), asyncz.WithEncryptionKey(""))...)
	if err != nil {
		return err
	}
	defer func() { must(t, s.Shutdown(context.Background())) }()
	_, err = s.AddConfigured(t.Context(), c)
	return err
}

// examplesOfConfig are the configurations in the manual, the examples and the scripts.
func examplesOfConfig(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	glob := func(pattern string, read func(name string, text []byte)) {
		t.Helper()
		names, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			must(t, err)
			read(name, text)
		}
	}
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")
	top := regexp.MustCompile(`(?m)^(` + strings.Join(configKeys, "|") + `):`)
	glob("../../../docs/*.md", func(name string, text []byte) {
		for _, m := range blocks.FindAllStringSubmatch(string(text), -1) {
			if top.MatchString(m[1]) {
				all[name+"\n"+m[1]] = m[1]
			}
		}
	})
	glob("../../../examples/*.yaml", func(name string, text []byte) { all[name] = string(text) })
	glob("testdata/*/*.txtar", func(name string, text []byte) {
		for _, f := range txtar.Parse(text).Files {
			if strings.HasSuffix(f.Name, ".yaml") {
				config := strings.NewReplacer("${STORE}", "memory:", "${SERVER}", "http://127.0.0.1").Replace(string(f.Data))
				all[name+" "+f.Name] = config
			}
		}
	})
	return all
}

// What the program takes, an editor must not mark as wrong.
func TestTheSchemaTakesEachExampleThatTheProgramTakes(t *testing.T) {
	t.Parallel()
	s, taken := schema(t), 0
	for name, text := range examplesOfConfig(t) {
		if err := accepted(t, text); err != nil {
			continue
		}
		taken++
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if taken < 8 {
		t.Errorf("only %d examples were found", taken)
	}
}

func TestTheSchemaTakesWhatTheProgramTakes(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for _, text := range []string{
		`{}`,
		`{stores: null, tasks: null, executors: null}`,
		`{lease: 30, heartbeat: "10s", poll: 0.5, wait: "1m30s", history: {age: 720h, rows: 0}}`,
		`{history: {off: true}}`,
		`{executors: {default: {type: pool, max_workers: 3, queue: 0}, in: {type: debug}, many: {type: goroutine, limit: 5}}}`,
		`{task_defaults: {max_instances: 2, mistrigger_grace_time: 300, coalesce: false, retry: {attempts: 3, delay: 1, backoff: exponential, max_delay: 60}}}`,
		task(`command: [echo], trigger: {type: cron, minute: 5, hour: "9-17", day_of_week: mon-fri, timezone: Europe/Zurich, jitter: 5, gap: skip, fold: both}`),
		task(`command: [echo], trigger: {type: cron, expression: "0 0 12 ? * 6L", dialect: quartz, timezone: UTC, start_at: 2030-01-31, end_at: "2031-01-31 09:00"}`),
		task(`command: [echo], trigger: {type: interval, weeks: 1, minutes: 0.5, start_at: 2030-01-31T09:00:00+01:00}`),
		task(`command: [echo], trigger: {type: date, run_at: 2030-01-31T09:00:00.5Z}`),
		task(`command: [echo], trigger: {type: or, triggers: [{type: interval, hours: 1}, {type: and, triggers: [{type: cron, hour: 9}, {type: cron, minute: 0}]}]}`),
		task(`command: [echo], trigger: {type: shutdown}`),
		task(`shell: "echo a", dir: /tmp, env: {A: b}, stdin: x, kill_after: 1.5, on_lost: skip, paused: true, replace_existing: false, store: default, metadata: {a: b}, ` + hourly),
		task(`http: {url: "https://example.org", method: POST, headers: {A: b}, body: x, expect_status: 200-204, timeout: 5}, name: N, catch_up: 5, timeout: 1m, ` + hourly),
	} {
		if err := accepted(t, text); err != nil {
			t.Errorf("the program refuses %s: %v", text, err)
		}
		if err := validate(t, s, text); err != nil {
			t.Errorf("the schema refuses %s: %v", text, err)
		}
	}
}

const hourly = "trigger: {type: interval, hours: 1}"

func task(fields string) string { return "tasks: [{id: x, " + fields + "}]" }

func TestTheSchemaRefusesWhatTheProgramRefuses(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for _, text := range []string{
		`{tusks: []}`,
		`{stores: []}`,
		`{executors: {default: pool}}`,
		`{executors: {default: {type: thread}}}`,
		`{executors: {default: {type: pool, limit: 3}}}`,
		`{executors: {default: {type: debug, limit: 3}}}`,
		`{lease: soon}`,
		`{history: {days: 3}}`,
		`{history: {age: -1}}`,
		`{tasks: {}}`,
		`{tasks: [x]}`,
		`{task_defaults: {max_instances: 0}, tasks: [{id: x, command: [echo], ` + hourly + `}]}`,
		`{task_defaults: {colour: red}}`,
		`tasks: [{command: [echo], ` + hourly + `}]`,
		task(hourly),
		task(`command: [echo]`),
		task(`command: [echo], shell: echo, ` + hourly),
		task(`command: echo, ` + hourly),
		task(`command: [], ` + hourly),
		task(`command: [sleep, 5], ` + hourly),
		task(`command: [echo], kwargs: {}, ` + hourly),
		task(`function: f, dir: /tmp, ` + hourly),
		task(`http: {url: "ftp://x"}, ` + hourly),
		task(`http: {method: GET}, ` + hourly),
		task(`http: {url: "http://x", colour: red}, ` + hourly),
		task(`command: [echo], timeut: 5, ` + hourly),
		task(`command: [echo], timeout: -5, ` + hourly),
		task(`command: [echo], max_instances: 1001, ` + hourly),
		task(`command: [echo], catch_up: 0, ` + hourly),
		task(`command: [echo], coalesce: "often", ` + hourly),
		task(`command: [echo], on_lost: weep, ` + hourly),
		task(`command: [echo], retry: {attempts: 2, backoff: linear}, ` + hourly),
		task(`command: [echo], retry: {tries: 2}, ` + hourly),
		task(`command: [echo], metadata: {declared_in: x}, ` + hourly),
		task(`command: [echo], metadata: {n: 5}, ` + hourly),
		task(`command: [echo], trigger: {type: moon}`),
		task(`command: [echo], trigger: {minutes: 5}`),
		task(`command: [echo], trigger: {type: interval}`),
		task(`command: [echo], trigger: {type: interval, minute: 5}`),
		task(`command: [echo], trigger: {type: interval, minutes: -5}`),
		task(`command: [echo], trigger: {type: cron, minutes: "5"}`),
		task(`command: [echo], trigger: {type: cron, expression: "* * * * *", minute: 5}`),
		task(`command: [echo], trigger: {type: cron, minute: 5, dialect: quartz}`),
		task(`command: [echo], trigger: {type: cron, minute: 5, timezone: Local}`),
		task(`command: [echo], trigger: {type: cron, minute: 5, gap: jump}`),
		task(`command: [echo], trigger: {type: date}`),
		task(`command: [echo], trigger: {type: date, run_at: tomorrow}`),
		task(`command: [echo], trigger: {type: or, triggers: []}`),
		task(`command: [echo], trigger: {type: or, triggers: [{type: moon}]}`),
		task(`command: [echo], trigger: {type: shutdown, at: now}`),
	} {
		if accepted(t, text) == nil {
			t.Errorf("the program takes %s", text)
		}
		if validate(t, s, text) == nil {
			t.Errorf("the schema takes %s", text)
		}
	}
}

// Drivers know their keys, and name them when there is an unknown one.
func TestTheSchemaKnowsTheKeysOfEachKindOfStoreAndExecutor(t *testing.T) {
	t.Parallel()
	var form struct {
		Definitions map[string]struct {
			Properties map[string]struct{ Enum []string }
			AllOf      []struct {
				If struct {
					Properties map[string]struct{ Enum []string }
				}
				Then struct {
					Ref string `json:"$ref"`
				}
			}
		}
	}
	dec := json.NewDecoder(strings.NewReader(strings.ReplaceAll(configSchema, `"type": true`, `"type": {}`)))
	must(t, dec.Decode(&form))
	keysOf := func(definition, kind string) string {
		for _, one := range form.Definitions[definition].AllOf {
			if slices.Contains(one.If.Properties["type"].Enum, kind) {
				keys := slices.Sorted(maps.Keys(form.Definitions[strings.TrimPrefix(one.Then.Ref, "#/definitions/")].Properties))
				return strings.Join(slices.DeleteFunc(keys, func(k string) bool {
					return k == "type" || definition == "store_keys" && slices.Contains([]string{"codec", "pickle_protocol", "namespace"}, k)
				}), ", ")
			}
		}
		return "nothing is known of it"
	}
	known := regexp.MustCompile(`known keys are (.*)$`)
	compare := func(definition, kind string, fault error, never ...string) {
		t.Helper()
		want := ""
		if m := known.FindStringSubmatch(fault.Error()); m != nil {
			want = strings.Join(slices.DeleteFunc(strings.Split(m[1], ", "), func(k string) bool { return slices.Contains(never, k) }), ", ")
		}
		if got := keysOf(definition, kind); got != want {
			t.Errorf("%s %s: the schema has %s\nand the program %s", definition, kind, got, want)
		}
	}
	for _, kind := range store.Aliases() {
		_, err := store.Open(t.Context(), map[string]any{"type": kind, "no such key": 1})
		compare("store_keys", kind, err, "client") // a Go value
	}
	for _, kind := range executor.Aliases() {
		_, err := executor.New(map[string]any{"type": kind, "no such key": 1})
		compare("executor", kind, err)
	}
	for definition, kinds := range map[string][]string{"store_keys": store.Aliases(), "executor": executor.Aliases(), "trigger": trigger.Types()} {
		if got := form.Definitions[definition].Properties["type"].Enum; !slices.Equal(got, slices.Sorted(slices.Values(kinds))) {
			t.Errorf("%s: the schema has %q and the program %q", definition, got, kinds)
		}
	}
}
