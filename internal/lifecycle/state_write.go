package lifecycle

import "strconv"

// Encode writes the state as the document that a store keeps, for the write
// that gives its record the revision rev.
func Encode(s *State, rev uint64) ([]byte, error) {
	task, err := s.Def.MarshalJSON()
	if err != nil {
		return nil, err
	}
	d := &document{b: make([]byte, 0, len(task)+256*(1+len(s.Runs)))}
	d.open('{')
	d.int("v", version)
	d.key("rev").b = strconv.AppendUint(d.b, rev, 10)
	d.text("incarnation", strconv.FormatUint(s.Incarnation, 16))
	d.time("anchor", s.Anchor)
	d.timeIfAny("prev", s.Prev)
	d.timeIfAny("next_run_time", s.Next)
	d.secondsIfAny("delay", s.Delay)
	if s.Paused {
		d.bool("paused", true)
	}
	if len(s.Runs) > 0 {
		d.key("runs").open('[')
		for i := range s.Runs {
			d.comma()
			d.run(&s.Runs[i])
		}
		d.close(']')
	}
	if s.Last != nil {
		d.key("last").ending(s.Last)
	}
	if len(s.Marks) > 0 {
		d.key("marks").open('[')
		for i := range s.Marks {
			d.comma()
			d.mark(&s.Marks[i])
		}
		d.close(']')
	}
	d.key("task").b = append(d.b, task...)
	d.close('}')
	return d.b, d.err
}

func (d *document) run(r *Run) {
	d.open('{')
	d.time("fire", r.Fire)
	d.text("source", string(r.Source))
	d.int("attempt", r.Attempt)
	d.intIfAny("recovered", r.Recovered)
	d.intIfAny("coalesced", r.Coalesced)
	d.timeIfAny("not_before", r.NotBefore)
	d.textIfAny("node", r.Node)
	d.timeIfAny("started", r.Started)
	d.timeIfAny("lease", r.Lease)
	d.close('}')
}

func (d *document) mark(m *Mark) {
	d.open('{')
	d.text("node", m.Node)
	d.key("rev").b = strconv.AppendUint(d.b, m.Rev, 10)
	d.key("ended").open('[')
	for i := range m.Ended {
		d.comma()
		d.ending(&m.Ended[i])
	}
	d.close(']')
	d.close('}')
}

func (d *document) ending(e *Ending) {
	d.open('{')
	d.text("outcome", string(e.Outcome))
	d.time("fire", e.Fire)
	d.timeIfAny("first", e.First)
	d.int("count", e.Count)
	d.timeIfAny("into", e.Into)
	d.text("source", string(e.Source))
	d.intIfAny("attempt", e.Attempt)
	d.intIfAny("recovered", e.Recovered)
	d.intIfAny("coalesced", e.Coalesced)
	d.textIfAny("node", e.Node)
	d.timeIfAny("started", e.Started)
	d.time("ended", e.Ended)
	d.textIfAny("error", e.Error)
	if len(e.Result) > 0 {
		d.value("result", e.Result)
	}
	d.close('}')
}
