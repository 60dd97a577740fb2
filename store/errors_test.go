package store_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-asyncz/asyncz/store"
)

func TestCheckID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, id, says string // says is empty when the id is good
	}{
		{"one byte", "a", ""},
		{"255 bytes", strings.Repeat("a", 255), ""},
		{"255 bytes of three a character", strings.Repeat("漢", 85), ""},
		{"slashes and spaces", " ../a b\n", ""},
		{"the replacement character", "\ufffd", ""},
		{"a byte order mark", "\ufeff", ""},
		{"empty", "", "empty"},
		{"256 bytes", strings.Repeat("a", 256), "256 bytes, 255 are allowed"},
		{"256 bytes of two a character", strings.Repeat("é", 128), "256 bytes"},
		{"NUL", "a\x00b", "NUL"},
		{"a stray byte", "a\xff", "not UTF-8"},
		{"a surrogate", "\xed\xa0\x80", "not UTF-8"},
		{"long and not UTF-8", strings.Repeat("\xff", 300), "300 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := store.CheckID(c.id)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("the id is refused: %v", err)
			case c.says != "" && !errors.Is(err, store.ErrInvalid):
				t.Errorf("got error %v, want an ErrInvalid", err)
			case c.says != "" && !strings.Contains(err.Error(), c.says):
				t.Errorf("the error does not say %q: %v", c.says, err)
			}
		})
	}
}

// FuzzCheckID holds the check to its three rules, and its errors to one short
// line that a terminal can show.
func FuzzCheckID(f *testing.F) {
	for _, id := range []string{"", "a", "\x00", "\xff", strings.Repeat("é", 128), "\x1b[31m\x00"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		good := id != "" && len(id) <= 255 && utf8.ValidString(id) && !strings.ContainsRune(id, 0)
		err := store.CheckID(id)
		if good != (err == nil) {
			t.Fatalf("CheckID(%q) is %v", id, err)
		}
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrInvalid) {
			t.Fatalf("CheckID(%q) is %v, which is no ErrInvalid", id, err)
		}
		if text := err.Error(); strings.ContainsAny(text, "\x00\n\r\x1b") || !utf8.ValidString(text) || len(text) > 1200 {
			t.Fatalf("CheckID(%q) has an error that a terminal can't show: %q", id, text)
		}
	})
}
