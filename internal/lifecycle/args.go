package lifecycle

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Args are the arguments of a task: a Go value, its JSON form, or both. Only a
// task in a live store may have the value alone.
type Args struct {
	JSON  json.RawMessage
	Value any
}

// Raw returns the JSON form, "{}" for none.
func (a Args) Raw() (json.RawMessage, error) {
	switch {
	case a.JSON != nil:
		return a.JSON, nil
	case a.Value == nil:
		return json.RawMessage("{}"), nil
	}
	return json.Marshal(a.Value)
}

// Equal reports whether two arguments are the same in their JSON forms.
func (a Args) Equal(b Args) bool {
	x, errx := a.Raw()
	y, erry := b.Raw()
	if errx != nil || erry != nil {
		return false
	}
	if bytes.Equal(x, y) {
		return true
	}
	var u, v any
	return json.Unmarshal(x, &u) == nil && json.Unmarshal(y, &v) == nil && reflect.DeepEqual(u, v)
}
