package auth

import (
	"bufio"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode"
)

const maxName = 64 // bytes

// An Account is a user who logs in with a password.
type Account struct {
	Name string // 1 to 64 bytes, without spaces and colons
	Role Role
	Hash string // argon2id in the PHC string format (see [HashPassword]), or bcrypt
}

// account is an Account that was checked.
type account struct {
	User
	hash passwordHash
	mark [sha256.Size]byte // of the hash: a session ends when it changes
}

func check(a Account) (*account, error) {
	bad := func(r rune) bool { return r == ':' || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	if a.Name == "" || len(a.Name) > maxName || strings.ContainsFunc(a.Name, bad) {
		return nil, fmt.Errorf("user name %q: a name has 1 to %d bytes, and no spaces or colons", a.Name, maxName)
	}
	if !a.Role.valid() {
		return nil, fmt.Errorf("user %q has role %q; the roles are %s and %s", a.Name, a.Role, Viewer, Operator)
	}
	hash, err := parseHash(a.Hash)
	if err != nil {
		return nil, fmt.Errorf("user %q: %w", a.Name, err)
	}
	return &account{User: User{Name: a.Name, Role: a.Role}, hash: hash, mark: sha256.Sum256([]byte(a.Hash))}, nil
}

// ParseAccounts reads what Config.UsersFile holds: one user a line, as
// name:role:hash. Empty lines, and those that begin with #, are passed over.
func ParseAccounts(r io.Reader) (all []Account, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, _ := strings.Cut(line, ":")
		role, hash, ok := strings.Cut(rest, ":")
		if !ok {
			return nil, fmt.Errorf("line %d is not of the form name:role:hash", n)
		}
		a := Account{Name: name, Role: Role(role), Hash: hash}
		if _, err := check(a); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, a)
	}
	return all, lines.Err()
}

// accounts are those who may log in, as they stand now.
type accounts struct {
	fixed  []Account
	file   string
	logger *slog.Logger
	salt   [32]byte

	mu     sync.Mutex
	seen   os.FileInfo // of the file when it was read last; nil: it was not there
	byName map[string]*account
	all    []*account // by name, for decoys
}

func newAccounts(fixed []Account, file string, logger *slog.Logger) (*accounts, error) {
	s := &accounts{fixed: fixed, file: file, logger: logger}
	rand.Read(s.salt[:]) // never fails
	if err := s.set(nil); err != nil {
		return nil, err
	}
	if file == "" {
		return s, nil
	}
	if err := s.read(); err != nil {
		return nil, err
	}
	if len(s.all) == 0 {
		return nil, fmt.Errorf("file of users %s: there is no user in it", file)
	}
	return s, nil
}

// find returns the account of a name. For a name that nobody has it returns a
// decoy, some other's account and always the same, so that a wrong name takes
// the time that a wrong password takes.
func (s *accounts) find(name string) (a *account, exists bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	if a, exists = s.byName[name]; exists {
		return a, true
	}
	if len(s.all) == 0 {
		return nil, false
	}
	sum := hmac.New(sha256.New, s.salt[:])
	sum.Write([]byte(name))
	return s.all[binary.BigEndian.Uint64(sum.Sum(nil))%uint64(len(s.all))], false
}

// refresh reads the file again if it has changed. One that can't be read now,
// perhaps half written, leaves the accounts as they were.
func (s *accounts) refresh() {
	if s.file == "" {
		return
	}
	now, err := os.Stat(s.file)
	if err != nil {
		now = nil
	}
	if s.seen == now || s.seen != nil && now != nil && os.SameFile(s.seen, now) && s.seen.Size() == now.Size() && s.seen.ModTime().Equal(now.ModTime()) {
		return
	}
	s.seen = now
	if err := s.read(); err != nil {
		s.logger.Error("The file of users can't be read; the users stay as they were before it changed.", "error", err)
	}
}

func (s *accounts) read() error {
	f, err := os.Open(s.file)
	if err != nil {
		return fmt.Errorf("file of users: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("file of users: %w", err)
	}
	users, err := ParseAccounts(f)
	if err == nil {
		err = s.set(users)
	}
	if err != nil {
		return fmt.Errorf("file of users %s: %w", s.file, err)
	}
	s.seen = info
	return nil
}

// set makes the fixed users and those of the file the accounts.
func (s *accounts) set(users []Account) error {
	byName := make(map[string]*account)
	var all []*account
	for _, u := range slices.Concat(s.fixed, users) {
		a, err := check(u)
		if err != nil {
			return err
		}
		if byName[a.Name] != nil {
			return fmt.Errorf("there are two users %q", a.Name)
		}
		byName[a.Name] = a
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *account) int { return cmp.Compare(a.Name, b.Name) })
	s.byName, s.all = byName, all
	return nil
}

var errNobody = errors.New("no way to tell who a user is was configured: give users, a file of users, a middleware or the header of a trusted proxy, or say that nobody needs to log in")
