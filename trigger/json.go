package trigger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// maxDepth is how deep triggers may nest.
const maxDepth = 16

// Parse reads the JSON form of a trigger: an object whose "type" is one of
// [Types], and whose other keys are those of that type. It and MarshalJSON are
// each other's inverse. A key that the type does not have, or has twice, is an
// error; one whose value is null counts as left out.
func Parse(data []byte) (Trigger, error) { return parse(data, 1) }

func parse(data []byte, depth int) (Trigger, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("triggers are nested deeper than %d", maxDepth)
	}
	o, err := readObject(data)
	if err != nil {
		return nil, fmt.Errorf("trigger: %w", err)
	}
	o.depth = depth
	typ := o.text("type")
	switch {
	case o.err != nil:
		return nil, fmt.Errorf("trigger: %w", o.err)
	case typ == "":
		return nil, fmt.Errorf(`trigger: "type" is missing; the types are %s`, strings.Join(Types(), ", "))
	}
	t, err := parseType(typ, o, data)
	if err != nil {
		return nil, fmt.Errorf("%s trigger: %w", typ, err)
	}
	return t, nil
}

func parseType(typ string, o *object, data []byte) (Trigger, error) {
	switch typ {
	case "date":
		return parseDate(o)
	case "interval":
		return parseInterval(o)
	case "cron":
		return parseCron(o)
	case "and":
		return parseCombined(o, And)
	case "or":
		return parseCombined(o, Or)
	case "shutdown":
		return Shutdown(), o.done()
	}
	custom, ok := registered(typ)
	if !ok {
		return nil, fmt.Errorf("the type is not known; the types are %s", strings.Join(Types(), ", "))
	}
	return custom(data)
}

// Equal tells whether two triggers have the same JSON form.
func Equal(a, b Trigger) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
