package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// checkMode refuses a file that others can read or write. Windows has no such bits.
func checkMode(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("tokens: %w", err)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("tokens: others can use %s (its mode is %04o); chmod 600 it", path, info.Mode().Perm())
	}
	return nil
}

// ReadTokens returns the tokens of a file; none if there is no file.
func ReadTokens(path string) ([]Token, error) {
	list, err := readTokens(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return list, err
}

// AddToken puts a token into a file, which is made if there is none. One of the
// same name must be removed before.
func AddToken(path string, t Token) error {
	list, err := ReadTokens(path)
	if err != nil {
		return err
	}
	return writeTokens(path, append(list, t))
}

// RemoveToken takes the token of this name out of a file.
func RemoveToken(path, name string) error {
	list, err := ReadTokens(path)
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(list), func(t Token) bool { return t.Name == name })
	if len(rest) == len(list) {
		return fmt.Errorf("tokens: %s has none of the name %q", path, name)
	}
	return writeTokens(path, rest)
}

// writeTokens replaces a file in one step, so that a server reads the old or the new one.
func writeTokens(path string, list []Token) (err error) {
	if err := checkTokens(list); err != nil {
		return err
	}
	var text bytes.Buffer
	for _, t := range list {
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		text.Write(append(line, '\n'))
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("tokens: %w", errors.Join(err, os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
