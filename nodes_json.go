package asyncz

import (
	"encoding/json"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// MarshalJSON writes durations as seconds, and beside the fields why they are empty.
func (n Node) MarshalJSON() ([]byte, error) {
	type plain Node
	n.Executors, n.Functions = append([]NodeExecutor{}, n.Executors...), append([]string{}, n.Functions...)
	return json.Marshal(struct {
		plain
		Age   lifecycle.Seconds  `json:"age"`
		Skew  *lifecycle.Seconds `json:"skew"`
		Error string             `json:"error,omitempty"`
	}{plain(n), lifecycle.Seconds(n.Age), (*lifecycle.Seconds)(n.Skew), reason(n.Err)})
}

// MarshalJSON writes durations as seconds, and beside the fields why they are empty.
func (n NodeStore) MarshalJSON() ([]byte, error) {
	type plain NodeStore
	return json.Marshal(struct {
		plain
		Age   lifecycle.Seconds  `json:"age"`
		Lease lifecycle.Seconds  `json:"lease"`
		Skew  *lifecycle.Seconds `json:"skew"`
		Error string             `json:"error,omitempty"`
	}{plain(n), lifecycle.Seconds(n.Age), lifecycle.Seconds(n.Lease), (*lifecycle.Seconds)(n.Skew), reason(n.Err)})
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
