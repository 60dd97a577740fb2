package api

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// Tokens are all who are let in. They may be used by several goroutines at a time.
// Those of a file are read again when it has changed, so that a token can be given
// out or taken back without a restart.
type Tokens struct {
	path string // "": not of a file

	mu     sync.Mutex
	list   []Token
	looked time.Time   // when the file was last looked at
	stamp  fs.FileInfo // of the file that list was read from
	fault  error       // why it can't be read now
}

// NewTokens returns a fixed set.
func NewTokens(list ...Token) (*Tokens, error) {
	return &Tokens{list: slices.Clone(list)}, checkTokens(list)
}

// LoadTokens reads the tokens of a file, one JSON object a line, as [AddToken]
// writes them. Others than its owner must not be able to read or write it.
//
// When the file changes, it is read again, within a second. When it can't be read
// then, nobody is let in until it can: somebody may have meant to shut others out.
func LoadTokens(path string) (*Tokens, error) {
	t := &Tokens{path: path}
	t.refresh(time.Now())
	return t, t.fault
}

// Find returns the token whose secret this is.
func (t *Tokens) Find(secret string) (Token, error) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.path != "" && now.Sub(t.looked).Abs() >= time.Second {
		t.refresh(now)
	}
	if t.fault != nil {
		return Token{}, t.fault
	}
	hash, found := []byte(hashOf(secret)), -1
	for i, candidate := range t.list { // all of them, so that the time taken tells nothing
		if subtle.ConstantTimeCompare(hash, []byte(candidate.Hash)) == 1 {
			found = i
		}
	}
	switch {
	case found < 0:
		return Token{}, ErrUnknownToken
	case !t.list[found].Expires.IsZero() && !now.Before(t.list[found].Expires):
		return Token{}, fmt.Errorf("%w: the token of %q expired at %s", ErrUnknownToken, t.list[found].Name, t.list[found].Expires.Format(time.RFC3339))
	}
	return t.list[found], nil
}

// Len returns how many there are.
func (t *Tokens) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.list)
}

// refresh reads the file if it is not the one that was read.
func (t *Tokens) refresh(now time.Time) {
	t.looked = now
	info, err := os.Stat(t.path)
	switch {
	case err != nil:
		t.list, t.stamp, t.fault = nil, nil, fmt.Errorf("tokens: %w", err)
		return
	case t.stamp != nil && os.SameFile(info, t.stamp) && info.ModTime().Equal(t.stamp.ModTime()) && info.Size() == t.stamp.Size() && info.Mode() == t.stamp.Mode():
		return
	}
	t.list, t.fault = readTokens(t.path)
	t.stamp = info
}

func readTokens(path string) ([]Token, error) {
	if err := checkMode(path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	var list []Token
	for n, line := range bytes.Split(text, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
			continue
		}
		var one Token
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		err := dec.Decode(&one)
		if err == nil {
			err = one.check()
		}
		if err != nil {
			return nil, fmt.Errorf("tokens: %s:%d: %w", path, n+1, err)
		}
		list = append(list, one)
	}
	if err := checkTokens(list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// checkTokens refuses two of a name, because the audit would not tell them apart.
func checkTokens(list []Token) error {
	seen := map[string]bool{}
	for _, t := range list {
		if err := t.check(); err != nil {
			return fmt.Errorf("tokens: %w", err)
		}
		if seen[t.Name] {
			return fmt.Errorf("tokens: there are two of the name %q; give each another", t.Name)
		}
		seen[t.Name] = true
	}
	return nil
}

// ErrUnknownToken: nobody has this token, or not any more.
var ErrUnknownToken = errors.New("the token is not known")
