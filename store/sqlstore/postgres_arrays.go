package sqlstore

import (
	"bytes"
	"strconv"
	"strings"
)

// postgresWrites are writes as the columns of a table, each an array as
// PostgreSQL writes it, and their data one after the other.
type postgresWrites struct {
	kinds                                    int // a bit for each kind of write there is
	ops, ids, dues, executors, revs, lengths string
	data                                     []byte
}

func newPostgresWrites(ws []write) postgresWrites {
	var ops, ids, dues, executors, revs, lengths array
	var data bytes.Buffer
	kinds := 0
	for i := range ws {
		w := &ws[i]
		kinds |= 1 << w.op
		ops.number(int64(w.op))
		ids.text(w.id)
		if w.due.Valid {
			dues.number(w.due.Int64)
		} else {
			dues.null()
		}
		executors.text(w.executor)
		revs.number(w.rev)
		lengths.number(int64(len(w.data)))
		data.Write(w.data)
	}
	return postgresWrites{
		kinds: kinds, ops: ops.String(), ids: ids.String(), dues: dues.String(), executors: executors.String(),
		revs: revs.String(), lengths: lengths.String(), data: dataColumn(data.Bytes()),
	}
}

// textArray writes texts as PostgreSQL writes an array.
func textArray(texts []string) string {
	var a array
	for _, t := range texts {
		a.text(t)
	}
	return a.String()
}

// An array is the text of an array of PostgreSQL while it grows.
type array struct{ b strings.Builder }

func (a *array) next() {
	if a.b.Len() == 0 {
		a.b.WriteByte('{')
	} else {
		a.b.WriteByte(',')
	}
}

func (a *array) null() {
	a.next()
	a.b.WriteString("NULL")
}

func (a *array) number(n int64) {
	a.next()
	var digits [20]byte
	a.b.Write(strconv.AppendInt(digits[:0], n, 10))
}

func (a *array) text(s string) {
	a.next()
	a.b.WriteByte('"')
	for {
		i := strings.IndexAny(s, `"\`)
		if i < 0 {
			break
		}
		a.b.WriteString(s[:i])
		a.b.WriteByte('\\')
		a.b.WriteByte(s[i])
		s = s[i+1:]
	}
	a.b.WriteString(s)
	a.b.WriteByte('"')
}

func (a *array) String() string {
	if a.b.Len() == 0 {
		return "{}"
	}
	return a.b.String() + "}"
}
