package lifecycle

import "strconv"

// Encode writes the state as the document that a store keeps, for the write
// that gives its record the revision rev.
func Encode(s *State, rev uint64) ([]byte, error) {
	task, err := s.Def.MarshalJSON()
	if err != nil {
		return nil, err
	}
	d := newDocument(len(task) + 256*(1+len(s.Runs)))
	d.Open('{')
	d.Int("v", version)
	d.Uint("rev", rev)
	d.Text("incarnation", strconv.FormatUint(s.Incarnation, 16))
	d.Time("anchor", s.Anchor)
	d.TimeIfAny("prev", s.Prev)
	d.TimeIfAny("next_run_time", s.Next)
	d.secondsIfAny("delay", s.Delay)
	if s.Paused {
		d.Bool("paused", true)
	}
	if len(s.Runs) > 0 {
		d.Key("runs").Open('[')
		for i := range s.Runs {
			d.Comma()
			d.run(&s.Runs[i])
		}
		d.Close(']')
	}
	if s.Last != nil {
		d.Key("last")
		d.ending(s.Last)
	}
	if marks := s.marks(); len(marks) > 0 {
		d.Key("marks").Open('[')
		for i := range marks {
			d.Comma()
			d.mark(&marks[i])
		}
		d.Close(']')
	}
	d.Raw("task", task)
	d.Close('}')
	return d.Bytes()
}

func (d *document) run(r *Run) {
	d.Open('{')
	d.Time("fire", r.Fire)
	d.Text("source", string(r.Source))
	d.Int("attempt", r.Attempt)
	d.IntIfAny("recovered", r.Recovered)
	d.IntIfAny("coalesced", r.Coalesced)
	d.TimeIfAny("not_before", r.NotBefore)
	d.TextIfAny("node", r.Node)
	d.TimeIfAny("started", r.Started)
	d.TimeIfAny("lease", r.Lease)
	d.Close('}')
}

func (d *document) mark(m *Mark) {
	d.Open('{')
	d.Text("node", m.Node)
	d.Uint("rev", m.Rev)
	d.Key("ended").Open('[')
	for i := range m.Ended {
		d.Comma()
		d.ending(&m.Ended[i])
	}
	d.Close(']')
	d.Close('}')
}

func (d *document) ending(e *Ending) {
	d.Open('{')
	d.Text("outcome", string(e.Outcome))
	d.Time("fire", e.Fire)
	d.TimeIfAny("first", e.First)
	d.Int("count", e.Count)
	d.TimeIfAny("into", e.Into)
	d.Text("source", string(e.Source))
	d.IntIfAny("attempt", e.Attempt)
	d.IntIfAny("recovered", e.Recovered)
	d.IntIfAny("coalesced", e.Coalesced)
	d.TextIfAny("node", e.Node)
	d.TimeIfAny("started", e.Started)
	d.Time("ended", e.Ended)
	d.TextIfAny("error", e.Error)
	if len(e.Result) > 0 {
		d.Value("result", e.Result)
	}
	d.Close('}')
}
