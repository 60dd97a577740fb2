package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

func at(when time.Time) func(*lifecycle.Definition) {
	return func(d *lifecycle.Definition) { d.Trigger = trigger.At(when) }
}

// shutDown begins to shut down.
func shutDown(e *Engine) {
	go func() { _ = e.Shutdown(context.Background()) }()
	time.Sleep(time.Millisecond)
}

// What is claimed and not planned comes back at once, not after the hold.
func TestWhatIsClaimedGoesBackWhenTheNodePausesOrStopsMeanwhile(t *testing.T) {
	for name, stop := range map[string]func(*Engine){
		"pause": func(e *Engine) { e.Pause(true) },
		"stop":  shutDown,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, m := newLog(), memstore.New()
				first := newLine(m)
				n1 := newNode(l, "n1", first, funcs{"f": l.noting("n1", time.Second)}, quick())
				n1.Company(true)
				first.claimed = func() { stop(n1) }
				for i := range 20 {
					add(t, n1, fmt.Sprint("a", i), "f")
				}
				must(t, n1.LookAtClock(t.Context()))
				n1.Start()
				if name == "pause" {
					defer shutDown(n1)
				}
				time.Sleep(2 * time.Millisecond)
				n2 := newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick())
				n2.Company(true)
				begin(t, n2)
				time.Sleep(100 * time.Millisecond)
				if got := l.with("n2 ran"); len(got) != 20 || len(l.with("n1 ran")) != 0 {
					t.Errorf("%d of 20 ran on the other node at once: %q", len(got), l.with(""))
				}
			})
		})
	}
}

// The start was written, and the node learns so only after it was told to stop.
func TestAStoppingNodeBeginsNothingWhoseStartWasInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		first := newLine(m)
		n1 := newNode(l, "n1", first, funcs{"f": l.noting("n1", time.Second)}, quick())
		add(t, n1, "a", "f", skipped)
		first.lose = true
		first.wrote = func() { first.wrote = nil; shutDown(n1) }
		must(t, n1.LookAtClock(t.Context()))
		n1.Start()
		time.Sleep(time.Microsecond) // it is first
		begin(t, newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick()))
		time.Sleep(5 * time.Second)
		l.expect(t, " ran ", "1 n2 ran a")
		l.expect(t, " started ", "1 n2 started a 1")
	})
}

// A node that claims tasks which it can't run keeps them from those who can.
func TestANodeThatDoesNotKnowAFunctionDelaysNoTaskByMoreThanTheHeadStart(t *testing.T) {
	for _, company := range []bool{true, false} {
		t.Run(fmt.Sprint("company ", company), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, m := newLog(), memstore.New()
				first, claims := newLine(m), 0
				first.claimed = func() { claims++ }
				n1 := newNode(l, "n1", first, funcs{"g": l.noting("n1", time.Second)}, quick())
				n2 := newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick())
				n1.Company(company)
				n2.Company(company)
				for i := range 300 {
					add(t, n1, fmt.Sprint("f", i), "f", at(l.began.Add(time.Duration(i)*100*time.Millisecond)))
				}
				add(t, n1, "g", "g", at(l.began.Add(10*time.Second)))
				begin(t, n1)
				time.Sleep(time.Millisecond) // the one that can't run them is first
				begin(t, n2)
				late := 0
				for i := range 300 {
					time.Sleep(time.Until(l.began.Add(time.Duration(i)*100*time.Millisecond + headStart)))
					synctest.Wait()
					if len(l.with(fmt.Sprintf("ran f%d", i))) == 0 {
						late++
					}
				}
				if late > 0 {
					t.Errorf("%d of 300 tasks were later than the head start", late)
				}
				if claims > 1 {
					t.Errorf("the node that can't run them has claimed tasks %d times", claims)
				}
				if got := l.with("ran g"); len(got) != 1 || got[0] > "10.5" {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

// They are the earliest that are due, and there is one place.
func TestTasksThatCanNotRunHereStandInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		n1 := newNode(l, "n1", newLine(m), funcs{"f": l.noting("n1", time.Second)}, executor.NewPool(1, 0))
		for i := range 50 {
			add(t, n1, fmt.Sprint("unknown", i), "g")
		}
		add(t, n1, "known", "f", at(l.began.Add(time.Millisecond)))
		time.Sleep(2 * time.Millisecond)
		begin(t, n1)
		synctest.Wait()
		l.expect(t, "ran known", "0 n1 ran known")
		time.Sleep(10 * time.Second)
		if got := l.with(" unreadable "); len(got) != 50 {
			t.Errorf("%d of 50 tasks that can't run here were told", len(got))
		}
	})
}

// Two places, three fires of one task, and another that waits for its second try.
func TestATaskThatFindsNoPlaceWaitsForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		tries := 0
		twice := func(ctx context.Context) error {
			l.note("n1", "tried")
			if tries++; tries == 1 {
				return errors.New("not yet")
			}
			return nil
		}
		n1 := newNode(l, "n1", newLine(m), funcs{"f": l.noting("n1", 10*time.Second), "twice": twice}, executor.NewGoroutines(2))
		add(t, n1, "b", "twice", func(d *lifecycle.Definition) { d.Retry = lifecycle.Retry{Attempts: 2, Delay: 5 * time.Second} })
		add(t, n1, "a", "f", func(d *lifecycle.Definition) {
			d.Trigger, d.Coalesce, d.MaxInstances = trigger.MustEvery(time.Second, trigger.EndAt(l.began.Add(3*time.Second))), false, 3
		})
		begin(t, n1)
		time.Sleep(500 * time.Millisecond)
		n1.Pause(true)
		time.Sleep(6 * time.Second) // fires of 1, 2, 3 … s, and the second try, are due
		n1.Pause(false)
		time.Sleep(30 * time.Second)
		l.expect(t, " unreadable ")
		l.expect(t, " ran a", "6.5 n1 ran a", "6.5 n1 ran a", "16.5 n1 ran a")
		l.expect(t, " tried", "0 n1 tried", "16.5 n1 tried")
	})
}

// One task that nobody can run must not make a cluster lose a race for each task.
func TestATaskThatNobodyCanRunDoesNotEndTheClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		first, claims := newLine(m), atomic.Int64{}
		first.claimed = func() { claims.Add(1) }
		n1 := newNode(l, "n1", first, funcs{"f": l.noting("n1", time.Millisecond)}, quick())
		n1.Company(true)
		add(t, n1, "alien", "nowhere", func(d *lifecycle.Definition) { d.Trigger = trigger.MustEvery(time.Second) })
		add(t, n1, "a", "f", func(d *lifecycle.Definition) { d.Trigger = trigger.MustEvery(time.Second) })
		begin(t, n1)
		time.Sleep(2 * time.Minute)
		before := claims.Load()
		time.Sleep(time.Minute)
		if n := claims.Load() - before; n < 60 {
			t.Errorf("in a minute there were %d claims, for 60 fires", n)
		}
		if got := len(l.with("ran a")); got < 179 {
			t.Errorf("a ran %d times in three minutes", got)
		}
	})
}
