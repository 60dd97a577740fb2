package lifecycle

import "slices"

// A Mark says that a node decided something in the write of a revision that it has
// to tell, and what.
//
// A node that does not get the answer to that write knows by its mark that it was
// done, however often others have written the task since. If it dies before it has
// told, another finds its mark and tells.
type Mark struct {
	Node  string
	Rev   uint64
	Ended []Ending
}

// mostMarks bounds the marks of a record. A node has one at most, and no longer than
// until it writes the task again.
const mostMarks = 16

// Marked returns the state for the write of a revision by a node: with its mark, if
// it has something to tell, and without the one of its last write, which it has told.
func Marked(s *State, node string, rev uint64, tells []Ending) *State {
	has := slices.ContainsFunc(s.marks(), func(m Mark) bool { return m.Node == node })
	if !has && len(tells) == 0 {
		return s
	}
	marks := slices.DeleteFunc(slices.Clone(s.marks()), func(m Mark) bool { return m.Node == node })
	if len(tells) > 0 {
		marks = append(marks, Mark{node, rev, slices.Clone(tells)})
	}
	if over := len(marks) - mostMarks; over > 0 {
		marks = marks[over:]
	}
	return s.bearing(marks)
}

func (s *State) marks() []Mark {
	if s.Marks == nil {
		return nil
	}
	return *s.Marks
}

// bearing returns the state with these marks.
func (s *State) bearing(marks []Mark) *State {
	n := *s
	n.Marks = nil
	if len(marks) > 0 {
		n.Marks = &marks
	}
	return &n
}

// MarkedBy reports whether the state bears a node's mark of this revision.
func (s *State) MarkedBy(node string, rev uint64) bool {
	return slices.ContainsFunc(s.marks(), func(m Mark) bool { return m.Node == node && m.Rev == rev })
}

// Inherit takes out of a state the marks of nodes that have died, and adds what they
// had to tell to the decision, because nobody knows whether they did. It returns the
// state itself when there are none.
func Inherit(s *State, died func(node string) bool, d *Decision) *State {
	var told []Ending
	var marks []Mark
	for _, m := range s.marks() {
		if died(m.Node) {
			told = append(told, m.Ended...)
		} else {
			marks = append(marks, m)
		}
	}
	if len(marks) == len(s.marks()) {
		return s
	}
	d.Ended, d.Changed = append(told, d.Ended...), true
	return s.bearing(marks)
}
