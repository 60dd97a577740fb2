package asyncz

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// A listed task is what filters and orders look at.
type listed struct {
	ID       string        `json:"i"`
	Store    string        `json:"s"`
	Title    string        `json:"n,omitempty"`
	State    ScheduleState `json:"c,omitempty"`
	Next     time.Time     `json:"d,omitzero"`
	Executor string        `json:"x,omitempty"`
	Trigger  string        `json:"t,omitempty"` // its type
	text     string        // what a text is looked for in, in lower case
}

func (t Task) listed() listed {
	l := listed{ID: t.ID, Store: t.Store, Title: cmp.Or(t.Name, t.Function, t.ID), State: t.State, Next: t.NextRunTime, Executor: t.Executor}
	words := []string{t.ID, t.Name, t.Function, string(t.Kwargs)}
	if t.Trigger != nil {
		l.Trigger = t.Trigger.Type()
		words = append(words, t.Trigger.String())
	}
	l.text = strings.ToLower(strings.Join(words, "\n"))
	return l
}

// sortKeys are the orders in which tasks can be shown. Those that are equal
// stand by id, then by store.
var sortKeys = map[string]func(a, b *listed) int{
	"id":             func(a, b *listed) int { return 0 },
	"name":           func(a, b *listed) int { return cmp.Compare(a.Title, b.Title) },
	"next_run_time":  func(a, b *listed) int { return compareTimes(a.Next, b.Next) },
	"schedule_state": func(a, b *listed) int { return cmp.Compare(a.State, b.State) },
	"executor":       func(a, b *listed) int { return cmp.Compare(a.Executor, b.Executor) },
	"store":          func(a, b *listed) int { return cmp.Compare(a.Store, b.Store) },
	"trigger":        func(a, b *listed) int { return cmp.Compare(a.Trigger, b.Trigger) },
}

// SortKeys returns the names by which a Filter can sort.
func SortKeys() []string { return slices.Sorted(maps.Keys(sortKeys)) }

// order returns how the filter sorts.
func (f Filter) order() func(a, b *listed) int {
	by := sortKeys[f.Sort]
	return func(a, b *listed) int {
		c := by(a, b)
		if c == 0 {
			c = cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Store, b.Store))
		}
		if f.Reverse {
			return -c
		}
		return c
	}
}

// lets reports whether the filter lets a task through, whatever its state.
func (f Filter) lets(l *listed) bool {
	return (f.Store == "" || l.Store == f.Store) &&
		(f.Executor == "" || l.Executor == f.Executor) &&
		(f.Trigger == "" || l.Trigger == f.Trigger) &&
		(f.Text == "" || strings.Contains(l.text, f.Text))
}

// compareTimes puts no time last.
func compareTimes(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
