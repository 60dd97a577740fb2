package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An object reads a JSON object key by key. The first error stays in err.
type object struct {
	fields []field
	depth  int
	err    error
}

// A field is a key with its value.
type field struct {
	key   string
	value json.RawMessage
}

// maxFields is how many keys an object may have.
const maxFields = 100

// value returns the value of a key; nil when there is none, or null.
func (o *object) value(key string) json.RawMessage {
	for i := range o.fields {
		if o.fields[i].key != key {
			continue
		}
		if v := o.fields[i].value; string(v) != "null" {
			return v
		}
		return nil
	}
	return nil
}

func (o *object) names(key string) bool {
	return slices.ContainsFunc(o.fields, func(f field) bool { return f.key == key })
}

func readObject(data []byte) (*object, error) {
	if o, ok := splitObject(data); ok {
		return o, nil
	}
	return decodeObject(data)
}

// decodeObject reads an object of any spelling, and says what is wrong with others.
func decodeObject(data []byte) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("it is not a JSON object"), err)
	}
	o := &object{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := t.(string)
		if o.names(key) {
			return nil, fmt.Errorf("the key %q is there twice", key)
		}
		if len(o.fields) == maxFields {
			return nil, errors.New("there are more than 100 keys")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
		o.fields = append(o.fields, field{key, value})
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the JSON object")
	}
	return o, nil
}

func (o *object) has(key string) bool { return o.value(key) != nil }

func (o *object) fail(key, want string) {
	if o.err == nil {
		o.err = fmt.Errorf("%s %.100s: it must be %s", key, o.value(key), want)
	}
}

// read decodes the value of a key, and leaves into as it is when there is none.
func (o *object) read(key string, into any, want string) {
	if o.has(key) && json.Unmarshal(o.value(key), into) != nil {
		o.fail(key, want)
	}
}

func (o *object) text(key string) (s string) {
	if v := o.value(key); plain(v) {
		return string(v[1 : len(v)-1])
	}
	o.read(key, &s, "a text")
	return s
}

// plain is true of a JSON text that stands for its own bytes, as most do:
// there is no need to have package json read it again.
func plain(v json.RawMessage) bool {
	if len(v) < 2 || v[0] != '"' {
		return false
	}
	for _, c := range v {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// textOrNumber reads a text that may be written as a number, such as an hour.
func (o *object) textOrNumber(key string) string {
	if !o.has(key) {
		return ""
	}
	if c := o.value(key)[0]; c >= '0' && c <= '9' {
		return string(o.value(key))
	}
	s := strings.Trim(o.text(key), blanks)
	if s == "" {
		o.fail(key, "a text that is not empty, or a number")
	}
	return s
}

func (o *object) count(key string) (f float64) {
	o.read(key, &f, "a number")
	return f
}

func (o *object) zone() *zone {
	if !o.has("timezone") {
		return nil
	}
	name := o.text("timezone")
	if name == "" {
		o.fail("timezone", `an IANA name such as "Europe/Zurich"`)
		return nil
	}
	z, err := loadZone(name)
	if err != nil && o.err == nil {
		o.err = err
	}
	return z
}

// time reads a time with an offset or, when there is a zone, without. It is
// brought to whole microseconds by round.
func (o *object) time(key string, z *zone, round func(string, time.Time) (time.Time, error)) time.Time {
	text := o.text(key)
	if !o.has(key) || o.err != nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		local, isLocal := localTime(text)
		switch {
		case !isLocal:
			o.fail(key, `a time such as "2030-01-31T09:00:00+01:00", or with a timezone "2030-01-31T09:00:00"`)
			return time.Time{}
		case z == nil:
			o.fail(key, `given with an offset, as in "2030-01-31T09:00:00Z", or there must be a timezone`)
			return time.Time{}
		}
		t = time.Unix(z.instant(local.Unix()), int64(local.Nanosecond()))
	}
	t, err = round(key, t)
	if err != nil {
		o.err = err
	}
	return t
}

// localTime reads what a clock shows, as if it were in UTC.
func localTime(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// settings reads the keys that stand for options. It does not check them.
func (o *object) settings() (s settings) {
	s.zone = o.zone()
	s.start, s.end = o.time("start_at", s.zone, instant), o.time("end_at", s.zone, instantBefore)
	jitter, err := duration(o.count("jitter") * 1e6)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("jitter: %w", err)
	}
	s.jitter = jitter
	s.gap, s.fold, s.dialect = o.text("gap"), o.text("fold"), o.text("dialect")
	return s
}

// done returns the first error, which is before others a key that is not known.
func (o *object) done(known ...string) error {
	for _, f := range o.fields {
		key := f.key
		if key == "type" || slices.Contains(known, key) {
			continue
		}
		if len(known) == 0 {
			return fmt.Errorf("unknown key %q; there are none but type", key)
		}
		return fmt.Errorf("unknown key %q; the known ones are %s", key, strings.Join(known, ", "))
	}
	return o.err
}
