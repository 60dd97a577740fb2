package lifecycle

import (
	"encoding/json"
	"strconv"
	"time"
)

// A document is JSON that is being written. It is written by hand because each
// run of each task is written twice: this takes a quarter of the time of package
// json, whose form it is to the byte.
type document struct {
	b   []byte
	err error
}

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
	if s.Delay != 0 {
		d.value("delay", Seconds(s.Delay))
	}
	if s.Paused {
		d.key("paused").b = append(d.b, "true"...)
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

func (d *document) open(bracket byte)  { d.b = append(d.b, bracket) }
func (d *document) close(bracket byte) { d.b = append(d.b, bracket) }

// comma goes before all but the first in brackets.
func (d *document) comma() {
	if last := d.b[len(d.b)-1]; last != '{' && last != '[' {
		d.b = append(d.b, ',')
	}
}

func (d *document) key(name string) *document {
	d.comma()
	d.b = append(append(append(d.b, '"'), name...), '"', ':')
	return d
}

func (d *document) int(key string, n int) {
	d.key(key).b = strconv.AppendInt(d.b, int64(n), 10)
}

func (d *document) intIfAny(key string, n int) {
	if n != 0 {
		d.int(key, n)
	}
}

func (d *document) time(key string, t time.Time) {
	d.key(key).b = append(d.b, '"')
	b, err := t.AppendText(d.b)
	if err != nil {
		d.err = err
		return
	}
	d.b = append(b, '"')
}

func (d *document) timeIfAny(key string, t time.Time) {
	if !t.IsZero() {
		d.time(key, t)
	}
}

func (d *document) text(key, s string) {
	d.key(key)
	if !needsNoEscape(s) {
		d.append(s)
		return
	}
	d.b = append(append(append(d.b, '"'), s...), '"')
}

func (d *document) textIfAny(key, s string) {
	if s != "" {
		d.text(key, s)
	}
}

// needsNoEscape is true of texts that stand in JSON as they are.
func needsNoEscape(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// value is for what is rare.
func (d *document) value(key string, v any) { d.key(key).append(v) }

func (d *document) append(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		d.err = err
	}
	d.b = append(d.b, b...)
}
