package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Role says what a caller may do.
type Role string

const (
	ReadOnly Role = "read-only" // look at all, change nothing
	Full     Role = "full"      // everything
)

// secretPrefix lets people, and programs that look for leaked secrets, see what a token is.
const secretPrefix = "asz_"

// A Token lets somebody in. It holds a hash of the secret, not the secret.
type Token struct {
	Name    string    `json:"name"` // who it is; in the audit
	Role    Role      `json:"role"`
	Hash    string    `json:"hash"` // "sha256:" and 64 hexadecimal digits
	Created time.Time `json:"created,omitzero"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

// NewToken makes a token. The secret has 256 random bits; it is shown once, here,
// and can't be found again. Because it is random, one round of SHA-256 is enough
// to keep it: there is nothing to guess.
func NewToken(name string, role Role) (secret string, t Token, err error) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	t = Token{Name: name, Role: role, Hash: hashOf(secret), Created: time.Now().UTC().Truncate(time.Second)}
	return secret, t, t.check()
}

const hashPrefix = "sha256:"

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hashPrefix + hex.EncodeToString(sum[:])
}

// check returns an error that names the first field that can't be. It does not
// show the hash: it may be a secret that was put into the wrong place.
func (t Token) check() error {
	digits, ok := strings.CutPrefix(t.Hash, hashPrefix)
	sum, err := hex.DecodeString(digits)
	switch {
	case t.Name == "":
		return errors.New("name: it is empty; say whose token this is")
	case len(t.Name) > 100 || strings.ContainsFunc(t.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("name: %.100q is too long or has control characters", t.Name)
	case t.Role != ReadOnly && t.Role != Full:
		return fmt.Errorf("role: %q is neither %q nor %q", t.Role, ReadOnly, Full)
	case !ok || err != nil || len(sum) != sha256.Size:
		return fmt.Errorf("hash: it is not %q and %d hexadecimal digits", hashPrefix, 2*sha256.Size)
	}
	return nil
}
