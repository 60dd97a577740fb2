package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A fileSystem is what the store needs to read and replace task files.
type fileSystem interface {
	ReadFile(path string) ([]byte, error)
	Create(path string, perm fs.FileMode) (file, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error
	// Append writes at the end of a file, which is that far, and flushes it; a file
	// that is not there is made when that is 0. When it fails, it takes back what it
	// has written, if it can.
	Append(path string, perm fs.FileMode, end int64, content []byte) error
}

// A file is one that is being written.
type file interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
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

func (o osFiles) Append(path string, perm fs.FileMode, end int64, content []byte) error {
	if end == 0 {
		f, err := o.Create(path, perm)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(content, end); err == nil {
		err = f.Sync()
	}
	if err != nil {
		err = errors.Join(err, f.Truncate(end))
	}
	return errors.Join(err, f.Close())
}
