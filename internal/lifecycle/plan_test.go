package lifecycle_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/trigger"
)

// summary is what one wake-up decides, in seconds after t0.
type summary struct {
	start []float64
	ended []ended
	next  float64
}

type ended struct {
	outcome     lifecycle.Outcome
	first, last float64
	count       int
	into        float64
}

func summarise(s *lifecycle.State, d lifecycle.Decision) summary {
	sum := summary{start: fires(d.Start), next: s.Next.Sub(t0).Seconds()}
	for _, e := range d.Ended {
		x := ended{outcome: e.Outcome, last: e.Fire.Sub(t0).Seconds(), count: e.Count}
		if x.first = x.last; !e.First.IsZero() {
			x.first = e.First.Sub(t0).Seconds()
		}
		if !e.Into.IsZero() {
			x.into = e.Into.Sub(t0).Seconds()
		}
		sum.ended = append(sum.ended, x)
	}
	return sum
}

// A wake-up at 10.5 s finds the fires of 1 s to 10 s due at once.
func TestFiresDueAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(*lifecycle.Definition)
		want summary
	}{
		{"coalesced into the latest", func(d *lifecycle.Definition) {},
			summary{[]float64{10}, []ended{{lifecycle.Coalesced, 1, 9, 9, 10}}, 11}},
		{"each runs one after the other, oldest first", func(d *lifecycle.Definition) { d.Coalesce = false },
			summary{[]float64{1}, nil, 11}},
		{"as many run at a time as may", func(d *lifecycle.Definition) { d.Coalesce, d.MaxInstances = false, 3 },
			summary{[]float64{1, 2, 3}, nil, 11}},
		{"the catch-up cap keeps the latest and reports the others", func(d *lifecycle.Definition) { d.Coalesce, d.CatchUp = false, 4 },
			summary{[]float64{7}, []ended{{lifecycle.Missed, 1, 6, 6, 0}}, 11}},
		{"later than the grace time are missed", func(d *lifecycle.Definition) { d.Grace = 3 * time.Second },
			summary{[]float64{10}, []ended{{lifecycle.Missed, 1, 7, 7, 0}, {lifecycle.Coalesced, 8, 9, 2, 10}}, 11}},
		{"one within the grace time runs", func(d *lifecycle.Definition) { d.Grace = 700 * time.Millisecond },
			summary{[]float64{10}, []ended{{lifecycle.Missed, 1, 9, 9, 0}}, 11}},
		{"all later than the grace time are missed", func(d *lifecycle.Definition) { d.Grace = 100 * time.Millisecond },
			summary{nil, []ended{{lifecycle.Missed, 1, 10, 10, 0}}, 11}},
		{"grace time and cap together", func(d *lifecycle.Definition) { d.Coalesce, d.Grace, d.CatchUp = false, 5*time.Second, 2 },
			summary{[]float64{9}, []ended{{lifecycle.Missed, 1, 5, 5, 0}, {lifecycle.Missed, 6, 8, 3, 0}}, 11}},
	} {
		for _, tr := range []trigger.Trigger{everySecond(), jumping{everySecond().(steps)}} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s, d := newNode("a").plan(start(t, define(tr, c.set)), at(10.5))
				got := summarise(s, d)
				if !slices.Equal(got.start, c.want.start) || !slices.Equal(got.ended, c.want.ended) || got.next != c.want.next {
					t.Errorf("got  %+v\nwant %+v", got, c.want)
				}
			})
		}
	}
}

func TestAFireThatFindsTheLimitReachedIsReported(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(everySecond())), at(1))
	if len(d.Start) != 1 {
		t.Fatalf("%d runs started, want 1", len(d.Start))
	}
	s, d = n.plan(s, at(3.5))
	want := summary{nil, []ended{{lifecycle.MaxInstances, 2, 3, 2, 0}}, 4}
	if got := summarise(s, d); !slices.Equal(got.ended, want.ended) || got.start != nil || got.next != want.next {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRunsThatWaitStartAsOthersEnd(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(everySecond(), func(d *lifecycle.Definition) { d.Coalesce = false })), at(3))
	for i, want := range []float64{1, 2, 3} {
		if got := fires(d.Start); !slices.Equal(got, []float64{want}) {
			t.Fatalf("step %d started %v, want %v", i, got, want)
		}
		s, _, _, _ = n.finish(s, d.Start[0], lifecycle.Executed, at(3.1))
		s, d = n.plan(s, at(3.2))
	}
	if len(d.Start) != 0 || len(s.Runs) != 0 {
		t.Errorf("after the last: %v started, %v in flight", fires(d.Start), fires(s.Runs))
	}
}

func TestNothingStartsWithoutRoomAndTheTaskStaysDue(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	n.room = 0
	s, d := n.plan(start(t, define(everySecond())), at(1))
	if len(d.Start) != 0 {
		t.Fatalf("started %v without room", fires(d.Start))
	}
	if due := s.Due(); due.After(at(1)) {
		t.Errorf("due %v, want no later than %v", due, at(1))
	}
}

func TestNothingFiresEarly(t *testing.T) {
	t.Parallel()
	s := start(t, define(everySecond()))
	if _, d := newNode("a").plan(s, at(1).Add(-1)); d.Changed {
		t.Errorf("a nanosecond early: %+v", d)
	}
}

func TestAMonthOfSecondsIsCaughtUpWithoutWalking(t *testing.T) {
	t.Parallel()
	s, d := newNode("a").plan(start(t, define(jumping{everySecond().(steps)})), at(30*24*3600))
	if got := summarise(s, d); len(got.ended) != 1 || got.ended[0].count != 30*24*3600-1 {
		t.Errorf("got %+v", got)
	}
}

// A trigger that can't jump is not walked without bound: the last instant is
// found from behind, and the count says at least how many there were.
func TestAYearOfSecondsIsBounded(t *testing.T) {
	t.Parallel()
	s, d := newNode("a").plan(start(t, define(everySecond())), at(365*24*3600))
	if got := fires(d.Start); !slices.Equal(got, []float64{365 * 24 * 3600}) {
		t.Errorf("started %v, want the last", got)
	}
	if got := d.Ended[0].Count; got < 100_000 {
		t.Errorf("at least 100,000 were coalesced, got %d", got)
	}
	if s.Next != at(365*24*3600+1) {
		t.Errorf("next %v", s.Next)
	}
}

func TestAnExhaustedTaskIsDoneWhenItsLastRunEnds(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(once{at(5)})), at(5))
	if s.Done() {
		t.Fatal("done while its run is in flight")
	}
	if paused, _, _, _ := n.finish(lifecycle.Pause(s), d.Start[0], lifecycle.Executed, at(6)); paused.Done() {
		t.Error("done though it is paused")
	}
	if s, _, _, _ = n.finish(s, d.Start[0], lifecycle.Executed, at(6)); !s.Done() {
		t.Error("not done")
	}
}

func TestATriggerWithoutInstantsIsRefused(t *testing.T) {
	t.Parallel()
	gone := steps{first: at(-100), step: time.Second, n: 3}
	if _, err := lifecycle.New(define(gone), t0, 1, noJitter); !errors.Is(err, lifecycle.ErrNeverFires) {
		t.Errorf("got %v", err)
	}
}

// jittered is steps whose task starts up to 600 ms late, and ends at an end.
type jittered struct {
	steps
	end time.Time
}

func (j jittered) Jitter() time.Duration { return 600 * time.Millisecond }
func (j jittered) End() time.Time        { return j.end }

func TestJitterMovesTheStartAndNotTheSeries(t *testing.T) {
	t.Parallel()
	almostOne := func() float64 { return 0.999 }
	for _, c := range []struct {
		name     string
		t        jittered
		from, to float64
	}{
		{"up to the jitter", jittered{steps{at(1), time.Second, 0}, time.Time{}}, 1.59, 1.6},
		{"not past the next instant", jittered{steps{at(1), 100 * time.Millisecond, 0}, time.Time{}}, 1.09, 1.1},
		{"not past the end", jittered{steps{at(1), time.Second, 0}, at(1.2)}, 1.19, 1.2},
	} {
		s, err := lifecycle.New(define(c.t), t0, 1, almostOne)
		if err != nil {
			t.Fatal(err)
		}
		if due := s.Due(); due.Before(at(c.from)) || !due.Before(at(c.to)) {
			t.Errorf("%s: due %v, want from %v to %v", c.name, due, at(c.from), at(c.to))
		}
		n := newNode("a")
		m := n.moment(s.Due())
		var d lifecycle.Decision
		next := lifecycle.Plan(s, m, &d)
		if got := fires(d.Start); !slices.Equal(got, []float64{1}) {
			t.Errorf("%s: the run's fire time is %v, want 1", c.name, got)
		}
		if want := c.t.first.Add(c.t.step); !next.Next.Equal(want) {
			t.Errorf("%s: next %v, want %v", c.name, next.Next, want)
		}
	}
}

func TestAShutdownTaskFiresOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s := start(t, define(trigger.Shutdown()))
	if s.Label() != lifecycle.ShutdownLabel || s.Done() {
		t.Fatalf("label %q, done %v", s.Label(), s.Done())
	}
	if _, d := n.plan(s, at(1000)); d.Changed {
		t.Errorf("planned %+v", d)
	}
	var d lifecycle.Decision
	s = lifecycle.FireShutdown(s, n.moment(at(5)), &d)
	if got := fires(d.Start); !slices.Equal(got, []float64{5}) || s.Label() != "default" {
		t.Errorf("started %v under the label %q", got, s.Label())
	}
	s, _, _, _ = n.finish(s, d.Start[0], lifecycle.Executed, at(6))
	if s.Done() || s.Label() != lifecycle.ShutdownLabel {
		t.Error("it does not wait for the next shutdown")
	}
}

func TestAClockThatIsSetBackRepeatsNoFire(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(everySecond())), at(5))
	s, _, _, _ = n.finish(s, d.Start[0], lifecycle.Executed, at(5))
	for _, now := range []float64{-3600, 1, 4.9, 5.5} {
		if _, d := n.plan(s, at(now)); d.Changed {
			t.Errorf("at %v: %+v", now, d)
		}
	}
	if _, d := n.plan(s, at(6)); !slices.Equal(fires(d.Start), []float64{6}) {
		t.Errorf("the next fire: %v", fires(d.Start))
	}
}
