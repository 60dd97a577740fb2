package form

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// As is a value of the type T whose form is F.
type As[T, F any] struct{ Value T }

// Plain is the value, which is written without the detour by MarshalJSON where the
// whole body is one.
func (a As[T, F]) Plain() any { return a.Value }

// MarshalJSON writes the value.
func (a As[T, F]) MarshalJSON() ([]byte, error) { return json.Marshal(a.Value) }

// Schema implements huma.SchemaProvider.
func (As[T, F]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[F](), true, "")
}

// Of wraps a value.
func Of[F, T any](v T) As[T, F] { return As[T, F]{v} }

// A Text is a body whose form is F, as it came: package asyncz reads it.
type Text[F any] struct{ JSON json.RawMessage }

// UnmarshalJSON takes the body as it is.
func (t *Text[F]) UnmarshalJSON(b []byte) error {
	t.JSON = bytes.Clone(b)
	return nil
}

// Schema implements huma.SchemaProvider.
func (Text[F]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[F](), true, "")
}

// Field returns a field that is a text; "" if it is not there.
func (t Text[F]) Field(name string) string {
	var fields map[string]json.RawMessage
	var text string
	if json.Unmarshal(t.JSON, &fields) == nil {
		_ = json.Unmarshal(fields[name], &text) // its form has been checked
	}
	return text
}
