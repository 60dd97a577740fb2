package seal

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
)

// strongLen is how many characters 128 random bits take in base64.
const strongLen = 22

// Generate returns a strong value for a key: 256 random bits, as 43 characters
// of A-Z, a-z, 0-9, - and _, so that it needs no quoting in a shell, in YAML or in
// an environment file.
func Generate() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Weak returns a sentence that warns of a value which can be guessed or was
// probably not meant so, or the empty string. It doesn't show the value.
//
// A key is the plain SHA-256 of its value, so who has a copy of the store can
// try values by the billion. The warning is for values under 22 bytes, for those
// of fewer than 8 different bytes, and for white space at either end, which is
// part of the key. No warning doesn't mean strong: only [Generate] does.
func Weak(value string) string {
	switch {
	case len(value) < strongLen:
		return fmt.Sprintf("the encryption key has only %d bytes and can be guessed; "+
			"use at least %d random characters, such as those that `asyncz keygen` prints", len(value), strongLen)
	case distinct(value) < 8:
		return "the encryption key repeats a few characters and can be guessed; use the ones that `asyncz keygen` prints"
	case strings.TrimSpace(value) != value:
		return "the encryption key begins or ends with white space, which is part of the key"
	}
	return ""
}

func distinct(s string) int {
	seen := map[byte]bool{}
	for i := range len(s) {
		seen[s[i]] = true
	}
	return len(seen)
}

// ParseOld splits a list of old values, one a line. A line ends with LF or CR LF,
// which is not part of the value; all else is, white space included. Empty lines
// are ignored.
func ParseOld(text string) []string {
	var values []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSuffix(line, "\r"); line != "" {
			values = append(values, line)
		}
	}
	return values
}

// FromFile returns the value that a key file holds: all of its content but one
// line end, LF or CR LF, at the end of the file. Other white space is part of
// the value.
func FromFile(content []byte) string {
	text, ended := strings.CutSuffix(string(content), "\n")
	if ended {
		text = strings.TrimSuffix(text, "\r")
	}
	return text
}
