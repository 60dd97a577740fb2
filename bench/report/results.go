// Package report holds what was measured, and writes it as text, as JSON and as
// charts.
package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/scenario"
	"github.com/go-asyncz/asyncz/bench/target"
)

// Results are all that one run of the program has found.
type Results struct {
	Began   time.Time              `json:"began"`
	Machine measure.Machine        `json:"machine"`
	Reps    int                    `json:"repetitions"`
	Systems []System               `json:"systems"`
	Places  map[string]place.Facts `json:"places"`
	Cases   []*Case                `json:"cases"`
	// Verdicts are written by Judge.
	Verdicts []Verdict `json:"targets"`
}

// A System is what took part.
type System struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	Module  string `json:"module,omitempty"`
	Version string `json:"version,omitempty"`
}

// A Case is one case of a scenario, with all systems that were measured in it.
type Case struct {
	scenario.Case
	Shows string  `json:"shows"` // the figure that stands for the others
	Load  float64 `json:"load"`  // the load average of the machine before
	// Rows are in the order of the systems.
	Rows []*Row `json:"systems"`
}

// A Row is a system in a case.
type Row struct {
	System string `json:"system"`
	// Figures have a value for each repetition that came to its end.
	Figures map[string]measure.Sample `json:"figures"`
	// Failed says why the last repetition did not.
	Failed string `json:"failed,omitempty"`
}

// Row returns the row of a system, which is made if it is not there.
func (c *Case) Row(system string) *Row {
	for _, r := range c.Rows {
		if r.System == system {
			return r
		}
	}
	r := &Row{System: system, Figures: map[string]measure.Sample{}}
	c.Rows = append(c.Rows, r)
	return r
}

// Add notes what a repetition has found.
func (r *Row) Add(f measure.Figures) {
	for name, value := range f {
		r.Figures[name] = append(r.Figures[name], value)
	}
}

// A Verdict is a target and what became of it.
type Verdict struct {
	Case   string `json:"case"`
	System string `json:"system"`
	Figure string `json:"figure"`
	Target string `json:"target"`
	// Value is what is held against the limit: the median, or its multiple of the other's.
	Value  float64 `json:"value"`
	Median float64 `json:"median"`
	Other  float64 `json:"other,omitempty"` // the median of what it is compared with
	Met    bool    `json:"met"`
}

// Judge holds the results against targets. A target for which something was not
// measured has no verdict.
func (r *Results) Judge(targets []target.Target) {
	r.Verdicts = nil
	for _, t := range targets {
		for _, c := range r.Cases {
			if !t.Matches(c.Scenario, c.Place, c.Kind, c.Size) {
				continue
			}
			if v, ok := r.judge(t, c); ok {
				r.Verdicts = append(r.Verdicts, v)
			}
		}
	}
}

func (r *Results) judge(t target.Target, c *Case) (Verdict, bool) {
	v := Verdict{Case: c.String(), System: t.System, Figure: t.Figure, Target: t.String()}
	sample := c.sample(t.System, t.Figure)
	if len(sample) == 0 {
		return v, false
	}
	v.Median = sample.Median()
	v.Value = v.Median
	if system, size, absolute := t.Other(); !absolute {
		other := c
		if size > 0 {
			other = r.find(c.Case, size)
		}
		against := other.sample(system, t.Figure)
		if len(against) == 0 || against.Median() == 0 {
			return v, false
		}
		v.Other = against.Median()
		v.Value = v.Median / v.Other
	}
	v.Met = t.Met(v.Value)
	return v, true
}

func (r *Results) find(like scenario.Case, size int) *Case {
	like.Size = size
	for _, c := range r.Cases {
		if c.Case == like {
			return c
		}
	}
	return nil
}

// sample is that of a system's figure; of a case that is not there it is empty.
func (c *Case) sample(system, figure string) measure.Sample {
	if c == nil {
		return nil
	}
	for _, r := range c.Rows {
		if r.System == system {
			return r.Figures[figure]
		}
	}
	return nil
}

// JSON writes the results for programs.
func (r *Results) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Read reads what JSON has written.
func Read(from io.Reader) (*Results, error) {
	r := new(Results)
	return r, json.NewDecoder(from).Decode(r)
}
