package trigger

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// combined is what and and or have in common.
type combined struct {
	triggers []Trigger
	depth    int
}

func combine(typ string, triggers []Trigger) (combined, error) {
	if len(triggers) == 0 {
		return combined{}, fmt.Errorf("%s: there are no triggers to combine", typ)
	}
	c := combined{triggers: append([]Trigger(nil), triggers...), depth: 2}
	for i, t := range triggers {
		switch t := t.(type) {
		case nil:
			return combined{}, fmt.Errorf("%s: trigger %d is nil", typ, i+1)
		case shutdown:
			return combined{}, fmt.Errorf("%s: trigger %d is shutdown, which has no instants to combine", typ, i+1)
		case *and:
			c.depth = max(c.depth, t.depth+1)
		case *or:
			c.depth = max(c.depth, t.depth+1)
		}
	}
	if c.depth > maxDepth {
		return combined{}, fmt.Errorf("%s: triggers are nested deeper than %d", typ, maxDepth)
	}
	return c, nil
}

// anchor returns the triggers with their series fixed, and whether any changed.
func (c *combined) anchor(added time.Time) (combined, bool) {
	if c.anchored() {
		return *c, false
	}
	fixed := combined{depth: c.depth}
	for _, t := range c.triggers {
		if a, ok := t.(Anchorer); ok {
			t = a.Anchor(added)
		}
		fixed.triggers = append(fixed.triggers, t)
	}
	return fixed, true
}

// anchored tells whether all series are known to be fixed.
func (c *combined) anchored() bool {
	for _, t := range c.triggers {
		switch t := t.(type) {
		case *and:
			if !t.anchored() {
				return false
			}
		case *or:
			if !t.anchored() {
				return false
			}
		case *interval:
			if t.start.IsZero() {
				return false
			}
		case Anchorer:
			return false
		}
	}
	return true
}

// Jitter is the longest delay that one of the triggers has.
func (c *combined) Jitter() (longest time.Duration) {
	for _, t := range c.triggers {
		if j, ok := t.(Jitterer); ok {
			longest = max(longest, j.Jitter())
		}
	}
	return longest
}

// ends returns the ends of the triggers, zero for those that have none.
func (c *combined) ends() []time.Time {
	ends := make([]time.Time, len(c.triggers))
	for i, t := range c.triggers {
		if j, ok := t.(Jitterer); ok {
			ends[i] = j.End()
		}
	}
	return ends
}

func (c *combined) sentence(between string) string {
	var parts []string
	for _, t := range c.triggers {
		s := t.String()
		switch t.(type) {
		case *and, *or:
			s = "(" + s + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, between)
}

func (c *combined) write(typ string) ([]byte, error) {
	forms, err := json.Marshal(c.triggers)
	if err != nil {
		return nil, err
	}
	w := newWriter(typ)
	w.raw("triggers", forms)
	return w.bytes(), nil
}

func parseCombined(o *object, combine func(...Trigger) (Trigger, error)) (Trigger, error) {
	var forms []json.RawMessage
	o.read("triggers", &forms, "a list of triggers")
	if err := o.done("triggers"); err != nil {
		return nil, err
	}
	if !o.has("triggers") {
		return nil, errors.New("triggers is missing: the list of what to combine")
	}
	triggers := make([]Trigger, 0, len(forms))
	for i, form := range forms {
		t, err := parse(form, o.depth+1)
		if err != nil {
			return nil, fmt.Errorf("triggers[%d]: %w", i, err)
		}
		triggers = append(triggers, t)
	}
	return combine(triggers...)
}

// maxSteps bounds how many instants of its triggers an and looks at in one
// search, those of nested ones included.
const maxSteps = 100_000

// next is Trigger.Next under a bound, which nested triggers share.
func next(t Trigger, prev, now time.Time, steps *int) (time.Time, bool) {
	switch t := t.(type) {
	case *and:
		return t.search(prev, now, steps)
	case *or:
		return t.search(prev, now, steps)
	}
	*steps--
	return t.Next(prev, now)
}
