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
	has := slices.ContainsFunc(s.Marks, func(m Mark) bool { return m.Node == node })
	if !has && len(tells) == 0 {
		return s
	}
	n := *s
	n.Marks = slices.DeleteFunc(slices.Clone(s.Marks), func(m Mark) bool { return m.Node == node })
	if len(tells) > 0 {
		n.Marks = append(n.Marks, Mark{node, rev, slices.Clone(tells)})
	}
	if over := len(n.Marks) - mostMarks; over > 0 {
		n.Marks = n.Marks[over:]
	}
	return &n
}

// MarkedBy reports whether the state bears a node's mark of this revision.
func (s *State) MarkedBy(node string, rev uint64) bool {
	return slices.ContainsFunc(s.Marks, func(m Mark) bool { return m.Node == node && m.Rev == rev })
}

// Inherit takes out of a state the marks of nodes that have died, and adds what they
// had to tell to the decision, because nobody knows whether they did. It returns the
// state itself when there are none.
func Inherit(s *State, died func(node string) bool, d *Decision) *State {
	n := *s
	n.Marks = nil
	var told []Ending
	for _, m := range s.Marks {
		if died(m.Node) {
			told = append(told, m.Ended...)
		} else {
			n.Marks = append(n.Marks, m)
		}
	}
	if len(n.Marks) == len(s.Marks) {
		return s
	}
	d.Ended, d.Changed = append(told, d.Ended...), true
	return &n
}
