package lifecycle

import (
	"testing"
	"time"
)

func TestANodeHasOneMarkAndNoneWhenItHasToldAll(t *testing.T) {
	t.Parallel()
	missed := []Ending{{Outcome: Missed, Fire: time.Unix(1, 0), Count: 1}}
	s := Marked(&State{}, "a", 3, missed)
	s = Marked(s, "b", 4, missed)
	s = Marked(s, "a", 5, missed)
	if len(s.marks()) != 2 || !s.MarkedBy("a", 5) || !s.MarkedBy("b", 4) || s.MarkedBy("a", 3) {
		t.Errorf("the marks are %+v", s.marks())
	}
	if s = Marked(s, "a", 6, nil); len(s.marks()) != 1 || !s.MarkedBy("b", 4) {
		t.Errorf("after a write without news the marks are %+v", s.marks())
	}
	if again := Marked(s, "a", 7, nil); again != s {
		t.Error("a state without a mark of the node was copied for nothing")
	}
	for i := range 3 * mostMarks {
		s = Marked(s, string(rune('c'+i)), uint64(i), missed)
	}
	if len(s.marks()) != mostMarks || s.MarkedBy("b", 4) {
		t.Errorf("there are %d marks", len(s.marks()))
	}
}

func TestWhatADeadNodeHadToTellIsInherited(t *testing.T) {
	t.Parallel()
	one, two := Ending{Outcome: Missed, Count: 1}, Ending{Outcome: Coalesced, Count: 2}
	s := Marked(Marked(&State{}, "dead", 3, []Ending{one}), "alive", 4, []Ending{two})
	d := Decision{Ended: []Ending{two}}
	n := Inherit(s, func(node string) bool { return node == "dead" }, &d)
	if len(n.marks()) != 1 || !n.MarkedBy("alive", 4) || len(s.marks()) != 2 {
		t.Errorf("the marks are %+v, and were %+v", n.marks(), s.marks())
	}
	if !d.Changed || len(d.Ended) != 2 || d.Ended[0].Outcome != Missed || d.Ended[1].Outcome != Coalesced {
		t.Errorf("the decision is %+v", d)
	}
	d = Decision{}
	if Inherit(n, func(string) bool { return false }, &d) != n || d.Changed {
		t.Error("a state without a mark of a dead node was changed")
	}
}
