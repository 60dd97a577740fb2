package dashboard

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// sentences tell a task's definition in words, a sentence a promise.
func sentences(t asyncz.Task, retry retryForm) []string {
	var s []string
	if t.Trigger != nil {
		s = append(s, "Fires "+t.Trigger.String()+".")
	}
	call := "Calls " + t.Function
	if args := arguments(t.Kwargs); args != "" {
		call += " with " + args
	}
	s = append(s, call+", on executor "+t.Executor+".")
	if t.GraceTime > 0 {
		s = append(s, "A fire more than "+duration(t.GraceTime)+" late is missed.")
	} else {
		s = append(s, "A late fire runs, however late it is.")
	}
	if t.Coalesce {
		s = append(s, "Several fires that are due at once become one run.")
	} else {
		s = append(s, fmt.Sprintf("Several fires that are due at once run one after the other, at most the last %d.", t.CatchUp))
	}
	s = append(s, "At most "+plural(t.MaxInstances, "run")+" at a time, over all nodes.")
	if t.Timeout > 0 {
		s = append(s, "An attempt is given "+duration(t.Timeout)+".")
	}
	if t.Attempts > 1 {
		s = append(s, fmt.Sprintf("A failed run is tried up to %d times in all%s.", t.Attempts, retry.wait()))
	}
	if retry.OnLost == "skip" {
		s = append(s, "A run whose node has died is given up.")
	} else {
		s = append(s, "A run whose node has died is run again.")
	}
	return s
}

// A retryForm is what of a task's form stands in no field of [asyncz.Task].
type retryForm struct {
	Retry struct {
		Delay    json.RawMessage `json:"delay"`
		Backoff  string          `json:"backoff"`
		MaxDelay json.RawMessage `json:"max_delay"`
	} `json:"retry"`
	OnLost string `json:"on_lost"`
}

func (r retryForm) wait() string {
	delay := strings.Trim(string(r.Retry.Delay), `"`)
	if delay == "" || delay == "0" {
		return ""
	}
	if strings.Trim(delay, "0123456789.") == "" {
		delay += " s"
	}
	if r.Retry.Backoff == "exponential" {
		return ", waiting " + delay + " and then twice as long each time"
	}
	return ", waiting " + delay + " between"
}

// arguments tells a call's arguments in one line.
func arguments(kwargs json.RawMessage) string {
	var m map[string]json.RawMessage
	if json.Unmarshal(kwargs, &m) != nil || len(m) == 0 {
		return ""
	}
	var parts []string
	for _, k := range sortedKeys(m) {
		parts = append(parts, k+" = "+shorten(80, string(m[k])))
	}
	return shorten(300, strings.Join(parts, ", "))
}

// zoneOf returns the time zone that a trigger, or the first of its children that
// has one, names.
func zoneOf(t trigger.Trigger) string {
	if t == nil {
		return ""
	}
	body, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	return zoneIn(body)
}

func zoneIn(form json.RawMessage) string {
	var f struct {
		Timezone string            `json:"timezone"`
		Triggers []json.RawMessage `json:"triggers"`
	}
	if json.Unmarshal(form, &f) != nil {
		return ""
	}
	for _, child := range f.Triggers {
		if f.Timezone != "" {
			break
		}
		f.Timezone = zoneIn(child)
	}
	return f.Timezone
}
