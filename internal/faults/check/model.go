package check

import (
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

// A model is the evidence, put in order.
type model struct {
	declared  []evidence.Line
	edits     map[string][]evidence.Line // by task
	attempts  map[key][]evidence.Line    // begins, by their time
	ends      map[key][]evidence.Line
	events    map[string][]evidence.Line // by task
	faults    []evidence.Line
	lost      []evidence.Line // claims without an answer
	processes map[string]*process
	holders   map[string]*process // by the names of nodes
	lives     map[string][]*life  // of the records of a task
	healed    time.Time
}

// A key is the identity of a run.
type key struct {
	task string
	fire int64
}

func keyOf(task string, fire time.Time) key { return key{task, fire.UnixNano()} }

// A process is one of a node.
type process struct {
	proc    string
	node    string
	vitals  []evidence.Line
	told    time.Time // its last event of a task
	last    time.Time // its last line
	stopped bool      // in order
}

func newModel(lines []evidence.Line) *model {
	m := &model{
		edits: map[string][]evidence.Line{}, attempts: map[key][]evidence.Line{}, ends: map[key][]evidence.Line{},
		events: map[string][]evidence.Line{}, processes: map[string]*process{}, holders: map[string]*process{}, lives: map[string][]*life{},
	}
	var w writes
	for _, l := range lines {
		p := m.process(l)
		p.last = l.At
		k := keyOf(l.Task, l.Fire)
		switch l.Kind {
		case evidence.Declared:
			m.declared = append(m.declared, l)
		case evidence.Started:
			m.holders[l.Holder] = p
		case evidence.Stopped:
			p.stopped = true
		case evidence.Begin:
			m.attempts[k] = append(m.attempts[k], l)
		case evidence.End:
			m.ends[k] = append(m.ends[k], l)
		case evidence.Event:
			if l.Task != "" {
				p.told = l.At
			}
			m.events[l.Task] = append(m.events[l.Task], l)
		case evidence.Vitals:
			p.vitals = append(p.vitals, l)
		case evidence.Fault:
			m.faults = append(m.faults, l)
		case evidence.Healed:
			m.healed = l.At
		case evidence.Edit:
			m.edits[l.Task] = append(m.edits[l.Task], l)
		case evidence.Lost:
			m.lost = append(m.lost, l)
		case evidence.Write, evidence.Wrote, evidence.Claimed, evidence.Seen:
			w.note(l)
		}
	}
	for task, steps := range w.byTask() {
		m.lives[task] = livesOf(steps)
	}
	return m
}

func (m *model) process(l evidence.Line) *process {
	p := m.processes[l.Proc]
	if p == nil {
		p = &process{proc: l.Proc, node: l.Node}
		m.processes[l.Proc] = p
	}
	return p
}

// holder finds the process of a node as it stands in a record.
func (m *model) holder(name string) (*process, bool) {
	node, _, _ := strings.Cut(name, "/") // what follows is the alias of the store
	p, known := m.holders[node]
	return p, known
}

// fires are those that a declared task must have had.
func fires(d evidence.Line) (all []time.Time) {
	for at := d.First; !at.After(d.Until); at = at.Add(d.Every) {
		all = append(all, at)
	}
	return all
}

// in reports whether a time is one of a series.
func in(at, first time.Time, every time.Duration) bool {
	return every > 0 && !at.Before(first) && at.Sub(first)%every == 0
}
