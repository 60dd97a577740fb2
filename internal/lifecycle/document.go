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

func (d *document) bool(key string, v bool) {
	d.key(key).b = strconv.AppendBool(d.b, v)
}

func (d *document) secondsIfAny(key string, v time.Duration) {
	if v != 0 {
		d.value(key, Seconds(v))
	}
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
