package sqlstore

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz/store"
)

// A row is a record and what the table knows of it.
type row struct {
	key    int64 // of an embedded database, which can't find a row without an id
	due    sql.NullInt64
	record store.Record
	broken error // why it can't be read; the record is what could be read of it
}

func records(rows []row) []store.Record {
	rs := make([]store.Record, len(rows))
	for i := range rows {
		rs[i] = rows[i].record
	}
	return rs
}

// maxData is the largest Data, in bytes: SQLite keeps rows up to 1,000,000,000.
const maxData = 900 << 20

// dueColumn is the value of the column due. A time that no column can hold is
// an error.
func dueColumn(t time.Time) (any, error) {
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

// nullable is dueColumn for a server.
func nullable(t time.Time) (sql.NullInt64, error) {
	v, err := dueColumn(t)
	us, ok := v.(int64)
	return sql.NullInt64{Int64: us, Valid: ok}, err
}

// plain tells whether a server can keep a text: UTF-8 without NUL.
func plain(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// atColumn is the value to compare the column due with.
func atColumn(t time.Time) int64 {
	const most = math.MaxInt64 / 1_000_000
	switch {
	case t.Unix() >= most:
		return math.MaxInt64
	case t.Unix() <= -most:
		return math.MinInt64
	}
	return t.UnixMicro()
}

func dueTime(us int64) time.Time { return time.UnixMicro(us).UTC() }

// revColumn is the value of the column rev; one that no column holds becomes
// one that no record has.
func revColumn(rev uint64) int64 {
	if rev >= math.MaxInt64 {
		return -1
	}
	return int64(rev)
}

// checkData refuses data that does not fit into a row.
func checkData(r store.Record) error {
	if len(r.Data) > maxData {
		return fmt.Errorf("%w: the data of %q has %d bytes, %d are allowed", store.ErrInvalid, r.ID, len(r.Data), maxData)
	}
	return nil
}

// dataColumn keeps empty data from becoming NULL.
func dataColumn(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// record makes a record of a row's columns. With an error, which wraps
// ErrCorrupt and names the columns, comes whatever could be read.
func record(id, due, executor, rev, data any) (r store.Record, err error) {
	var bad []string
	var ok bool
	if r.ID, ok = id.(string); !ok || store.CheckID(r.ID) != nil {
		bad = append(bad, fmt.Sprintf("id is %s", typeName(id)))
	}
	if us, ok := due.(int64); ok {
		r.Due = dueTime(us)
	} else if due != nil {
		bad = append(bad, fmt.Sprintf("due is %s, not an integer or NULL", typeName(due)))
	}
	if r.Executor, ok = executor.(string); !ok {
		bad = append(bad, fmt.Sprintf("executor is %s, not text", typeName(executor)))
	}
	if n, ok := rev.(int64); ok && n > 0 {
		r.Rev = uint64(n)
	} else if ok {
		bad = append(bad, fmt.Sprintf("rev is %d, not 1 or more", n))
	} else {
		bad = append(bad, fmt.Sprintf("rev is %s, not an integer", typeName(rev)))
	}
	if r.Data, ok = data.([]byte); !ok {
		bad = append(bad, fmt.Sprintf("data is %s, not a blob", typeName(data)))
	}
	if len(bad) > 0 {
		return r, fmt.Errorf("%w: the row with the id %.80q: %s", store.ErrCorrupt, fmt.Sprint(id), strings.Join(bad, "; "))
	}
	return r, nil
}

// typeName calls the type of a column's value as SQLite does.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "NULL"
	case int64:
		return "an integer"
	case float64:
		return "a real number"
	case string:
		return "text"
	case []byte:
		return "a blob"
	default:
		return fmt.Sprintf("a %T", v)
	}
}
