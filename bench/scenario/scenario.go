// Package scenario says what is measured, one file a scenario. A measurement is one
// system in one case of a scenario, once, in a process that does nothing else.
package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/system"
)

// A Case is a scenario at a place, in one of its kinds and at one of its sizes.
type Case struct {
	Scenario string `json:"scenario"`
	Place    string `json:"place"` // its kind
	Kind     string `json:"kind,omitempty"`
	Size     int    `json:"size,omitempty"` // tasks, for the most part
}

func (c Case) String() string {
	s := c.Scenario + ", " + c.Place
	if c.Kind != "" {
		s += ", " + c.Kind
	}
	if c.Size > 0 {
		s += fmt.Sprintf(", %d", c.Size)
	}
	return s
}

// A Scenario is something to measure.
type Scenario struct {
	Name   string
	About  string
	Places []string
	Kinds  []string                // one after the other; empty: there is one
	Sizes  func(kind string) []int // nil: it has no size
	// Shows is the figure that stands for the others in a chart.
	Shows string
	// only are the systems that take part; nil: all that know the place.
	only    func(system.System) bool
	measure func(context.Context, Setup) (measure.Figures, error)
}

// A Setup is all that a measurement needs to know.
type Setup struct {
	Case
	System string        `json:"system"`
	At     place.Place   `json:"at"`
	For    time.Duration `json:"for"` // how long tasks are let fire; 0: as the scenario says
	// Profile is the file for a processor profile; empty: none is made.
	Profile string `json:"profile,omitempty"`
}

// All are the scenarios in their order.
var All = []Scenario{add, burst, periodic, cronNext, drain, addDurable, periodicDurable, start, idle, claim, scale, recovery}

// Find returns the scenario of this name.
func Find(name string) (Scenario, bool) {
	i := slices.IndexFunc(All, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return All[i], true
}

// Cases are those at a place. A size that is not 0 takes the place of the scenario's.
func (s Scenario) Cases(at string, size int) (all []Case) {
	if !slices.Contains(s.Places, at) {
		return nil
	}
	kinds := s.Kinds
	if len(kinds) == 0 {
		kinds = []string{""}
	}
	for _, kind := range kinds {
		sizes := []int{0}
		if s.Sizes != nil {
			sizes = s.Sizes(kind)
			if size > 0 {
				sizes = []int{size}
			}
		}
		for _, n := range sizes {
			all = append(all, Case{Scenario: s.Name, Place: at, Kind: kind, Size: n})
		}
	}
	return all
}

// Systems are those that take part at a place.
func (s Scenario) Systems(at string) (all []string) {
	for _, x := range system.All {
		if slices.Contains(x.Places, at) && !slices.Contains(x.Without, s.Name) && (s.only == nil || s.only(x)) {
			all = append(all, x.Name)
		}
	}
	return all
}

// Measure does one measurement in this process.
func Measure(ctx context.Context, s Setup) (measure.Figures, error) {
	scenario, ok := Find(s.Scenario)
	if !ok {
		return nil, fmt.Errorf("there is no scenario %q", s.Scenario)
	}
	return scenario.measure(ctx, s)
}

// always are sizes that do not depend on the kind.
func always(sizes ...int) func(string) []int { return func(string) []int { return sizes } }
