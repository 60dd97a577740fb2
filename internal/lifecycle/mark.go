package lifecycle

import "slices"

// A Mark says that a node decided something in the write of a revision that it has
// to tell. A node that does not get the answer to that write knows by its mark that
// it was done, however often others have written the task since.
type Mark struct {
	Node string `json:"node"`
	Rev  uint64 `json:"rev"`
}

// mostMarks bounds the marks of a record. A node has one at most, and none longer
// than until it writes the task again.
const mostMarks = 16

// Marked returns the state for the write of a revision by a node: with its mark, if
// it has something to tell, and without the one of its last write, which it has told.
func Marked(s *State, node string, rev uint64, tells bool) *State {
	has := slices.ContainsFunc(s.Marks, func(m Mark) bool { return m.Node == node })
	if !has && !tells {
		return s
	}
	n := *s
	n.Marks = slices.DeleteFunc(slices.Clone(s.Marks), func(m Mark) bool { return m.Node == node })
	if tells {
		n.Marks = append(n.Marks, Mark{node, rev})
	}
	if over := len(n.Marks) - mostMarks; over > 0 {
		n.Marks = n.Marks[over:]
	}
	return &n
}

// MarkedBy reports whether the state bears a node's mark of this revision.
func (s *State) MarkedBy(node string, rev uint64) bool {
	return slices.Contains(s.Marks, Mark{node, rev})
}
