package store

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

var (
	// ErrExists: a record with this id is there already.
	ErrExists = errors.New("a task with this id exists")
	// ErrNotFound: there is no record with this id.
	ErrNotFound = errors.New("no such task")
	// ErrConflict: the record has another revision than the write expected.
	ErrConflict = errors.New("the task was changed by somebody else meanwhile")
	// ErrInvalid: the record can't be kept as it is; nothing was written.
	ErrInvalid = errors.New("invalid record")
	// ErrCorrupt: what is stored is not a record. It stays as it is.
	ErrCorrupt = errors.New("corrupt record")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrUnreachable: the server of the store doesn't answer: it is away, starting,
	// or cut off. Trying again later can help, unlike with other errors of Open.
	ErrUnreachable = errors.New("the server can't be reached")
	// ErrConfig: a store can't be opened with this configuration.
	ErrConfig = errors.New("store configuration")
)

// CheckID returns nil when id can name a record, and otherwise an error that
// says why not and wraps ErrInvalid. A store calls it in Add.
func CheckID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: the id is empty", ErrInvalid)
	case len(id) > MaxIDLen:
		return fmt.Errorf("%w: the id %.20q… has %d bytes, %d are allowed", ErrInvalid, id, len(id), MaxIDLen)
	case !utf8.ValidString(id):
		return fmt.Errorf("%w: the id %q is not UTF-8", ErrInvalid, id)
	}
	if strings.IndexByte(id, 0) >= 0 {
		return fmt.Errorf("%w: the id %q holds a NUL", ErrInvalid, id)
	}
	return nil
}

// MaxLogLen is the largest length of the name of a history, in bytes.
const MaxLogLen = 32

// CheckLog returns nil when log can name a history: "", or a letter from a to z
// and then such letters, digits and dashes. Its error wraps ErrInvalid. A store
// calls it in TrimRuns.
func CheckLog(log string) error {
	if len(log) > MaxLogLen {
		return fmt.Errorf("%w: the name of the history %.20q… has %d bytes, %d are allowed", ErrInvalid, log, len(log), MaxLogLen)
	}
	for i := range len(log) {
		c := log[i]
		if letter := 'a' <= c && c <= 'z'; !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return fmt.Errorf("%w: the name of the history %q must be a letter from a to z and then such letters, digits and dashes", ErrInvalid, log)
		}
	}
	return nil
}

// CheckRun returns nil when a store can keep the row, and otherwise an error that
// says why not and wraps ErrInvalid. A store calls it in AppendRuns, for each row
// before it writes the first.
func CheckRun(e RunEntry) error {
	if err := CheckLog(e.Log); err != nil {
		return err
	}
	if e.Task != "" {
		if err := CheckID(e.Task); err != nil {
			return err
		}
	}
	if y := e.Fire.UTC().Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: a run of %q is scheduled in the year %d; 1 to 9999 are allowed", ErrInvalid, e.Task, y)
	}
	if y := e.Ended.UTC().Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: a run of %q ended in the year %d; 1 to 9999 are allowed", ErrInvalid, e.Task, y)
	}
	return nil
}

// CheckRunQuery returns nil when the query can be answered, and otherwise an error
// that wraps ErrInvalid. A store calls it in Runs.
func CheckRunQuery(q RunQuery) error {
	if err := CheckLog(q.Log); err != nil {
		return err
	}
	if !q.Fire.IsZero() && q.Task == "" {
		return fmt.Errorf("%w: a query for the runs of a scheduled time needs their task", ErrInvalid)
	}
	return nil
}
