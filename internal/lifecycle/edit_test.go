package lifecycle_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

func TestResume(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		state func(t *testing.T) *lifecycle.State
		now   float64
		next  float64
		done  bool
	}{
		{"goes on with the next fire to come", func(t *testing.T) *lifecycle.State { return start(t, define(everySecond())) }, 10.5, 11, false},
		{"a one-shot whose time has passed fires now", func(t *testing.T) *lifecycle.State { return start(t, define(once{at(5)})) }, 10, 5, false},
		{"a one-shot that has fired is done", func(t *testing.T) *lifecycle.State {
			n := newNode("a")
			s, d := n.plan(start(t, define(once{at(5)})), at(5))
			s, _, _, _ = n.finish(lifecycle.Pause(s), d.Start[0], lifecycle.Executed, at(6))
			return s
		}, 10, 0, true},
		{"an instant that has fired does not fire again", func(t *testing.T) *lifecycle.State {
			n := newNode("a")
			s, d := n.plan(start(t, define(everySecond())), at(5))
			s, _, _, _ = n.finish(s, d.Start[0], lifecycle.Executed, at(5))
			return s
		}, 5, 6, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := lifecycle.Pause(c.state(t))
			if s.Done() {
				t.Fatal("done while it is paused")
			}
			if !s.Due().IsZero() {
				t.Errorf("due %v while it is paused", s.Due())
			}
			s = lifecycle.Resume(s, at(c.now), noJitter)
			if s.Done() != c.done {
				t.Fatalf("done %v, want %v", s.Done(), c.done)
			}
			if !c.done && !s.Next.Equal(at(c.next)) {
				t.Errorf("next %v, want %v", s.Next, at(c.next))
			}
			if _, d := newNode("a").plan(s, at(c.now)); len(d.Ended) > 0 {
				t.Errorf("fires that were paused are reported: %+v", d.Ended)
			}
		})
	}
}

func TestWhilePausedOnlyRunsAskedForByHandStart(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s := lifecycle.Pause(start(t, define(everySecond())))
	s, run, err := lifecycle.RunNow(s, at(5))
	if err != nil {
		t.Fatal(err)
	}
	s, d := n.plan(s, at(5))
	if got := fires(d.Start); !slices.Equal(got, []float64{5}) || d.Start[0].Source != lifecycle.Manual || !run.Fire.Equal(at(5)) {
		t.Errorf("started %+v", d.Start)
	}
	if !s.Next.Equal(at(1)) {
		t.Errorf("the schedule was changed: next %v", s.Next)
	}
}

func TestARetryOfAPausedTaskWaitsForItsResume(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(everySecond(), func(d *lifecycle.Definition) { d.Retry = lifecycle.Retry{Attempts: 2} })), at(1))
	s, _, _, _ = n.finish(lifecycle.Pause(s), d.Start[0], lifecycle.Failed, at(1.5))
	if s, d = n.plan(s, at(9)); len(d.Start) != 0 {
		t.Fatalf("started %v while paused", fires(d.Start))
	}
	if _, d = n.plan(lifecycle.Resume(s, at(9.5), noJitter), at(9.5)); !slices.Equal(fires(d.Start), []float64{1}) {
		t.Errorf("after the resume: %v", fires(d.Start))
	}
}

func TestRunsAskedForAtOneMomentHaveDifferentIdentities(t *testing.T) {
	t.Parallel()
	s := start(t, define(everySecond()))
	var err error
	for range 3 {
		if s, _, err = lifecycle.RunNow(s, at(0.5)); err != nil {
			t.Fatal(err)
		}
	}
	if a, b, c := s.Runs[0].Fire, s.Runs[1].Fire, s.Runs[2].Fire; a.Equal(b) || b.Equal(c) || a.Equal(c) {
		t.Errorf("%v, %v, %v", a, b, c)
	}
	for range 2000 {
		if s, _, err = lifecycle.RunNow(s, at(0.5)); err != nil {
			break
		}
	}
	if !errors.Is(err, lifecycle.ErrTooManyRuns) {
		t.Errorf("a record that grows without bound: %v", err)
	}
}

func TestRedefine(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, _ := n.plan(start(t, define(everySecond())), at(1))
	s = lifecycle.Pause(s)
	same, err := lifecycle.Redefine(s, define(everySecond(), func(d *lifecycle.Definition) { d.Timeout = time.Minute }), at(1.5), noJitter)
	if err != nil || !same.Next.Equal(s.Next) || !same.Paused || len(same.Runs) != 1 || same.Def.Timeout != time.Minute {
		t.Errorf("with the same trigger: %+v, %v", same, err)
	}
	other, err := lifecycle.Redefine(s, define(steps{first: at(100), step: time.Second}), at(1.5), noJitter)
	if err != nil || !other.Next.Equal(at(100)) || !other.Paused || len(other.Runs) != 1 {
		t.Errorf("with another trigger: %+v, %v", other, err)
	}
	if _, err := lifecycle.Redefine(s, define(steps{first: at(-100), step: time.Second, n: 1}), at(1.5), noJitter); !errors.Is(err, lifecycle.ErrNeverFires) {
		t.Errorf("with a trigger that never fires: %v", err)
	}
}
