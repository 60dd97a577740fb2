package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/go-asyncz/asyncz/bench/place"
)

// Join makes one of the results of several runs on one machine: a run of all takes
// a night, and may be done in parts. A case that several have keeps the repetitions
// of all. What the machine was is taken from the first.
func Join(first *Results, more ...*Results) *Results {
	all := &Results{Began: first.Began, Machine: first.Machine, Places: map[string]place.Facts{}}
	for _, r := range append([]*Results{first}, more...) {
		all.Reps = max(all.Reps, r.Reps)
		maps.Copy(all.Places, r.Places)
		for _, s := range r.Systems {
			if !slices.Contains(all.Systems, s) {
				all.Systems = append(all.Systems, s)
			}
		}
		for _, c := range r.Cases {
			all.take(c)
		}
	}
	return all
}

// take adds a case, or its rows to those of the same case.
func (r *Results) take(c *Case) {
	mine := r.find(c.Case, c.Size)
	if mine == nil {
		mine = &Case{Case: c.Case, Shows: c.Shows}
		r.Cases = append(r.Cases, mine)
	}
	mine.Load = max(mine.Load, c.Load)
	for _, theirs := range c.Rows {
		row := mine.Row(theirs.System)
		row.Failed = cmp.Or(row.Failed, theirs.Failed)
		for name, sample := range theirs.Figures {
			row.Figures[name] = append(row.Figures[name], sample...)
		}
	}
}
