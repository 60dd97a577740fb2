package dashboard

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz"
)

// A definition is a task in the form of AddJSON, by its keys.
type definition map[string]json.RawMessage

// definitionKeys are those that have a place of their own when a definition is
// shown; others follow by name.
var definitionKeys = []string{"id", "name", "function", "kwargs", "trigger", "executor", "mistrigger_grace_time", "coalesce",
	"catch_up", "max_instances", "timeout", "retry", "on_lost", "metadata"}

// besides are keys of a task's JSON that are no part of its definition.
var besides = []string{"store", "schedule_state", "next_run_time", "runs", "last_run", "version", "error", "paused", "anchor"}

func definitionOf(t asyncz.Task) (definition, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	d, err := parseDefinition(body)
	for _, k := range besides {
		delete(d, k)
	}
	return d, err
}

func parseDefinition(body []byte) (definition, error) {
	var d definition
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, err
	}
	return d, nil
}

func (d definition) keys() []string {
	place := func(k string) int {
		if i := slices.Index(definitionKeys, k); i >= 0 {
			return i
		}
		return len(definitionKeys)
	}
	keys := slices.Collect(maps.Keys(d))
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b)) })
	return keys
}

// String writes the definition as indented JSON, its keys in order.
func (d definition) String() string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range d.keys() {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(k) // a string
		b.Write(name)
		b.WriteByte(':')
		b.Write(d[k])
	}
	b.WriteByte('}')
	return pretty(b.Bytes())
}

// A difference is a key of a definition whose value has changed.
type difference struct {
	Key, Before, After string
}

// differences returns what has changed, in the order of the keys.
func differences(before, after definition) []difference {
	all := definition{}
	maps.Copy(all, before)
	maps.Copy(all, after)
	var ds []difference
	for _, k := range all.keys() {
		if !sameJSON(before[k], after[k]) {
			ds = append(ds, difference{k, value(before[k]), value(after[k])})
		}
	}
	return ds
}

func value(raw json.RawMessage) string {
	if raw == nil {
		return "not set"
	}
	return pretty(raw)
}

func sameJSON(a, b json.RawMessage) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return bytes.Equal(canonical(a), canonical(b))
}

// canonical writes JSON anew, with the keys of objects in order and numbers as
// they were.
func canonical(raw json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	body, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return body
}

// leftOut are the values that a key goes back to when it is taken out of a
// definition.
var leftOut = definition{
	"name": json.RawMessage(`""`), "kwargs": json.RawMessage(`{}`), "executor": json.RawMessage(`"default"`),
	"mistrigger_grace_time": json.RawMessage(`0`), "coalesce": json.RawMessage(`true`), "catch_up": json.RawMessage(`100`),
	"max_instances": json.RawMessage(`1`), "timeout": json.RawMessage(`0`), "retry": json.RawMessage(`{"attempts":1}`),
	"on_lost": json.RawMessage(`"rerun"`), "metadata": json.RawMessage(`{}`),
}

// changes returns what turns one definition into another, in the form of
// UpdateTaskJSON.
func changes(before, after definition) definition {
	c := definition{}
	for k, v := range after {
		if !sameJSON(before[k], v) {
			c[k] = v
		}
	}
	for k := range before {
		if _, ok := after[k]; ok {
			continue
		}
		if reset, ok := leftOut[k]; ok && !sameJSON(before[k], reset) {
			c[k] = reset
		}
	}
	return c
}

func sortedKeys(m map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(m)) }
