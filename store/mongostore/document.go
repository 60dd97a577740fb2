package mongostore

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-asyncz/asyncz/store"
)

// A task's document is
//
//	{_id: string, due: long of microseconds or null, executor: string,
//	 rev: long, data: binary, by: {"0": long, …, "3": long}}
//
// where by holds the marks of the last writes: see mark.

// maxData is the largest Data, in bytes. A document may have 16 MiB in all.
const maxData = 16<<20 - 4096

// broken are the conditions one of which holds for a document that is not a
// record. They stand below $or and $nor, which use no index: a positive
// condition on due or executor would tempt the server's planner to look for a
// document by another index than that of its _id.
var broken = bson.A{
	isNot("_id", "string"),
	isNot("executor", "string"), is("executor", "array"),
	isNot("rev", "long"), is("rev", "array"), cond("rev", "$lte", int64(0)),
	isNot("data", "binData"), is("data", "array"),
	isNot("by", "object"), is("by", "array"),
	is("due", "array"),
	bson.D{{Key: "due", Value: bson.D{{Key: "$ne", Value: nil}, {Key: "$not", Value: bson.D{{Key: "$type", Value: "long"}}}}}},
}

// readable is true of documents that are records.
var readable = bson.E{Key: "$nor", Value: broken}

func cond(field, operator string, value any) bson.D {
	return bson.D{{Key: field, Value: bson.D{{Key: operator, Value: value}}}}
}

// is is also true of a list that holds a value of the type.
func is(field, bsonType string) bson.D { return cond(field, "$type", bsonType) }

func isNot(field, bsonType string) bson.D {
	return cond(field, "$not", bson.D{{Key: "$type", Value: bsonType}})
}

// dueField is the value of the field due. A time that no field can hold is an
// error.
func dueField(t time.Time) (any, error) {
	t = t.UTC().Truncate(time.Microsecond)
	if t.IsZero() {
		return nil, nil
	}
	us := t.UnixMicro()
	if !time.UnixMicro(us).Equal(t) {
		return nil, fmt.Errorf("%w: the due time %v is too far from 1970", store.ErrInvalid, t)
	}
	return us, nil
}

// micros is the value to compare times with.
func micros(t time.Time) int64 {
	const most = math.MaxInt64 / 1_000_000
	switch {
	case t.Unix() >= most:
		return math.MaxInt64
	case t.Unix() <= -most:
		return math.MinInt64
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// revField is the value of the field rev; one that no field holds becomes one
// that no record has.
func revField(rev uint64) int64 {
	if rev >= math.MaxInt64 {
		return -1
	}
	return int64(rev)
}

// checkSize refuses what does not fit into a document.
func checkSize(r *store.Record) error {
	if n := len(r.Data) + len(r.Executor); n > maxData {
		return fmt.Errorf("%w: the task %q has %d bytes of data, and a document of MongoDB holds %d; keep what is large elsewhere and give the task a reference",
			store.ErrInvalid, r.ID, len(r.Data), maxData)
	}
	return nil
}

// dataField keeps empty data from becoming null.
func dataField(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// decode makes a record of a document. With an error, which wraps ErrCorrupt
// and names the fields, comes whatever could be read.
func decode(raw bson.Raw) (r store.Record, err error) {
	d := fields{raw: raw}
	id := raw.Lookup("_id")
	if text, ok := id.StringValueOK(); ok && store.CheckID(text) == nil {
		r.ID = text
	} else {
		r.ID = text
		d.wrong("_id", id, "the id of a task")
	}
	if v := raw.Lookup("due"); v.Type != bson.TypeNull && !v.IsZero() {
		r.Due = fromMicros(d.long("due"))
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
