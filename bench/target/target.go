// Package target has what is asked of the figures, as data in one file, and judges
// figures by it.
package target

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

//go:embed targets.csv
var table string

// Any in place of a place, a kind or a size stands for each.
const Any = "*"

// A Target is one line of the table.
type Target struct {
	Scenario, Place, Kind, Size string
	System, Figure              string
	Relation                    string // one of the relations
	Limit                       float64
	Against                     string // another system, size=N, or nothing: Limit is a number
}

// Relations.
const (
	AtMost  = "at most"
	AtLeast = "at least"
	Below   = "below"
)

// All reads the table of this project.
func All() ([]Target, error) { return Read(strings.NewReader(table)) }

var columns = []string{"scenario", "place", "kind", "size", "system", "figure", "relation", "limit", "against"}

// Read reads a table of targets: CSV whose first line names the columns.
func Read(r io.Reader) (all []Target, err error) {
	lines := csv.NewReader(r)
	lines.Comment = '#'
	lines.FieldsPerRecord = len(columns)
	head, err := lines.Read()
	if err != nil {
		return nil, fmt.Errorf("targets: %w", err)
	}
	if !slices.Equal(head, columns) {
		return nil, fmt.Errorf("targets: the columns are %q, and must be %q", head, columns)
	}
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("targets: %w", err)
		}
		t, err := parse(fields)
		if err != nil {
			line, _ := lines.FieldPos(0)
			return nil, fmt.Errorf("targets, line %d: %w", line, err)
		}
		all = append(all, t)
	}
}

func parse(f []string) (t Target, err error) {
	t = Target{Scenario: f[0], Place: f[1], Kind: f[2], Size: f[3], System: f[4], Figure: f[5], Relation: f[6], Against: f[8]}
	if t.Scenario == "" || t.Place == "" || t.System == "" || t.Figure == "" {
		return t, errors.New("a scenario, a place, a system and a figure must be named")
	}
	if !slices.Contains([]string{AtMost, AtLeast, Below}, t.Relation) {
		return t, fmt.Errorf("the relation %q is none of %q", t.Relation, []string{AtMost, AtLeast, Below})
	}
	if t.Limit, err = strconv.ParseFloat(f[7], 64); err != nil {
		return t, fmt.Errorf("the limit %q is no number", f[7])
	}
	sizes := []string{t.Size}
	if t.Size == "" || t.Size == Any {
		sizes = nil
	}
	if other, ok := strings.CutPrefix(t.Against, sizePrefix); ok {
		sizes = append(sizes, other)
	}
	for _, n := range sizes {
		if size, err := strconv.Atoi(n); err != nil || size < 1 {
			return t, fmt.Errorf("the size %q is no number from 1 on", n)
		}
	}
	return t, nil
}

const sizePrefix = "size="

// Matches tells whether a target is for a case. A size of 0 is none.
func (t Target) Matches(scenario, place, kind string, size int) bool {
	number := ""
	if size > 0 {
		number = strconv.Itoa(size)
	}
	return t.Scenario == scenario && is(t.Place, place) && is(t.Kind, kind) && is(t.Size, number)
}

func is(want, have string) bool { return want == Any || want == have }

// Other tells what the limit is a multiple of: a system, which is the target's own
// if it is measured at another size, which is 0 otherwise. A target against nothing
// is absolute.
func (t Target) Other() (system string, size int, absolute bool) {
	if n, ok := strings.CutPrefix(t.Against, sizePrefix); ok {
		size, _ = strconv.Atoi(n) // it was read before
		return t.System, size, false
	}
	return t.Against, 0, t.Against == ""
}

// Met holds a value against the limit.
func (t Target) Met(value float64) bool {
	switch t.Relation {
	case AtMost:
		return value <= t.Limit
	case AtLeast:
		return value >= t.Limit
	default:
		return value < t.Limit
	}
}

// String is the target in words, such as "at most 2 × heap".
func (t Target) String() string {
	s := t.Relation + " " + strconv.FormatFloat(t.Limit, 'f', -1, 64)
	if system, size, absolute := t.Other(); size > 0 {
		s += fmt.Sprintf(" × that at %d", size)
	} else if !absolute {
		s += " × " + system
	}
	return s
}
