package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// version is the version of the document's form. A reader refuses later ones.
const version = 1

// ErrVersion: the document was written by a later version of this program.
var ErrVersion = errors.New("written by a later version")

type stateJSON struct {
	Version     int             `json:"v"`
	Rev         uint64          `json:"rev"`
	Incarnation string          `json:"incarnation"`
	Anchor      time.Time       `json:"anchor"`
	Prev        time.Time       `json:"prev,omitzero"`
	Next        time.Time       `json:"next_run_time,omitzero"`
	Delay       Seconds         `json:"delay,omitzero"`
	Paused      bool            `json:"paused,omitempty"`
	Runs        []runJSON       `json:"runs,omitempty"`
	Last        *endingJSON     `json:"last,omitempty"`
	Marks       []markJSON      `json:"marks,omitempty"`
	Task        json.RawMessage `json:"task"`
}

type runJSON struct {
	Fire      time.Time `json:"fire"`
	Source    Source    `json:"source"`
	Attempt   int       `json:"attempt"`
	Recovered int       `json:"recovered,omitempty"`
	Coalesced int       `json:"coalesced,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
	Node      string    `json:"node,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Lease     time.Time `json:"lease,omitzero"`
}

type markJSON struct {
	Node  string       `json:"node"`
	Rev   uint64       `json:"rev"`
	Ended []endingJSON `json:"ended"`
}

type endingJSON struct {
	Outcome   Outcome         `json:"outcome"`
	Fire      time.Time       `json:"fire"`
	First     time.Time       `json:"first,omitzero"`
	Count     int             `json:"count"`
	Into      time.Time       `json:"into,omitzero"`
	Source    Source          `json:"source"`
	Attempt   int             `json:"attempt,omitempty"`
	Recovered int             `json:"recovered,omitempty"`
	Coalesced int             `json:"coalesced,omitempty"`
	Node      string          `json:"node,omitempty"`
	Started   time.Time       `json:"started,omitzero"`
	Ended     time.Time       `json:"ended"`
	Error     string          `json:"error,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
}

// Decode reads the document that Encode wrote, and returns the revision that it was
// written for.
func Decode(doc []byte) (s *State, rev uint64, err error) {
	var j stateJSON
	var d definitionJSON
	if scanState(doc, &j) && scanDefinition(j.Task, true, &d) {
		s, err = j.state(func(def *Definition) error { return def.apply(&d) })
		return s, j.Rev, err
	}
	j = stateJSON{}
	if err := j.parse(doc); err != nil {
		return nil, 0, err
	}
	s, err = j.state(func(def *Definition) error { return def.UnmarshalJSON(j.Task) })
	return s, j.Rev, err
}

// parse reads a document of any spelling.
func (j *stateJSON) parse(doc []byte) error {
	err := strict(doc, j)
	if err == nil {
		return nil
	}
	var v struct {
		Version int `json:"v"`
	}
	if json.Unmarshal(doc, &v) == nil && v.Version > version {
		j.Version = v.Version
		return nil
	}
	return fmt.Errorf("not a task's document: %w", err)
}

// state makes the state, whose definition is filled in by define.
func (j *stateJSON) state(define func(*Definition) error) (*State, error) {
	if j.Version > version {
		return nil, fmt.Errorf("%w: the form %d of the document, of which this one knows up to %d", ErrVersion, j.Version, version)
	}
	incarnation, err := strconv.ParseUint(j.Incarnation, 16, 64)
	if err != nil {
		return nil, fmt.Errorf("not a task's document: incarnation: %w", err)
	}
	def := &Definition{Policy: DefaultPolicy()}
	if err := define(def); err != nil {
		return nil, fmt.Errorf("definition of the task: %w", err)
	}
	if err := def.Validate(); err != nil {
		return nil, fmt.Errorf("definition of the task %q: %w", def.ID, err)
	}
	def.Settle()
	task := []byte(j.Task)
	def.encoded = &task
	s := &State{
		Def: def, Incarnation: incarnation, Anchor: j.Anchor,
		Prev: j.Prev, Next: j.Next, Delay: time.Duration(j.Delay), Paused: j.Paused,
	}
	for _, r := range j.Runs {
		s.Runs = append(s.Runs, Run(r))
	}
	if j.Last != nil {
		last := Ending(*j.Last)
		s.Last = &last
	}
	var marks []Mark
	for _, m := range j.Marks {
		mark := Mark{Node: m.Node, Rev: m.Rev}
		for _, e := range m.Ended {
			mark.Ended = append(mark.Ended, Ending(e))
		}
		marks = append(marks, mark)
	}
	if len(marks) > 0 {
		s.Marks = &marks
	}
	s.anchor()
	return s, nil
}
