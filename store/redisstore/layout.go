package redisstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz/store"
)

// A record is a field of the hash, named by its id. Its value is
//
//	0   4  "AZR" and the version of this layout, 1
//	4   8  revision, big-endian
//	12  8  due time, see below; zeros: not scheduled
//	20  1  length of the label, and the label
//	    4  length of the data, big-endian, and the data
//
// and its entry in the sorted set, all of whose scores are 0 so that entries are
// ordered by their bytes, is
//
//	"d" label NUL due id    when it is scheduled
//	"p" id                  when it is not
//
// A due time is its microseconds since 1970 as 8 bytes, big-endian, with the sign
// bit turned, so that earlier is smaller. The formats of Lua's side are in
// lua/record.lua.
const (
	magic       = "AZR\x01"
	fixedHeader = len(magic) + 8 + 8 + 1 + 4
	maxLabel    = 255
	// maxData keeps a value below the 512 MB that a server takes by default.
	maxData = 500 << 20
)

// earliest and latest bound the due times that a record may have.
var (
	earliest = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC)
)

const signBit = 1 << 63

// moment is a time as 8 bytes in the order of time.
func moment(t time.Time) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro())^signBit))
}

// after is the first moment after t. Times out of range are taken to its ends.
func after(t time.Time) string {
	switch {
	case t.Before(earliest):
		t = earliest.Add(-time.Microsecond)
	case t.After(latest):
		t = latest
	}
	return string(binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro()+1)^signBit))
}

// readMoment is the inverse of moment; b has 8 bytes.
func readMoment(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b) ^ signBit)).UTC()
}

// due is a due time as a record holds it.
func due(t time.Time) string {
	if t.IsZero() {
		return string(make([]byte, 8))
	}
	return moment(t)
}

func readDue(b []byte) time.Time {
	if binary.BigEndian.Uint64(b) == 0 {
		return time.Time{}
	}
	return readMoment(b)
}

// check returns an error that wraps ErrInvalid for what a record can't hold.
func check(r *store.Record) error {
	switch {
	case len(r.Executor) > maxLabel || !utf8.ValidString(r.Executor) || strings.IndexByte(r.Executor, 0) >= 0:
		return fmt.Errorf("%w: %q: the executor %.40q must be UTF-8 without NUL of up to %d bytes", store.ErrInvalid, r.ID, r.Executor, maxLabel)
	case len(r.Data) > maxData:
		return fmt.Errorf("%w: %q: the data has %d bytes, %d are allowed", store.ErrInvalid, r.ID, len(r.Data), maxData)
	}
	return checkDue(r.ID, r.Due)
}

func checkDue(id string, t time.Time) error {
	if t.Before(earliest) || !t.Before(latest) {
		return fmt.Errorf("%w: %q: the due time %v is not between the years 1 and 9999", store.ErrInvalid, id, t)
	}
	return nil
}

// encode is the value of a record at a revision.
func encode(r *store.Record, rev uint64) []byte {
	b := make([]byte, 0, fixedHeader+len(r.Executor)+len(r.Data))
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint64(b, rev)
	b = append(b, due(r.Due)...)
	b = append(b, byte(len(r.Executor)))
	b = append(b, r.Executor...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Data)))
	return append(b, r.Data...)
}

// decode makes a record of its value, whose bytes it keeps. It agrees with head
// in lua/record.lua on what is a record.
func decode(id string, v []byte) (store.Record, error) {
	r := store.Record{ID: id}
	corrupt := func(why string) (store.Record, error) {
		return r, fmt.Errorf("%w: %q: its value in the hash %s", store.ErrCorrupt, id, why)
	}
	if len(v) < fixedHeader || string(v[:4]) != magic {
		return corrupt("is no record of asyncz")
	}
	n := int(v[20])
	if len(v) < fixedHeader+n || uint64(len(v)) != uint64(fixedHeader+n)+uint64(binary.BigEndian.Uint32(v[21+n:])) {
		return corrupt("is cut off or too long")
	}
	label := v[21 : 21+n]
	if bytes.IndexByte(label, 0) >= 0 {
		return corrupt("holds a label with a NUL")
	}
	rev := binary.BigEndian.Uint64(v[4:])
	if rev == 0 {
		return corrupt("has the revision 0")
	}
	r.Rev, r.Due, r.Executor = rev, readDue(v[12:]), string(label)
	r.Data = v[fixedHeader+n:]
	return r, nil
}

// An entry is what the index tells of a record.
type entry struct {
	id, executor string
	due          time.Time
}

// readEntry takes an entry of the index apart; it is false for one that isn't ours.
func readEntry(m string) (e entry, ok bool) {
	switch {
	case m == "":
		return e, false
	case m[0] == 'p':
		return entry{id: m[1:]}, true
	}
	label, rest, ok := strings.Cut(m[1:], "\x00")
	if m[0] != 'd' || !ok || len(rest) < 8 {
		return e, false
	}
	return entry{id: rest[8:], executor: label, due: readDue([]byte(rest[:8]))}, true
}

// index is the entry of a record.
func index(r *store.Record) string {
	if r.Due.IsZero() {
		return "p" + r.ID
	}
	return "d" + r.Executor + "\x00" + moment(r.Due) + r.ID
}

// describes tells whether this is the entry of a record.
func (e entry) describes(r store.Record) bool {
	return e.id == r.ID && e.due.Equal(r.Due) && (e.executor == r.Executor || r.Due.IsZero())
}
