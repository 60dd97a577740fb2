// Package check reads the evidence of a run and says where a promise was broken.
// It knows the tasks of the load by arithmetic alone, and the life of each record
// by what was asked of the store and what the store answered.
package check

import (
	"fmt"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

// A Violation is a promise that was broken.
type Violation struct {
	Rule string    `json:"rule"`
	Task string    `json:"task,omitempty"`
	Fire time.Time `json:"fire,omitzero"`
	What string    `json:"what"`
}

func (v Violation) String() string {
	s := v.Rule + ": "
	if v.Task != "" {
		s += v.Task + " "
	}
	if !v.Fire.IsZero() {
		s += v.Fire.Format("15:04:05.000") + " "
	}
	return s + v.What
}

// Terms are what the promises of a run depend on.
type Terms struct {
	Lease time.Duration
	Bound time.Duration // after the last fault a due task runs within this
	// Shared says that a node which stands still, or dies, may keep the store from
	// the others: it is a file with a lock.
	Shared bool
}

// A checker holds the evidence, put in order, and what was found.
type checker struct {
	Terms
	*model
	found  []Violation
	untold int // fires whose end died with the process that was to tell it
}

// rules are the invariants, each by the name under which it is broken.
var rules = []struct {
	name  string
	check func(c *checker, broken func(task string, fire time.Time, format string, args ...any))
}{
	{"every fire is accounted for", (*checker).accounted},
	{"what was acknowledged is there", (*checker).acknowledged},
	{"no phantom fire", (*checker).phantoms},
	{"no fire early", (*checker).early},
	{"a run is taken over only when its lease has ended", (*checker).takeovers},
	{"a run begins only after the write that says so", (*checker).written},
	{"a node that nothing befell keeps its leases", (*checker).causes},
	{"next run time never goes back", (*checker).forward},
	{"revisions grow by one", (*checker).revisions},
	{"runs in flight never exceed max_instances", (*checker).instances},
	{"after the last fault due tasks run in time", (*checker).recovery},
	{"events agree with evidence", (*checker).agreement},
	{"nothing grows", (*checker).growth},
}

// Check reads the evidence.
func Check(lines []evidence.Line, t Terms) *Report {
	c := &checker{Terms: t, model: newModel(lines)}
	for _, r := range rules {
		r.check(c, func(task string, fire time.Time, format string, args ...any) {
			c.found = append(c.found, Violation{r.name, task, fire, fmt.Sprintf(format, args...)})
		})
	}
	return c.report()
}
