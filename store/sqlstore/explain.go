package sqlstore

import (
	"errors"
	"fmt"
	"strings"
)

// An explained error tells where it happened and what can be done about it.
type explained struct {
	text  string
	cause error
}

func (e *explained) Error() string { return e.text + ": " + e.cause.Error() }
func (e *explained) Unwrap() error { return e.cause }

// explain adds the database and some advice to an error that comes from it.
func (p *pool) explain(err error) error {
	var already *explained
	if err == nil || errors.As(err, &already) {
		return err
	}
	switch p.d.classify(err) {
	case failBusy:
		return &explained{fmt.Sprintf("%s is locked: another program held its lock for %v; end that program or its transaction, or raise timeout", p.where, p.settings.lockWait), err}
	case failFull:
		return &explained{p.where + " can't grow: its disk is full or its size is limited; make room, nothing was written", err}
	case failReadOnly:
		return &explained{p.where + " can't be written to: give this user the right to write to the file and to its directory", err}
	case failForeign:
		return &explained{p.where + " is something else than a database; it was left as it is, name another file", err}
	case failDamaged:
		return &explained{p.where + " is damaged; keep a copy of it, then restore a backup or run sqlite3's .recover", err}
	case failOpen:
		return &explained{p.where + " can't be opened: this user must be able to read and write the file and its directory", err}
	case failIO:
		return &explained{p.where + " can't be read or written: the file system fails", err}
	default:
		return err
	}
}

// A hidden error has been rid of what it must not show.
type hidden struct {
	text  string
	cause error
}

func (e *hidden) Error() string { return e.text }
func (e *hidden) Unwrap() error { return e.cause }

// hide takes secrets out of an error that shows a URL: a driver that can't read
// what it is given may show all of it.
func hide(err error, secrets []string) error {
	text := err.Error()
	if !strings.Contains(text, "://") {
		return err
	}
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "xxxxx")
	}
	if text == err.Error() {
		return err
	}
	return &hidden{text, err}
}
