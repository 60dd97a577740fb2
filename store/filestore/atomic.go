package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
)

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
