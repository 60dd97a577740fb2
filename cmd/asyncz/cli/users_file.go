package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-asyncz/asyncz/dashboard"
)

// A userLine is a line of a file of users; without a name it is a comment.
type userLine struct{ text, name, role string }

type userLines []userLine

func newUser(name, role, hash string) (userLine, error) {
	if strings.ContainsAny(name, ":#\r\n") {
		return userLine{}, usagef("user name %q: a name has no spaces, colons or hashes", name)
	}
	// The dashboard is to read what is written here.
	if _, err := dashboard.ParseAccounts(strings.NewReader(name + ":" + role + ":" + hash)); err != nil {
		return userLine{}, usageError{err}
	}
	return userLine{name + ":" + role + ":" + hash, name, role}, nil
}

// readUsers reads a file of users; none if there is no file.
func readUsers(file string) (users userLines, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		_, err = dashboard.ParseAccounts(strings.NewReader(string(text)))
	}
	if err != nil {
		return nil, fmt.Errorf("users: %s: %w", file, err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		u := userLine{text: line}
		if trimmed := strings.TrimSpace(line); trimmed != "" && trimmed[0] != '#' {
			parts := strings.SplitN(trimmed, ":", 3) // that there are three is checked
			u.name, u.role = parts[0], parts[1]
		}
		users = append(users, u)
	}
	return users, nil
}

func (u userLines) find(name string) int {
	return slices.IndexFunc(u, func(line userLine) bool { return line.name != "" && line.name == name })
}

// write replaces a file in one step, so that the dashboard reads the old or the new one.
func (u userLines) write(file string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("users: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("users: %w", errors.Join(err, os.Remove(f.Name())))
		}
	}()
	for _, line := range u {
		if _, err = f.WriteString(line.text + "\n"); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
