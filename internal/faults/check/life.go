package check

import (
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/evidence"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A step is a write of one record, as it was asked for and as it was answered.
type step struct {
	asked    time.Time
	answered time.Time // zero: never
	proc     string
	node     string
	op       string // add, update, delete, claim, seen
	to       uint64 // the revision that it makes, or that was seen
	state    *evidence.State
	result   string // "ok", why not, or "" for unknown
}

func (s step) done() bool    { return s.result == "ok" }
func (s step) unknown() bool { return s.result == "" }

// writes join what was asked with what was answered.
type writes struct {
	steps []*namedStep
	open  map[batch][]*namedStep // batches without an answer, by process and number
}

// A batch of writes is one of a process.
type batch struct {
	proc string
	n    int
}

type namedStep struct {
	task string
	step
}

func (w *writes) note(l evidence.Line) {
	b := batch{l.Proc, l.Batch}
	if w.open == nil {
		w.open = map[batch][]*namedStep{}
	}
	switch l.Kind {
	case evidence.Write:
		s := &namedStep{l.Task, step{asked: l.At, proc: l.Proc, node: l.Node, op: l.Op, to: l.Rev + 1, state: l.State}}
		w.steps = append(w.steps, s)
		w.open[b] = append(w.open[b], s)
	case evidence.Wrote:
		for i, s := range w.open[b] {
			s.answered = l.At
			if i < len(l.Results) && !isUnknown(l.Results[i]) {
				s.result = l.Results[i]
			}
		}
		delete(w.open, b)
	case evidence.Claimed:
		w.steps = append(w.steps, &namedStep{l.Task, step{asked: l.At, answered: l.At, proc: l.Proc, node: l.Node, op: "claim", to: l.Rev, result: "ok"}})
	case evidence.Seen:
		w.steps = append(w.steps, &namedStep{l.Task, step{asked: l.At, answered: l.At, op: "seen", to: l.Rev, state: l.State, result: "ok"}})
	}
}

func isUnknown(result string) bool { return len(result) > 7 && result[:7] == "unknown" }

func (w *writes) byTask() map[string][]step {
	tasks := map[string][]step{}
	for _, s := range w.steps {
		tasks[s.task] = append(tasks[s.task], s.step)
	}
	return tasks
}

// A life is that of one record, from its add to its delete. A task that was
// removed and added again has several.
type life struct {
	incarnation uint64
	steps       []step          // by the time at which they were asked for
	chain       map[uint64]link // what the record was at each revision, as far as that is certain
	last        uint64
}

// A link is a record at one revision, and who made it so.
type link struct {
	state *evidence.State
	by    step
	sure  bool // the store said so, or it was seen; else it is the only write that may have made it
}

// livesOf tells the lives of a task's records apart. Steps that say no incarnation
// belong to the life that had begun when they came.
func livesOf(steps []step) []*life {
	var all []*life
	find := func(incarnation uint64) *life {
		for _, l := range all {
			if l.incarnation == incarnation {
				return l
			}
		}
		l := &life{incarnation: incarnation, chain: map[uint64]link{}}
		all = append(all, l)
		return l
	}
	var present *life
	for _, s := range steps {
		switch {
		case s.op == "add" && s.state != nil && (s.done() || s.unknown()):
			present = find(s.state.Incarnation)
			present.steps = append(present.steps, s)
		case s.op == "add": // refused: another task has the id
		case s.state != nil:
			l := find(s.state.Incarnation)
			l.steps = append(l.steps, s)
		case present != nil:
			present.steps = append(present.steps, s)
		}
	}
	for _, l := range all {
		l.link()
	}
	return all
}

// link finds out what the record was at each revision. Where several writes
// without an answer may have made it, it stays unknown. Even one alone may not have:
// a claim whose answer was lost makes a revision too, and leaves no line of its task.
func (l *life) link() {
	at, seen := map[uint64][]step{}, map[uint64]*evidence.State{}
	for _, s := range l.steps {
		switch {
		case s.op == "seen":
			seen[s.to] = s.state
		case s.done() || s.unknown():
			at[s.to] = append(at[s.to], s)
			l.last = max(l.last, s.to)
		}
	}
	var before *evidence.State
	for rev := uint64(1); rev <= l.last; rev++ {
		candidates := at[rev]
		certain := slices.IndexFunc(candidates, step.done)
		switch {
		case certain >= 0:
			candidates = candidates[certain : certain+1]
		case len(candidates) != 1:
			before = nil
			continue
		}
		s := candidates[0]
		state, sure := s.state, certain >= 0 || reflect.DeepEqual(s.state, seen[rev])
		if s.op == "claim" {
			state = before
		}
		if state != nil || s.op == "delete" {
			l.chain[rev] = link{state, s, sure}
		}
		if before = state; !sure {
			before = nil
		}
	}
}

// pairs calls f for each two revisions that follow one another and are sure.
func (l *life) pairs(f func(before, after link, rev uint64)) {
	for rev := uint64(2); rev <= l.last; rev++ {
		before, known := l.chain[rev-1]
		after, alsoKnown := l.chain[rev]
		if known && alsoKnown && before.sure && after.sure && before.state != nil {
			f(before, after, rev)
		}
	}
}
