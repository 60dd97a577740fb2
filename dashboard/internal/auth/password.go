package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// What new hashes are made with: the second recommendation of RFC 9106, section 4.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
)

const (
	minPassword = 8
	maxPassword = 1024
)

// HashPassword returns a hash of a password, argon2id in the PHC string format,
// for an [Account]. A password has 8 to 1024 bytes.
func HashPassword(password string) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", fmt.Errorf("a password has %d to %d bytes, this has %d", minPassword, maxPassword, len(password))
	}
	h := argonHash{time: argonTime, memory: argonMemory, threads: argonThreads, salt: make([]byte, 16)}
	rand.Read(h.salt) // never fails
	h.key = h.derive(password, 32)
	return h.String(), nil
}

// A passwordHash tells whether a password is that which it was made of. Either
// answer takes the same time.
type passwordHash interface{ matches(password string) bool }

// parseHash reads a hash. It refuses those that one login could take the machine
// down with. Errors do not show it.
func parseHash(text string) (passwordHash, error) {
	switch {
	case strings.HasPrefix(text, "$argon2id$"):
		return parseArgon(text)
	case strings.HasPrefix(text, "$2a$"), strings.HasPrefix(text, "$2b$"), strings.HasPrefix(text, "$2y$"):
		cost, err := bcrypt.Cost([]byte(text))
		if err != nil || len(text) != 60 {
			return nil, errors.New("the bcrypt hash is not complete")
		}
		if cost > 16 {
			return nil, fmt.Errorf("the bcrypt hash has cost %d; at most 16 is allowed", cost)
		}
		return bcryptHash(text), nil
	}
	return nil, errors.New("the hash is neither argon2id ($argon2id$v=19$…) nor bcrypt ($2b$…); make one with HashPassword")
}

type bcryptHash string

func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(h), []byte(password)) == nil
}

type argonHash struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

func (h argonHash) derive(password string, length int) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(length))
}

func (h argonHash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password, len(h.key)), h.key) == 1
}

var phc = base64.RawStdEncoding.Strict()

func (h argonHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads, phc.EncodeToString(h.salt), phc.EncodeToString(h.key))
}

var argonForm = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9]\d{0,8}),t=([1-9]\d{0,8}),p=([1-9]\d{0,8})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)

func parseArgon(text string) (passwordHash, error) {
	part := argonForm.FindStringSubmatch(text)
	if part == nil {
		return nil, errors.New("the argon2id hash is not of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash")
	}
	// Nine digits fit.
	memory, _ := strconv.Atoi(part[1])
	passes, _ := strconv.Atoi(part[2])
	threads, _ := strconv.Atoi(part[3])
	salt, errSalt := phc.DecodeString(part[4])
	key, errKey := phc.DecodeString(part[5])
	switch {
	case errSalt != nil || errKey != nil:
		return nil, errors.New("the salt or the hash of the argon2id hash is not base64")
	case threads < 1 || threads > 64 || passes < 1 || passes > 64 || memory < 8*threads || memory > 1<<20:
		return nil, fmt.Errorf("the argon2id hash asks for m=%d,t=%d,p=%d; allowed are m up to 1048576 (1 GiB) and at least 8 p, t from 1 to 64, p from 1 to 64", memory, passes, threads)
	case len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64:
		return nil, fmt.Errorf("the argon2id hash has a salt of %d and a hash of %d bytes; allowed are 8 to 64 and 16 to 64", len(salt), len(key))
	}
	return argonHash{time: uint32(passes), memory: uint32(memory), threads: uint8(threads), salt: salt, key: key}, nil
}
