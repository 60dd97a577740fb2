package mongostore

import (
	"bytes"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
)

// decode makes a record of a document. With an error, which wraps ErrCorrupt
// and names the fields, comes whatever could be read.
func decode(raw bson.Raw) (r store.Record, err error) {
	d := fields{raw: raw}
	id := raw.Lookup("_id")
	r.ID, _ = id.StringValueOK()
	if store.CheckID(r.ID) != nil {
		d.wrong("_id", id, "the id of a task")
	}
	due := raw.Lookup("due")
	if us, ok := due.Int64OK(); ok {
		r.Due = fromMicros(us)
	} else if due.Type != bson.TypeNull && !due.IsZero() {
		d.wrong("due", due, "a long or null")
	}
	r.Executor = d.text("executor")
	if n := d.long("rev"); n > 0 {
		r.Rev = uint64(n)
	} else if raw.Lookup("rev").Type == bson.TypeInt64 {
		d.bad = append(d.bad, fmt.Sprintf("rev is %d, not 1 or more", n))
	}
	r.Data = d.binary("data")
	if v := raw.Lookup("by"); v.Type != bson.TypeEmbeddedDocument {
		d.wrong("by", v, "a document")
	}
	return r, d.err()
}

// fields reads a document's fields and notes those of a wrong type.
type fields struct {
	raw bson.Raw
	bad []string
}

func (d *fields) long(name string) int64 {
	v := d.raw.Lookup(name)
	n, ok := v.Int64OK()
	if !ok {
		d.wrong(name, v, "a long")
	}
	return n
}

func (d *fields) text(name string) string {
	v := d.raw.Lookup(name)
	s, ok := v.StringValueOK()
	if !ok {
		d.wrong(name, v, "a string")
	}
	return s
}

// binary returns a copy, which outlives the cursor's buffer and is the caller's.
func (d *fields) binary(name string) []byte {
	v := d.raw.Lookup(name)
	_, b, ok := v.BinaryOK()
	if !ok {
		d.wrong(name, v, "binary")
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

func (d *fields) wrong(name string, v bson.RawValue, want string) {
	if v.IsZero() {
		d.bad = append(d.bad, name+" is missing")
		return
	}
	d.bad = append(d.bad, fmt.Sprintf("%s is %s, not %s", name, v.Type, want))
}

// err returns an error that wraps ErrCorrupt when a field was wrong.
func (d *fields) err() error {
	if len(d.bad) == 0 {
		return nil
	}
	id := d.raw.Lookup("_id")
	name := id.String()
	if len(name) > 80 {
		name = string(bytes.ToValidUTF8([]byte(name[:80]), nil)) + "…"
	}
	return fmt.Errorf("%w: the document with the _id %s: %s", store.ErrCorrupt, name, strings.Join(d.bad, "; "))
}
