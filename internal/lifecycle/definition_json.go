package lifecycle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/trigger"
)

// definitionJSON is the form in which a definition is kept, configured and
// shown. What is left out has its default.
type definitionJSON struct {
	ID           string            `json:"id"`
	Name         *string           `json:"name,omitempty"`
	Func         string            `json:"function"`
	Args         json.RawMessage   `json:"kwargs,omitempty"`
	Trigger      json.RawMessage   `json:"trigger"`
	Executor     string            `json:"executor"`
	Grace        *Seconds          `json:"mistrigger_grace_time,omitempty"`
	Coalesce     *bool             `json:"coalesce,omitempty"`
	CatchUp      *int              `json:"catch_up,omitempty"`
	MaxInstances *int              `json:"max_instances,omitempty"`
	Timeout      *Seconds          `json:"timeout,omitempty"`
	Retry        *retryJSON        `json:"retry,omitempty"`
	OnLost       OnLost            `json:"on_lost,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
}

type retryJSON struct {
	Attempts int     `json:"attempts"`
	Delay    Seconds `json:"delay,omitzero"`
	Backoff  string  `json:"backoff,omitempty"`
	MaxDelay Seconds `json:"max_delay,omitzero"`
}

// MarshalJSON writes the whole definition, defaults included.
func (d *Definition) MarshalJSON() ([]byte, error) {
	if d.encoded != nil {
		return *d.encoded, nil
	}
	args, err := d.Args.Raw()
	if err != nil {
		return nil, fmt.Errorf("arguments of the task %q: %w", d.ID, err)
	}
	when, err := d.Trigger.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("trigger of the task %q: %w", d.ID, err)
	}
	w := newDocument(256 + len(args) + len(when))
	w.Open('{')
	w.Text("id", d.ID)
	w.TextIfAny("name", d.Name)
	w.Text("function", d.Func)
	if len(args) > 0 {
		w.Value("kwargs", args)
	}
	w.Value("trigger", json.RawMessage(when))
	w.Text("executor", d.Executor)
	w.secondsIfAny("mistrigger_grace_time", d.Grace)
	w.Bool("coalesce", d.Coalesce)
	w.Int("catch_up", d.CatchUp)
	w.Int("max_instances", d.MaxInstances)
	w.secondsIfAny("timeout", d.Timeout)
	if d.Retry != (Retry{}) {
		w.Value("retry", d.Retry.form())
	}
	w.TextIfAny("on_lost", string(d.OnLost))
	if len(d.Metadata) > 0 {
		w.Value("metadata", d.Metadata)
	}
	w.Close('}')
	return w.Bytes()
}

func (r Retry) form() retryJSON {
	j := retryJSON{r.Attempts, Seconds(r.Delay), "constant", Seconds(r.MaxDelay)}
	if r.Exponential {
		j.Backoff = "exponential"
	}
	return j
}

// UnmarshalJSON reads the form that MarshalJSON writes. What it does not say
// keeps the value that d had before, so that defaults are set by the caller.
func (d *Definition) UnmarshalJSON(b []byte) error {
	var j definitionJSON
	if !scanDefinition(b, false, &j) {
		j = definitionJSON{}
		if err := strict(b, &j); err != nil {
			return err
		}
	}
	return d.apply(&j)
}

func (d *Definition) apply(j *definitionJSON) error {
	d.encoded = nil
	for _, s := range []struct{ to, from *string }{{&d.ID, &j.ID}, {&d.Func, &j.Func}, {&d.Executor, &j.Executor}, {(*string)(&d.OnLost), (*string)(&j.OnLost)}} {
		if *s.from != "" {
			*s.to = *s.from
		}
	}
	if j.Args != nil {
		d.Args = Args{JSON: j.Args}
	}
	if j.Trigger != nil {
		t, err := trigger.Parse(j.Trigger)
		if err != nil {
			return fmt.Errorf("trigger: %w", err)
		}
		d.Trigger = t
	}
	set(&d.Name, j.Name)
	set(&d.Coalesce, j.Coalesce)
	set(&d.CatchUp, j.CatchUp)
	set(&d.MaxInstances, j.MaxInstances)
	if j.Metadata != nil {
		d.Metadata = j.Metadata
	}
	if j.Grace != nil {
		d.Grace = time.Duration(*j.Grace)
	}
	if j.Timeout != nil {
		d.Timeout = time.Duration(*j.Timeout)
	}
	return d.setRetry(j.Retry)
}

func (d *Definition) setRetry(j *retryJSON) error {
	if j == nil {
		return nil
	}
	switch j.Backoff {
	case "", "constant", "exponential":
	default:
		return fmt.Errorf("retry: unknown backoff %q; it is constant or exponential", j.Backoff)
	}
	d.Retry = Retry{j.Attempts, time.Duration(j.Delay), j.Backoff == "exponential", time.Duration(j.MaxDelay)}
	return nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// strict decodes one JSON value and refuses unknown fields.
func strict(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) {
			return fmt.Errorf("%s: a JSON %s does not fit here; %s is wanted", t.Field, t.Value, t.Type)
		}
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one JSON value")
	}
	return nil
}
