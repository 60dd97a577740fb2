package filestore

import (
	"os"
	"time"
)

// lookInterval is how often a handle looks for changes that no log tells of.
const lookInterval = 2 * time.Second

// A lookout notices what people do in the directory.
type lookout struct {
	next  time.Time // of the next look
	mtime time.Time // of the directory, when its names were last compared
}

// lookAround compares the names in the directory with the index, at most every
// two seconds, at most a fiftieth of the time, and only when the directory's time
// of change has moved. Files that could not be read it tries again when they changed.
func (s *Store) lookAround(now time.Time) error {
	if now.Before(s.watched.next) {
		return nil
	}
	if err := s.retryBad(); err != nil {
		return err
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return err
	}
	if !info.ModTime().Equal(s.watched.mtime) {
		if err := s.compareNames(); err != nil {
			return err
		}
		s.watched.mtime = settled(info.ModTime(), now)
	}
	took := time.Since(now)
	s.watched.next = now.Add(max(lookInterval, 50*took))
	return nil
}

// settled returns the time of change, or zero while a later change could still
// bear the same time because file systems keep it coarsely.
func settled(mtime, now time.Time) time.Time {
	if now.Sub(mtime) < lookInterval {
		return time.Time{}
	}
	return mtime
}

func (s *Store) compareNames() error {
	names, err := s.names(isTask)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
		if s.index.has(name) {
			continue
		}
		if err := s.refresh(name); err != nil {
			return err
		}
	}
	for name := range s.index.entries {
		if !there[name] {
			s.index.remove(name)
		}
	}
	for name := range s.index.bad {
		if !there[name] {
			s.index.remove(name)
		}
	}
	return nil
}

func (s *Store) retryBad() error {
	for name, mark := range s.index.bad {
		if s.mark(name) == mark {
			continue
		}
		if err := s.refresh(name); err != nil {
			return err
		}
	}
	return nil
}
