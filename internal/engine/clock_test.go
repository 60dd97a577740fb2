package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/internal/nodeclock"
	"github.com/go-asyncz/asyncz/store"
)

// A farClock is the clock of a store at the other end of a slow line.
type farClock struct {
	began     time.Time
	ahead     atomic.Int64  // of the node's clock, in nanoseconds
	fast      float64       // by what part of the time it runs faster than the node's
	there     time.Duration // how long a request is on its way
	back      time.Duration // and an answer
	keeps     time.Duration // what finer time it cuts off; 0: nothing
	unwilling bool
}

func newFarClock(there, back time.Duration) *farClock {
	return &farClock{began: time.Now(), there: there, back: back}
}

// time is what the store's clock shows.
func (f *farClock) time() time.Time {
	passed := time.Since(f.began)
	return f.began.Add(time.Duration(f.ahead.Load()) + passed + time.Duration(f.fast*float64(passed))).Round(0)
}

func (f *farClock) Now(context.Context) (time.Time, error) {
	time.Sleep(f.there)
	if f.unwilling {
		return time.Time{}, errors.New("no answer")
	}
	at := f.time()
	if f.keeps > 0 {
		at = at.Truncate(f.keeps)
	}
	time.Sleep(f.back)
	return at, nil
}

// watched returns a clock that has looked at f once, and a function that looks
// again after a while, and checks on the way that it is never ahead of f.
func watched(t *testing.T, f *farClock) (c *storeClock, wait func(time.Duration)) {
	t.Helper()
	c = &storeClock{of: f}
	check := func() {
		t.Helper()
		if ahead := c.now().Sub(f.time()); ahead > 0 {
			t.Errorf("after %v the node believes the store to be %v ahead of what it is", time.Since(f.began), ahead)
		}
	}
	look := func() {
		t.Helper()
		if err := c.look(t.Context()); err != nil && !f.unwilling {
			t.Fatal(err)
		}
		check()
	}
	look()
	return c, func(d time.Duration) {
		t.Helper()
		for range 10 {
			time.Sleep(d / 10)
			check()
		}
		look()
	}
}

func (c *storeClock) behind(f *farClock) time.Duration { return f.time().Sub(c.now()) }

func TestTheStoresTimeIsNeverBelievedToBeLaterThanItIs(t *testing.T) {
	for name, delay := range map[string][2]time.Duration{
		"slow request, quick answer": {400 * time.Millisecond, time.Millisecond},
		"quick request, slow answer": {time.Millisecond, 400 * time.Millisecond},
		"both slow":                  {200 * time.Millisecond, 200 * time.Millisecond},
		"none":                       {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFarClock(delay[0], delay[1])
				f.ahead.Store(int64(17 * time.Minute))
				c, wait := watched(t, f)
				for range 100 {
					wait(3 * time.Second)
				}
				if got := c.behind(f); got > delay[1]+time.Millisecond {
					t.Errorf("%v behind, with answers that take %v", got, delay[1])
				}
			})
		})
	}
}

func TestASlowLookAtTheClockMakesNothingWorse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarClock(time.Millisecond, time.Millisecond)
		c, wait := watched(t, f)
		f.there, f.back = 2*time.Second, 4*time.Second
		wait(3 * time.Second)
		if got := c.behind(f); got > 4*time.Millisecond {
			t.Errorf("%v behind after a slow look; the one before was quick", got)
		}
		f.unwilling = true
		wait(3 * time.Second)
		if got := c.behind(f); got > 6*time.Millisecond {
			t.Errorf("%v behind after a look that failed", got)
		}
	})
}

func TestStepsOfTheStoresClockAreFollowed(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, 50 * time.Millisecond, -50 * time.Millisecond, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFarClock(time.Millisecond, time.Millisecond)
				c, wait := watched(t, f)
				wait(3 * time.Second)
				f.ahead.Add(int64(step))
				must(t, c.look(t.Context()))
				if got := c.behind(f); got < 0 || got > 2*time.Millisecond {
					t.Errorf("%v behind at the look after the step", got)
				}
				wait(3 * time.Second)
			})
		})
	}
}

// A day with a look each three seconds, beside a clock that goes wrong.
func TestClocksThatRunApartAreHeldTogether(t *testing.T) {
	for name, fast := range map[string]float64{"the store's is faster": 100e-6, "the node's is faster": -100e-6} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFarClock(300*time.Millisecond, 2*time.Millisecond)
				f.fast = fast
				c, wait := watched(t, f)
				for range 24 * 60 * 20 {
					wait(3 * time.Second)
				}
				if got := c.behind(f); got > 4*time.Millisecond {
					t.Errorf("%v behind after a day", got)
				}
			})
		})
	}
}

// MongoDB tells its time in whole milliseconds.
func TestATimeThatIsCutOffIsNoStepBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarClock(0, 0)
		f.keeps = time.Millisecond
		c, wait := watched(t, f)
		f.back = time.Second // a step back would be paid with this
		for range 100 {
			wait(500*time.Millisecond + 700*time.Microsecond)
			if got := c.behind(f); got > 25*time.Millisecond {
				t.Fatalf("%v behind, of which the drift allowed for makes 19 ms", got)
			}
		}
	})
}

func TestWaitingForTheStoresTimeTakesOneSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarClock(0, 0)
		c, _ := watched(t, f)
		for _, d := range []time.Duration{time.Microsecond, 20 * time.Millisecond, time.Minute} {
			until := c.now().Add(d)
			time.Sleep(c.longer(d))
			if got := c.now().Sub(until); got < 0 || got > d/1000 {
				t.Errorf("after the wait for %v it is %v past that", d, got)
			}
		}
	})
}

func TestSkewIsHowFarTheNodesClockIsCertainlyWrong(t *testing.T) {
	for _, c := range []struct {
		shift, there, back, want time.Duration
	}{
		{0, 0, 0, 0},
		{90 * time.Second, 0, 0, 90 * time.Second},
		{-90 * time.Second, 0, 0, -90 * time.Second},
		{90 * time.Second, time.Second, 3 * time.Second, 89 * time.Second},
		{-90 * time.Second, time.Second, 3 * time.Second, -87 * time.Second},
		{time.Second, 2 * time.Second, 0, 0},
		{0, 5 * time.Second, time.Second, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			defer nodeclock.Shift(0)
			f := newFarClock(c.there, c.back)
			e := &Engine{disk: disk{clock: &storeClock{of: f}}}
			if _, known := e.Skew(); known {
				t.Error("known before the first look")
			}
			nodeclock.Shift(c.shift)
			must(t, e.LookAtClock(t.Context()))
			if got, known := e.Skew(); got != c.want || !known {
				t.Errorf("%+v: got %v, %v", c, got, known)
			}
			if now := e.Now(); now.After(f.time()) || now.Before(f.time().Add(-c.back)) {
				t.Errorf("%+v: the store's time is taken for %v and is %v; the node's clock has no part in it", c, now, f.time())
			}
		})
	}
}

func TestNoSkewIsKnownOfAStoreWithoutAClock(t *testing.T) {
	e := &Engine{disk: newDisk(struct{ store.Store }{}, nil)}
	if got, known := e.Skew(); got != 0 || known {
		t.Errorf("got %v, %v", got, known)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
