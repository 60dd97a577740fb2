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
	processes map[int]*process
	lives     map[string][]*life // of the records of a task
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
	pid     int
	node    string
	vitals  []evidence.Line
	told    time.Time // its last event of a task
	last    time.Time // its last line
	stopped bool      // in order
}

func newModel(lines []evidence.Line) *model {
	m := &model{
		edits: map[string][]evidence.Line{}, attempts: map[key][]evidence.Line{}, ends: map[key][]evidence.Line{},
		events: map[string][]evidence.Line{}, processes: map[int]*process{}, lives: map[string][]*life{},
	}
	var w writes
	for _, l := range lines {
		p := m.process(l)
		p.last = l.At
		k := keyOf(l.Task, l.Fire)
		switch l.Kind {
		case evidence.Declared:
			m.declared = append(m.declared, l)
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
	p := m.processes[l.PID]
	if p == nil {
		p = &process{pid: l.PID, node: l.Node}
		m.processes[l.PID] = p
	}
	return p
}

// holderPID finds the process of a node as it stands in a record, whose name is
// made of the host, the process and chance.
func (m *model) holderPID(holder string) (*process, bool) {
	for pid, p := range m.processes {
		if strings.Contains(holder, "-"+itoa(pid)+"-") {
			return p, true
		}
	}
	return nil, false
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
