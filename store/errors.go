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
