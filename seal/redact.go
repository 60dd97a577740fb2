package seal

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

var (
	_ fmt.Formatter  = (*Ring)(nil)
	_ slog.LogValuer = (*Ring)(nil)
	_ json.Marshaler = (*Ring)(nil)
)

// String names the keys by their ids, the one that seals first.
func (r *Ring) String() string {
	if r == nil {
		return "seal.Ring(no key)"
	}
	ids := make([]string, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id.String()
	}
	return "seal.Ring(" + strings.Join(ids, " ") + ")"
}

// GoString is String.
func (r *Ring) GoString() string { return r.String() }

// Format writes String for every verb: without it, verbs such as %x and %d would
// print the fields.
func (r *Ring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is String.
func (r *Ring) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON writes String.
func (r *Ring) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }
