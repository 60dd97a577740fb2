package check

import (
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

// agreement: what the scheduler tells of a run is what the run itself has written,
// and of each that has ended it tells.
func (c *checker) agreement(broken func(string, time.Time, string, ...any)) {
	told := map[attempt]bool{}
	for task, events := range c.events {
		for _, e := range events {
			k := keyOf(task, e.Fire)
			switch {
			case e.Event == "events_lost":
				broken("", time.Time{}, "%s was too slow for %d events", e.Node, e.Count)
			case e.Event == "run_ended" && e.Outcome == "executed":
				if !c.has(k, e, "done") {
					broken(task, e.Fire, "is told as executed by %s, and its run has not finished", e.Node)
				}
			}
			switch e.Event {
			case "run_ended", "run_retrying", "lease_lost":
				if e.Count > 1 || e.Attempt == 0 {
					continue // fires without a run
				}
				told[attempt{k, e.Proc, e.Attempt}] = true
			}
		}
	}
	for k, ends := range c.ends {
		for _, e := range ends {
			if c.processes[e.Proc].stopped && !told[attempt{k, e.Proc, e.Attempt}] {
				broken(e.Task, e.Fire, "attempt %d ended (%s) on %s, which told nothing of it", e.Attempt, e.How, e.Node)
			}
		}
	}
}

// An attempt of a run, in a process.
type attempt struct {
	key
	proc string
	n    int
}

// has reports whether a process wrote that it ended this attempt like this.
func (c *checker) has(k key, e evidence.Line, how string) bool {
	for _, x := range c.ends[k] {
		if x.Proc == e.Proc && x.Attempt == e.Attempt && x.How == how {
			return true
		}
	}
	return false
}

// What a process may use more of at its end than in its first part.
const (
	spareGoroutines = 60
	spareFiles      = 20
	spareHeap       = 64 << 20
)

// growth: no process uses more and more.
func (c *checker) growth(broken func(string, time.Time, string, ...any)) {
	for _, p := range c.processes {
		n := len(p.vitals)
		if n < 20 {
			continue // too short a life to tell
		}
		var most evidence.Line
		for _, v := range p.vitals[:n/2] {
			most.Goroutines, most.Files, most.Heap = max(most.Goroutines, v.Goroutines), max(most.Files, v.Files), max(most.Heap, v.Heap)
		}
		end := p.vitals[n-1]
		if end.Goroutines > most.Goroutines+spareGoroutines || end.Files > most.Files+spareFiles || end.Heap > 2*most.Heap+spareHeap {
			broken("", time.Time{}, "process %s of %s grew from %d to %d goroutines, %d to %d files, %d to %d bytes", p.proc, p.node,
				most.Goroutines, end.Goroutines, most.Files, end.Files, most.Heap, end.Heap)
		}
	}
}
