package mongostore

import (
	"fmt"
	"math"
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
