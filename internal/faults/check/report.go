package check

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A Report says what a run was and what was found.
type Report struct {
	Fires      int            `json:"fires"`    // that were due
	Runs       int            `json:"runs"`     // attempts that began
	Repeated   int            `json:"repeated"` // of them: of a fire that had begun before
	Outcomes   map[string]int `json:"outcomes"` // told by events
	Faults     map[string]int `json:"faults"`
	Processes  int            `json:"processes"`
	Writes     int            `json:"writes"`
	Conflicts  int            `json:"conflicts"`
	Edits      int            `json:"edits"`
	LeasesLost int            `json:"leases_lost"` // late results, kept as evidence
	Untold     int            `json:"untold"`      // fires whose event died with its process, between the write and the telling

	Lateness Spread `json:"lateness"`       // of all first attempts
	Quiet    Spread `json:"lateness_quiet"` // of those after the last fault
	Recovery Spread `json:"recovery"`       // from a kill to the next attempt of a run that it ended

	Violations []Violation `json:"violations"`
}

// A Spread is the distribution of some durations.
type Spread struct {
	N   int           `json:"n"`
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

func spread(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	return Spread{len(all), all[len(all)/2], all[len(all)*99/100], all[len(all)-1]}
}

func (s Spread) String() string {
	if s.N == 0 {
		return "none"
	}
	return fmt.Sprintf("p50 %v, p99 %v, most %v (of %d)", s.P50.Round(10*time.Microsecond), s.P99.Round(time.Millisecond), s.Max.Round(time.Millisecond), s.N)
}

func (c *checker) report() *Report {
	r := &Report{Outcomes: map[string]int{}, Faults: map[string]int{}, Untold: c.untold, Violations: c.found}
	for _, d := range c.declared {
		r.Fires += len(fires(d))
	}
	var late, quiet, recovery []time.Duration
	for k, begins := range c.attempts {
		r.Runs += len(begins)
		r.Repeated += len(begins) - 1
		wait := begins[0].At.Sub(begins[0].Fire)
		late = append(late, wait)
		if begins[0].Fire.After(c.healed.Add(c.Bound / 2)) {
			quiet = append(quiet, wait)
		}
		for i, b := range begins[1:] {
			if killed, ok := c.killed(begins[i].Proc); ok && !c.ended(k, begins[i]) {
				recovery = append(recovery, b.At.Sub(killed))
			}
		}
	}
	r.Lateness, r.Quiet, r.Recovery = spread(late), spread(quiet), spread(recovery)
	for _, f := range c.faults {
		r.Faults[f.How]++
	}
	for _, edits := range c.edits {
		r.Edits += len(edits)
	}
	for _, p := range c.processes {
		if len(p.vitals) > 0 {
			r.Processes++
		}
	}
	c.count(r)
	return r
}

// count counts what was told and what was written.
func (c *checker) count(r *Report) {
	for _, events := range c.events {
		for _, e := range events {
			switch e.Event {
			case "run_ended":
				r.Outcomes[e.Outcome] += e.Count
			case "lease_lost":
				r.LeasesLost++
			}
		}
	}
	for _, lives := range c.lives {
		for _, l := range lives {
			for _, s := range l.steps {
				if s.op == "seen" {
					continue
				}
				r.Writes++
				if s.result == "conflict" {
					r.Conflicts++
				}
			}
		}
	}
}

// killed tells when a process was, as far as its last line shows.
func (c *checker) killed(proc string) (time.Time, bool) {
	p := c.processes[proc]
	return p.last, !p.stopped
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "fires       %d due, %d attempts of runs (%d of a fire that had begun before), in %d processes\n", r.Fires, r.Runs, r.Repeated, r.Processes)
	fmt.Fprintf(w, "told        %s\n", counts(r.Outcomes))
	fmt.Fprintf(w, "faults      %s\n", counts(r.Faults))
	fmt.Fprintf(w, "writes      %d, %d of them lost against another; %d edits\n", r.Writes, r.Conflicts, r.Edits)
	fmt.Fprintf(w, "late ends   %d results came after their lease was lost, and changed nothing\n", r.LeasesLost)
	fmt.Fprintf(w, "untold      %d fires were decided by a process that was killed before it could tell\n", r.Untold)
	fmt.Fprintf(w, "lateness    %v\n", r.Lateness)
	fmt.Fprintf(w, "  in peace  %v\n", r.Quiet)
	fmt.Fprintf(w, "recovery    %v from a kill to the next attempt\n", r.Recovery)
	fmt.Fprintf(w, "violations  %d\n", len(r.Violations))
	r.list(w)
}

// list shows the first few violations of each rule by each task.
func (r *Report) list(w io.Writer) {
	const few = 3
	shown := map[[2]string]int{}
	for _, v := range r.Violations {
		if k := [2]string{v.Rule, v.Task}; shown[k] < few {
			fmt.Fprintf(w, "  %v\n", v)
			shown[k]++
		}
	}
	if len(r.Violations) > 0 {
		fmt.Fprintf(w, "  (at most %d of a kind are shown)\n", few)
	}
}

func counts(m map[string]int) string {
	s := ""
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if s != "" {
			s += ", "
		}
		s += fmt.Sprintf("%s %d", k, m[k])
	}
	if s == "" {
		return "none"
	}
	return s
}
