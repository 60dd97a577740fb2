package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// catchUp brings the index in step with the directory.
func (s *Store) catchUp() error {
	names, end, ok, err := s.log.changes()
	if err != nil {
		return err
	}
	if s.index == nil || !ok {
		return s.rebuild()
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if !isTask(name, s.options.suffix) {
			continue
		}
		if err := s.refresh(name); err != nil {
			return err
		}
	}
	s.log.end = end
	return s.lookAround(time.Now())
}

// rebuild reads all task files.
func (s *Store) rebuild() error {
	s.index = nil
	names, err := s.names(isTask)
	if err != nil {
		return err
	}
	x := newIndex()
	var m sync.Mutex
	err = forEach(names, func(name string) error {
		r, err := s.read(name)
		if isTransient(err) {
			return err
		}
		mark := ""
		if err != nil {
			mark = s.mark(name)
		}
		m.Lock()
		defer m.Unlock()
		switch {
		case err == nil:
			x.put(name, r)
		case !errors.Is(err, store.ErrNotFound):
			x.putBad(name, mark)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.log.adopt(); err != nil {
		return err
	}
	s.index = x
	s.ringOwn()
	s.watched = lookout{next: time.Now().Add(lookInterval)}
	return nil
}

// refresh reads one file again.
func (s *Store) refresh(name string) error {
	r, err := s.read(name)
	switch {
	case err == nil:
		if s.index.put(name, r) {
			s.ringOwn()
		}
	case errors.Is(err, store.ErrNotFound):
		s.index.remove(name)
	case isTransient(err):
		return err
	default:
		s.index.putBad(name, s.mark(name))
	}
	return nil
}

// ringOwn wakes the watchers of this handle.
func (s *Store) ringOwn() {
	s.lock.gate.bells.ring(func(of *Store) bool { return of == s })
}

// read returns the record in a file. Its error wraps ErrNotFound when there is
// no file and ErrCorrupt when the file itself is to blame; beside the latter, the
// record has its id when that is certain.
func (s *Store) read(name string) (store.Record, error) {
	path := filepath.Join(s.dir, name)
	content, err := s.options.files.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return store.Record{}, store.ErrNotFound
	case isTransient(err):
		return store.Record{}, err
	case err != nil:
		return store.Record{}, corrupt(path, err)
	}
	r, err := decode(content)
	if err == nil && fileName(r.ID, s.options.suffix) != name {
		err = fmt.Errorf("its name is not that of the task %q in it", r.ID)
	}
	if err == nil {
		return r, nil
	}
	if fileName(r.ID, s.options.suffix) != name {
		r.ID = ""
	}
	return store.Record{ID: r.ID}, corrupt(path, err)
}

func corrupt(path string, why error) error {
	return fmt.Errorf("%w: file %s: %w", store.ErrCorrupt, path, why)
}

// isTransient tells of errors that say nothing about the file.
func isTransient(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// mark returns what changes when somebody repairs a file that can't be read.
func (s *Store) mark(name string) string {
	info, err := os.Lstat(filepath.Join(s.dir, name))
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano())
}

// forEach calls f for each name, a few at once, and returns the first error.
func forEach(names []string, f func(name string) error) error {
	workers := min(2*runtime.GOMAXPROCS(0), len(names))
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(names) && errs[w] == nil; i += workers {
				errs[w] = f(names[i])
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
