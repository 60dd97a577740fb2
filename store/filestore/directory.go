package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// leftoverAge is how old a temporary file must be to be removed at opening.
const leftoverAge = time.Hour

// missing reports whether there is nothing of this name.
func missing(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, fs.ErrNotExist)
}

// makeDirectory makes a directory that isn't there, with this very mode, and
// makes its name survive a loss of power.
func makeDirectory(dir string, mode fs.FileMode) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return errors.New("it is a file")
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if missing(parent) {
		if err := makeDirectory(parent, mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	if err := os.Chmod(dir, mode); err != nil {
		return err
	}
	return syncDir(parent)
}

// names returns the names in the directory for which keep is true.
func (s *Store) names(keep func(name, suffix string) bool) ([]string, error) {
	d, err := os.Open(s.dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	all, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, name := range all {
		if keep(name, s.options.suffix) {
			kept = append(kept, name)
		}
	}
	return kept, nil
}

// removeLeftovers removes the temporary files of processes that have died.
func (s *Store) removeLeftovers() error {
	temps, err := s.names(isTemp)
	if err != nil {
		return err
	}
	for _, name := range temps {
		path := filepath.Join(s.dir, name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < leftoverAge {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove a temporary file left by a crash: %w", err)
		}
	}
	return nil
}
