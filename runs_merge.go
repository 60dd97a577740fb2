package asyncz

import (
	"iter"
	"time"
)

// A merge takes rows of several stores in the order of their ends.
type merge struct{ from []*source }

type source struct {
	next func() (PastRun, error, bool)
	stop func()
	row  PastRun
	err  error
	some bool
}

func (m *merge) add(rows iter.Seq2[PastRun, error]) {
	next, stop := iter.Pull2(rows)
	s := &source{next: next, stop: stop}
	s.row, s.err, s.some = next()
	m.from = append(m.from, s)
}

// next returns the row that ended last of all that are left; of several those of
// the first store.
func (m *merge) next() (row PastRun, err error, more bool) { //nolint:revive,staticcheck // the order is that of iter.Pull2
	var best *source
	for _, s := range m.from {
		if s.some && (best == nil || s.row.Ended.Truncate(time.Microsecond).After(best.row.Ended.Truncate(time.Microsecond))) {
			best = s
		}
	}
	if best == nil {
		return PastRun{}, nil, false
	}
	row, err = best.row, best.err
	best.row, best.err, best.some = best.next()
	return row, err, true
}

func (m *merge) stop() {
	for _, s := range m.from {
		s.stop()
	}
}
