package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

func TestAFailedRunIsTriedAgainUnderTheSameFireTime(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	retry := lifecycle.Retry{Attempts: 3, Delay: 10 * time.Second}
	s, d := n.plan(start(t, define(once{at(1)}, func(d *lifecycle.Definition) { d.Retry = retry })), at(1))
	now := 1.0
	for attempt := 1; attempt <= 3; attempt++ {
		r := d.Start[0]
		if r.Attempt != attempt || !r.Fire.Equal(at(1)) {
			t.Fatalf("attempt %d of the fire at %v, want attempt %d of 1 s", r.Attempt, r.Fire, attempt)
		}
		var waiting bool
		s, _, waiting, _ = n.finish(s, r, lifecycle.Failed, at(now+1))
		if waiting != (attempt < 3) {
			t.Fatalf("attempt %d: waiting %v", attempt, waiting)
		}
		if attempt == 3 {
			break
		}
		if want := at(now + 11); !s.Due().Equal(want) {
			t.Fatalf("due %v, want %v", s.Due(), want)
		}
		now += 11
		s, d = n.plan(s, at(now))
	}
	if !s.Done() || s.Last.Outcome != lifecycle.Failed {
		t.Errorf("done %v, last %+v", s.Done(), s.Last)
	}
}

func TestARunThatHasNotBegunGoesBackAsIfNothingHadBeen(t *testing.T) {
	t.Parallel()
	for _, onLost := range []lifecycle.OnLost{lifecycle.Rerun, lifecycle.Skip} {
		a, b := newNode("a"), newNode("b")
		s, d := a.plan(start(t, define(once{at(1)}, func(d *lifecycle.Definition) { d.OnLost = onLost })), at(2))
		r := d.Start[0]
		s, _, waiting, ok := lifecycle.Finish(s, &lifecycle.Result{Run: &r, Outcome: lifecycle.Cancelled, Ended: at(3), NotBegun: true}, a.moment(at(3)))
		if !waiting || !ok || s.Last != nil || s.Due().After(at(3)) {
			t.Fatalf("%s: waiting %v, due %v, last %+v", onLost, waiting, s.Due(), s.Last)
		}
		_, d = b.plan(s, at(3))
		if len(d.Start) != 1 || d.Start[0].Attempt != 1 || d.Start[0].Recovered != 0 || !d.Start[0].Fire.Equal(at(1)) {
			t.Errorf("%s: then %+v", onLost, d)
		}
	}
}

func TestExponentialBackoff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures int
		random   float64
		want     time.Duration
	}{
		{1, 0, time.Second}, {2, 0, 2 * time.Second}, {3, 0, 4 * time.Second}, {4, 0, 5 * time.Second}, {60, 0, 5 * time.Second},
		{3, 0.5, 3 * time.Second}, {3, 0.999, 2 * time.Second},
	} {
		n := newNode("a")
		s := start(t, define(once{at(1)}, func(d *lifecycle.Definition) {
			d.Retry = lifecycle.Retry{Attempts: 100, Delay: time.Second, Exponential: true, MaxDelay: 5 * time.Second}
		}))
		now := at(1)
		for range c.failures {
			var d lifecycle.Decision
			if s, d = n.plan(s, now); len(d.Start) != 1 {
				t.Fatalf("no attempt at %v", now)
			}
			m := n.moment(now)
			m.Random = func() float64 { return c.random }
			r := d.Start[0]
			delete(n.alive, r.Fire)
			s, _, _, _ = lifecycle.Finish(s, &lifecycle.Result{Run: &r, Outcome: lifecycle.Failed, Ended: now}, m)
			if got := s.Due().Sub(now).Round(10 * time.Millisecond); r.Attempt == c.failures && got != c.want {
				t.Errorf("after %d failures: %v, want %v", c.failures, got, c.want)
			}
			now = s.Due()
		}
	}
}

func TestARunWhoseNodeDied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		onLost lifecycle.OnLost
		rerun  bool
	}{{lifecycle.Rerun, true}, {lifecycle.Skip, false}} {
		t.Run(string(c.onLost), func(t *testing.T) {
			t.Parallel()
			a, b := newNode("a"), newNode("b")
			s, d := a.plan(start(t, define(once{at(1)}, func(d *lifecycle.Definition) { d.OnLost = c.onLost })), at(1))
			first := d.Start[0]
			if _, d := b.plan(s, at(10.999)); d.Changed {
				t.Fatalf("before the lease ended: %+v", d)
			}
			if !s.Due().Equal(at(11)) {
				t.Fatalf("due %v, want the lease's end at 11 s", s.Due())
			}
			s, d = b.plan(s, at(11))
			if c.rerun {
				if !slices.Equal(fires(d.Start), []float64{1}) || d.Start[0].Attempt != 2 || d.Start[0].Recovered != 1 || len(d.Lost) != 1 {
					t.Fatalf("got %+v", d)
				}
			} else if len(d.Start) != 0 || len(d.Ended) != 1 || d.Ended[0].Outcome != lifecycle.Abandoned || d.Ended[0].Node != "a" || !s.Done() {
				t.Fatalf("got %+v", d)
			}
			// The first node comes back from its pause: it changes nothing.
			if _, _, _, ok := a.finish(s, first, lifecycle.Executed, at(12)); ok {
				t.Error("a result was taken after the lease had ended")
			}
		})
	}
}

func TestARunWhoseStartWasWrittenButNotAnsweredIsStartedAtOnce(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(once{at(1)})), at(1))
	delete(n.alive, d.Start[0].Fire) // the node never heard that its write was done
	if _, d = n.plan(s, at(2)); !slices.Equal(fires(d.Start), []float64{1}) {
		t.Errorf("got %+v", d)
	}
}

func TestARunInHandIsKeptThoughItsLeaseIsOver(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, _ := n.plan(start(t, define(once{at(1)})), at(1))
	if _, d := n.plan(s, at(60)); d.Changed {
		t.Errorf("got %+v", d)
	}
	s, any := lifecycle.Renew(s, n.moment(at(60)))
	if !any || !s.Due().Equal(at(70)) {
		t.Errorf("renewed %v, due %v", any, s.Due())
	}
}

func TestAnAttemptBrokenOffByShutdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		onLost  lifecycle.OnLost
		waiting bool
	}{{lifecycle.Rerun, true}, {lifecycle.Skip, false}} {
		n := newNode("a")
		s, d := n.plan(start(t, define(once{at(1)}, func(d *lifecycle.Definition) { d.OnLost = c.onLost })), at(1))
		r := d.Start[0]
		s, e, waiting, _ := lifecycle.Finish(s, &lifecycle.Result{Run: &r, Outcome: lifecycle.Cancelled, GiveBack: true, Ended: at(2)}, n.moment(at(2)))
		if waiting != c.waiting || e.Outcome != lifecycle.Cancelled {
			t.Errorf("%s: waiting %v, %+v", c.onLost, waiting, e)
		}
		if !waiting {
			continue
		}
		if s, d = newNode("b").plan(s, at(2)); len(d.Start) != 1 || d.Start[0].Attempt != 1 || s.Due().Before(at(2)) {
			t.Errorf("another node gets %+v at once", d)
		}
	}
}

func TestAResultIsTakenOnce(t *testing.T) {
	t.Parallel()
	n := newNode("a")
	s, d := n.plan(start(t, define(everySecond())), at(1))
	s, _, _, ok := n.finish(s, d.Start[0], lifecycle.Executed, at(1.5))
	if !ok {
		t.Fatal("refused")
	}
	if _, _, _, ok = n.finish(s, d.Start[0], lifecycle.Executed, at(1.6)); ok {
		t.Error("taken twice")
	}
}
