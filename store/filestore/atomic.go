package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A fileSystem is what the store needs to read and replace task files.
type fileSystem interface {
	ReadFile(path string) ([]byte, error)
	Create(path string, perm fs.FileMode) (file, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error
}

// A file is one that is being written.
type file interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

// A change is what a write does to one file.
type change struct {
	name    string
	content []byte // nil: the file goes
}

// writers is how many files of a batch are written at once: a disk takes several
// flushes together.
const writers = 8

// replace does the changes so that a crash at any point leaves each file in its
// old or its new form: the new ones are written and flushed under other names,
// then renamed, and then the names are flushed. An error before the first rename
// changes nothing.
func replace(fsys fileSystem, dir string, perm fs.FileMode, changes []change) error {
	temps, err := writeTemps(fsys, dir, perm, changes)
	if err != nil {
		removeAll(fsys, temps)
		return err
	}
	for i, c := range changes {
		if err := apply(fsys, dir, c); err != nil {
			removeAll(fsys, tempsOf(dir, changes[i:]))
			return err
		}
	}
	if err := fsys.SyncDir(dir); err != nil {
		return fmt.Errorf("flush the directory: %w", err)
	}
	return nil
}

func apply(fsys fileSystem, dir string, c change) error {
	path := filepath.Join(dir, c.name)
	if c.content == nil {
		return fsys.Remove(path)
	}
	return fsys.Rename(path+tempSuffix, path)
}

// writeTemps writes and flushes the new contents and returns the paths that it
// may have left, also when it fails.
func writeTemps(fsys fileSystem, dir string, perm fs.FileMode, changes []change) ([]string, error) {
	paths := tempsOf(dir, changes)
	if len(paths) == 0 {
		return nil, nil
	}
	jobs := make(chan change)
	errs := make(chan error, writers)
	var wg sync.WaitGroup
	for range min(writers, len(paths)) {
		wg.Go(func() {
			for c := range jobs {
				if err := writeTemp(fsys, filepath.Join(dir, c.name+tempSuffix), perm, c.content); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	err := feed(jobs, errs, changes)
	wg.Wait()
	close(errs)
	for e := range errs {
		err = errors.Join(err, e)
	}
	return paths, err
}

// feed gives the writers their work until one of them fails.
func feed(jobs chan<- change, errs <-chan error, changes []change) error {
	defer close(jobs)
	for _, c := range changes {
		if c.content == nil {
			continue
		}
		select {
		case jobs <- c:
		case err := <-errs:
			return err
		}
	}
	return nil
}

func writeTemp(fsys fileSystem, path string, perm fs.FileMode, content []byte) error {
	f, err := fsys.Create(path, perm)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func tempsOf(dir string, changes []change) []string {
	var paths []string
	for _, c := range changes {
		if c.content != nil {
			paths = append(paths, filepath.Join(dir, c.name+tempSuffix))
		}
	}
	return paths
}

// removeAll removes what is there of the store's own temporary files; one that
// stays is removed when the directory is opened a good while later.
func removeAll(fsys fileSystem, paths []string) {
	for _, p := range paths {
		_ = fsys.Remove(p)
	}
}

// osFiles is the operating system's fileSystem.
type osFiles struct{}

var _ fileSystem = osFiles{}

var errNotRegular = errors.New("it is not a regular file")

// ReadFile opens nothing but a regular file: a pipe would block it.
func (osFiles) ReadFile(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	case info.Size() > maxFileSize:
		return nil, fmt.Errorf("it has %d bytes; a task file has at most %d", info.Size(), maxFileSize)
	}
	return os.ReadFile(path)
}

// Create makes a file that was not there. A file of this name is the leftover of
// a crash, because the name is used under the directory's lock only.
func (osFiles) Create(path string, perm fs.FileMode) (file, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := os.OpenFile(path, flags, perm)
	if errors.Is(err, fs.ErrExist) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		f, err = os.OpenFile(path, flags, perm)
	}
	if err != nil {
		return nil, err
	}
	if perm&0o077 != 0 { // the process's mask may have taken some of it away
		if err := f.Chmod(perm); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(path))
		}
	}
	return f, nil
}

func (osFiles) Rename(from, to string) error { return os.Rename(from, to) }
func (osFiles) Remove(path string) error     { return os.Remove(path) }
func (osFiles) SyncDir(path string) error    { return syncDir(path) }
