package filestore

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// TrimRuns implements [store.RunLog]. It writes down which rows went, and removes
// the segments that hold no others.
func (s *Store) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (removed int, err error) {
	if err := store.CheckLog(log); err != nil {
		return 0, err
	}
	err = s.onRuns(ctx, false, func() error {
		h := s.history(log)
		if err := h.catchUp(); err != nil {
			return err
		}
		going := 0
		if !before.IsZero() {
			going = h.index.endedBefore(before)
		}
		if keep > 0 {
			going = max(going, len(h.index.refs)-keep)
		}
		if err := s.trim(h, going); err != nil {
			return err
		}
		removed = going
		return nil
	})
	return removed, err
}

// trim removes the first rows.
func (s *Store) trim(h *history, going int) error {
	p, err := h.plan(going, s.options.segment)
	if err != nil || len(p.content) == 0 {
		return err
	}
	if err := s.extend(h, p.content); err != nil {
		// The disk may be full, and this is what makes room on it. A segment that
		// goes before this was written down must not come back without those before it.
		if len(p.dead) == 0 || h.segments[0] != p.dead[0] {
			return err
		}
		if e := s.removeSegments(h, p.dead[:1]); e != nil {
			return errors.Join(err, e)
		}
		if e := s.options.files.SyncDir(h.dir); e != nil {
			return errors.Join(err, e)
		}
		h.forget()
		if err := s.extend(h, p.content); err != nil {
			return err
		}
	}
	if err := h.catchUp(); err != nil {
		return err
	}
	return s.removeSegments(h, append(p.dead, p.moved...))
}

// spareRewrites bounds how many segments one call of TrimRuns copies rows from.
const spareRewrites = 2

// A trimPlan is what TrimRuns writes and which segments it removes.
type trimPlan struct {
	going   int // rows
	content []byte
	dead    []*segment // without a row that stays
	moved   []*segment // whose rows are copied to the end
}

// removable tells whether segments may be removed once no row of them counts: one
// of which nothing could be read may hold anything.
func (g *segment) removable() bool { return g.rows > 0 || g.fault == nil && len(g.damage) == 0 }

// plan tells what it takes to remove the first rows. Segments are removed from the
// first on, those that have nothing else left; when what has gone takes more room
// than what is there, rows that are in the way of that are copied to the end.
func (h *history) plan(going int, segmentSize int64) (p trimPlan, err error) {
	p.going = going
	live, bytes, all := map[*segment]int{}, int64(0), int64(0)
	for _, r := range h.index.refs[going:] {
		live[r.in]++
		bytes += int64(r.size)
	}
	for _, g := range h.segments {
		all += g.read
	}
	t := trim{floor: h.floor, last: noRow}
	if going > 0 {
		t.last = h.index.refs[going-1].rowKey
		p.content = appendTrim(nil, t)
	}
	for _, g := range h.segments[:max(0, len(h.segments)-1)] {
		switch {
		case !g.removable():
			continue
		case live[g] == 0:
			p.dead = append(p.dead, g)
		case all-bytes > bytes+2*segmentSize && len(p.moved) < spareRewrites:
			content, ok, err := h.copyRows(p.content, g, going)
			if err != nil || !ok {
				return p.finish(t), err
			}
			p.content, p.moved = content, append(p.moved, g)
		default:
			return p.finish(t), nil
		}
		t.floor, t.last = max(t.floor, g.number+1), noRow
		all -= g.read
	}
	return p.finish(t), nil
}

// finish ends the plan with what makes the removal of segments hold.
func (p trimPlan) finish(t trim) trimPlan {
	if len(p.dead)+len(p.moved) > 0 {
		p.content = appendTrim(p.content, trim{t.floor, noRow})
	}
	return p
}

// copyRows appends the rows of a segment that stay. It is false when one of them
// can't be read.
func (h *history) copyRows(b []byte, g *segment, going int) (longer []byte, ok bool, err error) {
	var refs []rowRef
	for _, r := range h.index.refs[going:] {
		if r.in == g {
			refs = append(refs, r)
		}
	}
	rows, err := h.fetch(refs)
	if err != nil {
		return b, false, err
	}
	longer = b
	for _, r := range rows {
		if r.err != nil {
			return b, false, nil //nolint:nilerr // a row that can't be read keeps its segment
		}
		longer = appendRow(longer, r.entry)
	}
	return longer, true, nil
}

// removeSegments removes files that hold nothing any more, the first one first.
func (s *Store) removeSegments(h *history, all []*segment) error {
	for _, g := range all {
		if err := s.options.files.Remove(h.path(g.number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		h.segments = slices.DeleteFunc(h.segments, func(other *segment) bool { return other.number == g.number })
	}
	return nil
}
