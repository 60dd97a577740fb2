package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A history is what a handle knows of one log. It is used under the lock of the
// histories only.
type history struct {
	log      string
	dir      string
	segments []*segment // by number; nil: nothing was read yet
	index    rowIndex
	floor    uint64 // number of the first segment that counts
	tail     tail
}

func (h *history) path(number uint64) string {
	return filepath.Join(h.dir, segmentName(h.log, number))
}

// numbers returns those of the segments that are there, in order.
func (h *history) numbers() ([]uint64, error) {
	names, err := list(h.dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, name := range names {
		if log, n, ok := parseSegment(name); ok && log == h.log {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// catchUp brings the index in step with the files.
func (h *history) catchUp() error {
	numbers, err := h.numbers()
	if err != nil {
		return err
	}
	if h.mended(numbers) {
		h.forget()
	}
	for range 2 {
		if err := h.readAll(numbers); err != nil {
			h.forget() // the index has half of it
			return err
		}
		h.index.without(func(r rowRef) bool { return r.in.number < h.floor })
		if h.follows(numbers) {
			break
		}
		h.forget()
	}
	return nil
}

func (h *history) forget() { *h = history{log: h.log, dir: h.dir, tail: h.tail} }

// readAll reads what is new.
func (h *history) readAll(numbers []uint64) error {
	for _, n := range numbers {
		last := len(h.segments) - 1
		switch {
		case last >= 0 && n < h.segments[last].number:
			continue
		case last < 0 || n > h.segments[last].number:
			h.segments = append(h.segments, &segment{number: n, whole: true})
			last++
		}
		if err := h.read(h.segments[last]); err != nil {
			return err
		}
	}
	return nil
}

// follows forgets the segments that are gone. It is false when the index has rows
// of them: then somebody else than the store has removed them.
func (h *history) follows(numbers []uint64) bool {
	gone := func(g *segment) bool { return !slices.Contains(numbers, g.number) }
	if slices.ContainsFunc(h.segments, func(g *segment) bool { return gone(g) && g.live > 0 }) {
		return false
	}
	h.segments = slices.DeleteFunc(h.segments, gone)
	return true
}

// mended tells whether somebody has made a segment readable, or shorter.
func (h *history) mended(numbers []uint64) bool {
	for i, g := range h.segments {
		if !slices.Contains(numbers, g.number) {
			continue
		}
		if g.fault != nil && canOpen(h.path(g.number)) {
			return true
		}
		if i == len(h.segments)-1 {
			info, err := os.Stat(h.path(g.number))
			if err == nil && info.Size() < g.read {
				return true
			}
		}
	}
	return false
}

// read puts what is new in a segment into the index.
func (h *history) read(g *segment) error {
	part, err := readFrom(h.path(g.number), g.read)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case isTransient(err):
		return err
	case err != nil:
		g.fault = err
		return nil //nolint:nilerr // one segment that can't be read does not hide the others: the fault is told with its rows
	}
	var fresh []rowRef
	damage, whole := scan(part, g.read, func(at int64, m []byte) {
		if m[3] == markTrim {
			h.index.add(fresh)
			fresh = nil
			h.apply(readTrim(m))
			return
		}
		k, _ := readRow(m)
		k.task = h.index.name(k.task)
		g.rows++
		fresh = append(fresh, rowRef{k, g, uint32(at), uint32(len(m))})
	})
	h.index.add(fresh)
	g.damage = append(g.damage, damage...)
	if len(part) > 0 {
		g.whole = whole
	}
	g.read += int64(len(part))
	return nil
}

// apply removes from the index what went.
func (h *history) apply(t trim) {
	h.index.drop(h.index.upTo(t.last))
	h.floor = max(h.floor, t.floor)
}

// faults returns an error for each part of the history that can't be read.
func (h *history) faults() (errs []error) {
	for _, g := range h.segments {
		if g.fault != nil {
			errs = append(errs, corrupt(h.path(g.number), g.fault))
		}
		for _, d := range g.damage {
			errs = append(errs, corrupt(h.path(g.number), fmt.Errorf("there are no rows of a history in the bytes from %d up to %d", d.from, d.to)))
		}
	}
	return errs
}
