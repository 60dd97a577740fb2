package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A tail is where a handle has left the end of a history. What others have written
// since is read before anything is written after it.
type tail struct {
	number uint64
	end    int64
	whole  bool // the segment up to its end ends with a mark
}

// extend writes marks at the end of a history and flushes them.
func (s *Store) extend(h *history, content []byte) error {
	if err := h.findTail(); err != nil {
		return err
	}
	t := h.tail
	if !t.whole || t.end >= s.options.segment {
		t = tail{number: t.number + 1, whole: true}
	}
	h.tail.whole = false // until it is known what became of it
	if err := s.options.files.Append(h.path(t.number), s.lock.perm, t.end, content); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	if t.end == 0 {
		if err := s.options.files.SyncDir(h.dir); err != nil {
			return fmt.Errorf("flush the directory of the histories: %w", err)
		}
	}
	t.end += int64(len(content))
	h.tail = t
	return nil
}

// findTail looks where the last segment ends now.
func (h *history) findTail() error {
	numbers, err := h.numbers()
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		h.tail = tail{number: h.tail.number}
		return nil
	}
	last := numbers[len(numbers)-1]
	info, err := os.Lstat(h.path(last))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && h.tail == (tail{last, info.Size(), true}) {
		return nil
	}
	from := int64(0)
	if h.tail.number == last && h.tail.whole {
		from = h.tail.end
	}
	part, err := readFrom(h.path(last), from)
	if isTransient(err) {
		return err
	}
	_, whole := scan(part, from, func(int64, []byte) {})
	h.tail = tail{last, from + int64(len(part)), err == nil && whole}
	return nil
}
