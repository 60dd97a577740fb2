package lifecycle

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// A scan reads a document in exactly the form that Encode writes: the same keys
// in the same order, without spaces. Whatever else there is makes it fail, and
// the document is then read by package json, which says what is wrong or reads
// what somebody has written by hand. It takes a fraction of that time, and each
// task that a process did not write itself must be read.
type scan struct {
	b      []byte
	owned  bool // b stays as it is, so that its parts need not be copied
	first  bool // no key was read yet of the innermost object
	failed bool
}

// scanState fills in j and reports whether the document had the form. What the
// definition at its end looks like is left to scanDefinition.
func scanState(doc []byte, j *stateJSON) bool {
	r := &scan{b: doc}
	r.open()
	r.wantKey("v").int(&j.Version)
	r.wantKey("rev").uint(&j.Rev)
	r.wantKey("incarnation").text(&j.Incarnation)
	r.wantKey("anchor").time(&j.Anchor)
	r.timeIfAny("prev", &j.Prev)
	r.timeIfAny("next_run_time", &j.Next)
	if r.key("delay") {
		r.seconds(&j.Delay)
	}
	if r.key("paused") {
		r.bool(&j.Paused)
	}
	if r.key("runs") {
		r.want("[")
		for more := !r.failed; more; more = r.has(",") {
			j.Runs = append(j.Runs, runJSON{})
			r.run(&j.Runs[len(j.Runs)-1])
		}
		r.want("]")
	}
	if r.key("last") {
		j.Last = new(endingJSON)
		r.ending(j.Last)
	}
	if r.key("marks") {
		r.want("[")
		for more := !r.failed; more; more = r.has(",") {
			j.Marks = append(j.Marks, markJSON{})
			r.mark(&j.Marks[len(j.Marks)-1])
		}
		r.want("]")
	}
	r.wantKey("task")
	task, whole := bytes.CutSuffix(r.b, []byte("}"))
	j.Task = bytes.Clone(task)
	return whole && !r.failed
}

func (r *scan) run(j *runJSON) {
	r.open()
	r.wantKey("fire").time(&j.Fire)
	r.wantKey("source").text((*string)(&j.Source))
	r.wantKey("attempt").int(&j.Attempt)
	r.intIfAny("recovered", &j.Recovered)
	r.intIfAny("coalesced", &j.Coalesced)
	r.timeIfAny("not_before", &j.NotBefore)
	r.textIfAny("node", &j.Node)
	r.timeIfAny("started", &j.Started)
	r.timeIfAny("lease", &j.Lease)
	r.want("}")
}

func (r *scan) mark(j *markJSON) {
	r.open()
	r.wantKey("node").text(&j.Node)
	r.wantKey("rev").uint(&j.Rev)
	r.wantKey("ended").want("[")
	for more := !r.failed; more; more = r.has(",") {
		j.Ended = append(j.Ended, endingJSON{})
		r.ending(&j.Ended[len(j.Ended)-1])
	}
	r.want("]")
	r.want("}")
}

func (r *scan) ending(j *endingJSON) {
	r.open()
	r.wantKey("outcome").text((*string)(&j.Outcome))
	r.wantKey("fire").time(&j.Fire)
	r.timeIfAny("first", &j.First)
	r.wantKey("count").int(&j.Count)
	r.timeIfAny("into", &j.Into)
	r.wantKey("source").text((*string)(&j.Source))
	r.intIfAny("attempt", &j.Attempt)
	r.intIfAny("recovered", &j.Recovered)
	r.intIfAny("coalesced", &j.Coalesced)
	r.textIfAny("node", &j.Node)
	r.timeIfAny("started", &j.Started)
	r.wantKey("ended").time(&j.Ended)
	r.textIfAny("error", &j.Error)
	if r.key("result") {
		r.raw(&j.Result)
	}
	r.want("}")
}

// scanDefinition fills in j and reports whether the definition had the form.
func scanDefinition(doc []byte, owned bool, j *definitionJSON) bool {
	r := &scan{b: doc, owned: owned}
	r.open()
	r.wantKey("id").text(&j.ID)
	optional(r, "name", &j.Name, r.text)
	r.wantKey("function").text(&j.Func)
	if r.key("kwargs") {
		r.raw(&j.Args)
	}
	r.wantKey("trigger").part(&j.Trigger) // package trigger looks whether it is JSON
	r.wantKey("executor").text(&j.Executor)
	optional(r, "mistrigger_grace_time", &j.Grace, r.seconds)
	optional(r, "coalesce", &j.Coalesce, r.bool)
	optional(r, "catch_up", &j.CatchUp, r.int)
	optional(r, "max_instances", &j.MaxInstances, r.int)
	optional(r, "timeout", &j.Timeout, r.seconds)
	if r.key("retry") {
		var raw json.RawMessage
		r.raw(&raw)
		j.Retry = new(retryJSON)
		r.check(strict(raw, j.Retry) == nil)
	}
	r.textIfAny("on_lost", (*string)(&j.OnLost))
	if r.key("metadata") {
		var raw json.RawMessage
		r.raw(&raw)
		r.check(strict(raw, &j.Metadata) == nil)
	}
	r.want("}")
	return !r.failed && len(r.b) == 0
}

func optional[T any](r *scan, key string, to **T, read func(*T)) {
	if r.key(key) {
		*to = new(T)
		read(*to)
	}
}

func (r *scan) check(ok bool) {
	if !ok {
		r.failed = true
	}
}

func (r *scan) has(text string) bool {
	rest, ok := bytes.CutPrefix(r.b, []byte(text))
	if ok && !r.failed {
		r.b = rest
	}
	return ok && !r.failed
}

func (r *scan) want(text string) { r.check(r.has(text)) }

func (r *scan) open() {
	r.want("{")
	r.first = true
}

// key passes over a key that may be there, and the comma before it.
func (r *scan) key(name string) bool {
	n := 1
	if r.first {
		n = 0
	}
	end := n + len(name) + 3
	if r.failed || len(r.b) < end || n == 1 && r.b[0] != ',' ||
		r.b[n] != '"' || string(r.b[n+1:end-2]) != name || r.b[end-2] != '"' || r.b[end-1] != ':' {
		return false
	}
	r.b, r.first = r.b[end:], false
	return true
}

func (r *scan) wantKey(name string) *scan {
	r.check(r.key(name))
	return r
}

// token takes what stands before the next of these bytes.
func (r *scan) token(ends string) []byte {
	n := bytes.IndexAny(r.b, ends)
	if r.failed || n < 0 {
		r.failed = true
		return nil
	}
	t := r.b[:n]
	r.b = r.b[n:]
	return t
}

func (r *scan) number() string {
	t := r.token(",}]")
	digits := bytes.TrimPrefix(t, []byte("-"))
	r.check(len(digits) > 0 && digits[0] >= '0' && digits[0] <= '9' && (digits[0] != '0' || len(digits) == 1))
	return string(t)
}

func (r *scan) int(to *int) {
	n, err := strconv.Atoi(r.number())
	r.check(err == nil)
	*to = n
}

func (r *scan) uint(to *uint64) {
	n, err := strconv.ParseUint(r.number(), 10, 64)
	r.check(err == nil)
	*to = n
}

func (r *scan) bool(to *bool) {
	*to = r.has("true")
	r.check(*to || r.has("false"))
}

func (r *scan) seconds(to *Seconds) {
	if t := r.token(",}]"); !r.failed {
		r.check(to.UnmarshalJSON(t) == nil)
	}
}

func (r *scan) quoted() []byte {
	r.want(`"`)
	t := r.token(`"`)
	r.want(`"`)
	return t
}

// text reads a text without escapes.
func (r *scan) text(to *string) {
	t := r.quoted()
	for _, c := range t {
		r.check(c >= ' ' && c != '\\')
	}
	r.check(utf8.Valid(t))
	*to = string(t)
}

func (r *scan) time(to *time.Time) { r.check(to.UnmarshalText(r.quoted()) == nil) }

func (r *scan) intIfAny(key string, to *int) {
	if r.key(key) {
		r.int(to)
	}
}

func (r *scan) textIfAny(key string, to *string) {
	if r.key(key) {
		r.text(to)
	}
}

func (r *scan) timeIfAny(key string, to *time.Time) {
	if r.key(key) {
		r.time(to)
	}
}

// raw takes an object, an array or a text as it is.
func (r *scan) raw(to *json.RawMessage) {
	r.part(to)
	r.check(r.failed || json.Valid(*to))
}

// part is raw for what somebody else looks through.
func (r *scan) part(to *json.RawMessage) {
	depth, quoted := 0, false
	for i := 0; i < len(r.b) && !r.failed; i++ {
		switch c := r.b[i]; {
		case quoted && c == '\\':
			i++
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth == 0 && !quoted {
			value := r.b[:i+1]
			r.check(value[0] == '{' || value[0] == '[' || value[0] == '"')
			if !r.owned {
				value = bytes.Clone(value)
			}
			*to = value[:len(value):len(value)]
			r.b = r.b[i+1:]
			return
		}
	}
	r.failed = true
}
