package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// cleanupPatience is how long a store that removes its directory waits for
// another process.
const cleanupPatience = 10 * time.Second

// cleanUp removes what is the store's, and the directory when that was all.
func (s *Store) cleanUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupPatience)
	defer cancel()
	if err := s.removeOwn(ctx); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clean up the directory %q: %w", s.dir, err)
	}
	rest, err := s.names(func(string, string) bool { return true })
	if err == nil && len(rest) == 0 {
		err = os.Remove(s.dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clean up the directory %q: %w", s.dir, err)
	}
	return nil
}

func (s *Store) removeOwn(ctx context.Context) error {
	lock := s.lock
	lock.closed = make(chan struct{})
	lock.gate = newGate()
	release, err := lock.acquire(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(s.removeNodes(), s.removeRuns(), s.removeFiles(func(name, suffix string) bool {
		return isTask(name, suffix) || isTemp(name, suffix) || name == logName
	}))
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
