package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/go-asyncz/asyncz"
)

// configKeys are the keys of the configuration file.
var configKeys = []string{"stores", "executors", "task_defaults", "tasks", "lease", "heartbeat", "poll", "wait", "history"}

// readConfig reads a YAML file. What it says of tasks is in the form of
// [asyncz.Scheduler.AddJSON] afterwards.
func readConfig(file string) (c asyncz.Config, text []byte, err error) {
	text, err = os.ReadFile(file)
	if err != nil {
		return c, nil, fmt.Errorf("--config: %w", err)
	}
	if c, err = parseConfig(text, file); err != nil {
		return c, nil, usagef("--config %s: %w", file, err)
	}
	return c, text, nil
}

func parseConfig(text []byte, file string) (c asyncz.Config, err error) {
	var fields map[string]any
	if err := yaml.Unmarshal(text, &fields); err != nil {
		return c, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(configKeys, key) {
			return c, fmt.Errorf("unknown key %q; known keys are %s", key, list(configKeys))
		}
	}
	// Stores and executors keep the numbers of YAML: as JSON they would all be
	// floating-point ones.
	if c.Stores, err = mapping(fields, "stores"); err != nil {
		return c, err
	}
	if c.Executors, err = executors(fields); err != nil {
		return c, err
	}
	delete(fields, "stores")
	delete(fields, "executors")
	if err := plainTasks(fields, file); err != nil {
		return c, err
	}
	form, err := json.Marshal(fields)
	if err != nil {
		return c, err
	}
	var rest asyncz.Config
	dec := json.NewDecoder(bytes.NewReader(form))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rest); err != nil {
		return c, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	rest.Stores, rest.Executors = c.Stores, c.Executors
	_, err = declarations(rest)
	return rest, err
}

func mapping(fields map[string]any, key string) (map[string]any, error) {
	value, given := fields[key]
	m, ok := value.(map[string]any)
	if given && value != nil && !ok {
		return nil, fmt.Errorf("%s: it must be a mapping with aliases as its keys", key)
	}
	return m, nil
}

func executors(fields map[string]any) (map[string]map[string]any, error) {
	all, err := mapping(fields, "executors")
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]any{}
	for alias, value := range all {
		m, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("executors.%s: it must be a mapping, such as {type: pool, max_workers: 4}", alias)
		}
		out[alias] = m
	}
	return out, nil
}

// plainTasks writes command, shell and http of each task as function and kwargs.
func plainTasks(fields map[string]any, file string) error {
	value, given := fields["tasks"]
	tasks, ok := value.([]any)
	if given && value != nil && !ok {
		return errors.New("tasks: it must be a list")
	}
	for i, t := range tasks {
		task, ok := t.(map[string]any)
		if !ok {
			return fmt.Errorf("tasks[%d]: it must be a mapping", i)
		}
		err := plainTask(task)
		if err == nil {
			err = declare(task, file)
		}
		if err != nil {
			if id, ok := task["id"].(string); ok {
				return fmt.Errorf("tasks[%d] %q: %w", i, id, err)
			}
			return fmt.Errorf("tasks[%d]: %w", i, err)
		}
	}
	return nil
}

// besideCommand are the keys of a task that go with command and shell.
var besideCommand = []string{"dir", "env", "stdin", "kill_after"}

func plainTask(task map[string]any) error {
	var found []string
	for _, key := range []string{"command", "shell", "http", "function"} {
		if _, ok := task[key]; ok {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("it must have one of command, shell, http and function; it has %d", len(found))
	}
	kind := found[0]
	if kind == "function" {
		return checkForm(task)
	}
	if _, ok := task["kwargs"]; ok {
		return fmt.Errorf("kwargs goes with function, not with %s", kind)
	}
	value := task[kind]
	delete(task, kind)
	if kind == "http" {
		task["function"], task["kwargs"] = httpFunction, value
		return checkForm(task)
	}
	kwargs := map[string]any{"argv": value}
	if kind == "shell" {
		kwargs = map[string]any{"argv": []any{value}, "shell": defaultShell()}
	}
	for _, key := range besideCommand {
		if v, ok := task[key]; ok {
			kwargs[key] = v
			delete(task, key)
		}
	}
	task["function"], task["kwargs"] = commandFunction, kwargs
	return checkForm(task)
}

// checkForm looks closer at the arguments of "command" and "http".
func checkForm(task map[string]any) error {
	function, _ := task["function"].(string)
	kwargs, err := json.Marshal(task["kwargs"])
	if err != nil {
		return err
	}
	if task["kwargs"] == nil {
		kwargs = nil
	}
	return checkCall(function, kwargs)
}
