package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// leftoverAge is how old a temporary file must be to be removed at opening.
const leftoverAge = time.Hour

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
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
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

// cleanUp removes what is the store's, and the directory when that was all.
func (s *Store) cleanUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupPatience)
	defer cancel()
	if err := s.removeOwn(ctx); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clean up the directory %q: %w", s.dir, err)
	}
	if err := os.Remove(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotEmpty(err) {
		return fmt.Errorf("clean up the directory %q: %w", s.dir, err)
	}
	return nil
}

func (s *Store) removeOwn(ctx context.Context) error {
	lock := s.lock
	lock.closed = make(chan struct{})
	lock.gate = &gate{turn: make(chan struct{}, 1)}
	release, err := lock.acquire(ctx)
	if err != nil {
		return err
	}
	err = s.removeFiles(func(name, suffix string) bool {
		return isTask(name, suffix) || isTemp(name, suffix) || name == logName
	})
	// Windows removes no file that is open, so the lock goes after its release.
	return errors.Join(err, release(), os.Remove(s.lock.path))
}

// removeFiles removes the files for which which is true; a directory of such a
// name stays.
func (s *Store) removeFiles(which func(name, suffix string) bool) error {
	names, err := s.names(which)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(s.dir, name)
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			continue
		}
		if err := s.options.files.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// isNotEmpty tells whether a directory was not removed for what is in it. Go has
// no portable name for this error.
func isNotEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrExist) || strings.Contains(err.Error(), "not empty")
}
