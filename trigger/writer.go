package trigger

import "encoding/json"

// A writer writes a JSON object, keys in the order of the calls.
type writer struct{ b []byte }

func newWriter(typ string) *writer {
	w := &writer{b: []byte{'{'}}
	w.text("type", typ)
	return w
}

func (w *writer) raw(key string, value []byte) {
	if len(w.b) > 1 {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), key...), '"', ':')
	w.b = append(w.b, value...)
}

func (w *writer) text(key, value string) {
	quoted, _ := json.Marshal(value) // a string always has a JSON form
	w.raw(key, quoted)
}

func (w *writer) number(key, value string) { w.raw(key, []byte(value)) }

func (w *writer) bytes() []byte { return append(w.b, '}') }
