package client

import (
	"encoding/json"
	"fmt"

	"github.com/go-asyncz/asyncz"
)

// A description is one of a task, and what it says beside the definition.
type description struct {
	id      string
	replace bool
	body    []byte
}

// describe puts into a description what the options say, and takes out what is
// said by the method of the request.
func describe(text []byte, opts []asyncz.TaskOption) (description, error) {
	ch, err := asyncz.ChoiceOf(opts...)
	if err != nil {
		return description{}, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return description{}, fmt.Errorf("%w: not a JSON object: %w", asyncz.ErrTask, err)
	}
	d := description{replace: ch.Replace}
	var replace bool
	for key, into := range map[string]any{"replace_existing": &replace, "id": &d.id} {
		if raw, ok := fields[key]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return description{}, fmt.Errorf("%w: %s: %s does not fit", asyncz.ErrTask, key, raw)
			}
		}
	}
	d.replace = d.replace || replace
	delete(fields, "replace_existing")
	if ch.Paused {
		fields["paused"] = json.RawMessage("true")
	}
	d.body, err = json.Marshal(fields)
	return d, err
}
