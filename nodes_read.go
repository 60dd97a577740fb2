package asyncz

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// UnmarshalJSON reads what MarshalJSON writes. Of Err only the text is left.
func (n *Node) UnmarshalJSON(b []byte) error {
	type plain Node
	j := struct {
		*plain
		Age   lifecycle.Seconds  `json:"age"`
		Skew  *lifecycle.Seconds `json:"skew"`
		Error string             `json:"error"`
	}{plain: (*plain)(n)}
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	n.Age, n.Skew, n.Err = time.Duration(j.Age), (*time.Duration)(j.Skew), told(j.Error)
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes. Of Err only the text is left.
func (n *NodeStore) UnmarshalJSON(b []byte) error {
	type plain NodeStore
	j := struct {
		*plain
		Age   lifecycle.Seconds  `json:"age"`
		Lease lifecycle.Seconds  `json:"lease"`
		Skew  *lifecycle.Seconds `json:"skew"`
		Error string             `json:"error"`
	}{plain: (*plain)(n)}
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	n.Age, n.Lease, n.Skew, n.Err = time.Duration(j.Age), time.Duration(j.Lease), (*time.Duration)(j.Skew), told(j.Error)
	return nil
}

// told is the error of which a reason is left.
func told(reason string) error {
	if reason == "" {
		return nil
	}
	return errors.New(reason)
}
