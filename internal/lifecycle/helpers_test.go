package lifecycle_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/trigger"
)

// t0 is when the tasks of these tests are added.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is so many seconds after t0.
func at(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

// steps fires at first and then every step, n times (0: for ever). It can't jump.
type steps struct {
	first time.Time
	step  time.Duration
	n     int
}

func (s steps) Next(prev, now time.Time) (time.Time, bool) {
	k := 0
	switch {
	case !prev.IsZero() && !prev.Before(s.first):
		k = int(prev.Sub(s.first)/s.step) + 1
	case prev.IsZero() && now.After(s.first):
		k = int((now.Sub(s.first) + s.step - 1) / s.step)
	}
	return s.first.Add(time.Duration(k) * s.step), s.n == 0 || k < s.n
}
func (s steps) Type() string   { return "steps" }
func (s steps) String() string { return "every " + s.step.String() }
func (s steps) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"type": "steps", "every": s.step, "first": s.first, "n": s.n})
}

// once fires at one time, also when that is past.
type once struct{ at time.Time }

func (o once) Next(prev, _ time.Time) (time.Time, bool) { return o.at, prev.Before(o.at) }
func (o once) Type() string                             { return "once" }
func (o once) String() string                           { return "once" }
func (o once) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"type": "once", "at": o.at})
}

// jumping is steps that can jump.
type jumping struct{ steps }

func (j jumping) Jump(prev, now time.Time) (last time.Time, n int) {
	from := 0
	if !prev.Before(j.first) {
		from = int(prev.Sub(j.first)/j.step) + 1
	}
	if now.Before(j.first) {
		return time.Time{}, 0
	}
	to := int(now.Sub(j.first) / j.step)
	if j.n > 0 {
		to = min(to, j.n-1)
	}
	if to < from {
		return time.Time{}, 0
	}
	return j.first.Add(time.Duration(to) * j.step), to - from + 1
}

// everySecond fires 1 s, 2 s, … after t0.
func everySecond() trigger.Trigger { return steps{first: at(1), step: time.Second} }

func define(t trigger.Trigger, set ...func(*lifecycle.Definition)) *lifecycle.Definition {
	d := &lifecycle.Definition{ID: "task", Func: "f", Trigger: t, Executor: "default", Policy: lifecycle.DefaultPolicy()}
	for _, f := range set {
		f(d)
	}
	return d
}

func start(t *testing.T, d *lifecycle.Definition) *lifecycle.State {
	t.Helper()
	s, err := lifecycle.New(d, t0, 7, noJitter)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func noJitter() float64 { return 0 }

// A node is the world as one node sees it.
type node struct {
	name  string
	alive map[time.Time]bool // fires of the runs in its hands
	room  int
}

func newNode(name string) *node { return &node{name, map[time.Time]bool{}, 1 << 20} }

func (n *node) moment(now time.Time) *lifecycle.Moment {
	return &lifecycle.Moment{
		Now: now, Node: n.name, Lease: 10 * time.Second, Random: noJitter,
		Alive: func(_ string, r lifecycle.Run) bool { return n.alive[r.Fire] },
		Room: func() bool {
			n.room--
			return n.room >= 0
		},
	}
}

func (n *node) plan(s *lifecycle.State, now time.Time) (*lifecycle.State, lifecycle.Decision) {
	var d lifecycle.Decision
	next := lifecycle.Plan(s, n.moment(now), &d)
	for _, r := range d.Start {
		n.alive[r.Fire] = true
	}
	return next, d
}

func (n *node) finish(s *lifecycle.State, r lifecycle.Run, o lifecycle.Outcome, now time.Time) (*lifecycle.State, lifecycle.Ending, bool, bool) {
	delete(n.alive, r.Fire)
	return lifecycle.Finish(s, &lifecycle.Result{Run: &r, Outcome: o, Ended: now}, n.moment(now))
}

func fires(runs []lifecycle.Run) (seconds []float64) {
	for _, r := range runs {
		seconds = append(seconds, r.Fire.Sub(t0).Seconds())
	}
	return seconds
}
