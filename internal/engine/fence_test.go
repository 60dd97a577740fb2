package engine

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
	"github.com/go-asyncz/asyncz/internal/nodeclock"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// noting returns a function that notes its begin and end, takes so long, and
// stops when its context ends.
func (l *log) noting(node string, takes time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		r, _ := RunFrom(ctx)
		l.note(node, "ran %s", r.Def.ID)
		select {
		case <-time.After(takes):
			return nil
		case <-ctx.Done():
			l.note(node, "told %s %v", r.Def.ID, context.Cause(ctx))
			return context.Cause(ctx)
		}
	}
}

func quick() executor.Executor { return executor.NewGoroutines(0) }

// The process is stopped between the answer of the store and the start.
func TestARunWhoseLeaseHasEndedIsNotBegun(t *testing.T) {
	for name, c := range map[string]struct {
		other  bool
		onLost func(*lifecycle.Definition)
		want   []string
	}{
		"another node has it":         {true, func(*lifecycle.Definition) {}, []string{"10 n2 ran a"}},
		"nobody has it":               {false, func(*lifecycle.Definition) {}, []string{"15 n1 ran a"}},
		"nobody has it, at most once": {false, skipped, []string{"15 n1 ran a"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, m := newLog(), memstore.New()
				first := newLine(m)
				stops := true
				first.wrote = func() {
					if stops {
						stops = false
						time.Sleep(15 * time.Second)
					}
				}
				n1 := newNode(l, "n1", first, funcs{"f": l.noting("n1", time.Second)}, quick())
				add(t, n1, "a", "f", c.onLost)
				begin(t, n1)
				synctest.Wait()
				if c.other {
					begin(t, newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick()))
				}
				time.Sleep(40 * time.Second)
				l.expect(t, " ran ", c.want...)
				l.expect(t, " late ")
				l.expect(t, " unreadable ")
				if got := l.with(" ended "); len(got) != 1 || len(l.with(" started ")) != 1 {
					t.Errorf("told %q", l.with(""))
				}
				if c.other {
					l.expect(t, " ended ", "11 n2 ended a 2 executed")
				} else {
					l.expect(t, " ended ", "16 n1 ended a 1 executed")
				}
			})
		})
	}
}

// A run that waits in a queue while its node can't renew leases.
func TestARunThatWaitedInAQueueUntilItsLeaseEndedIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		first := newLine(m)
		n1 := newNode(l, "n1", first, funcs{"long": func(context.Context) error { time.Sleep(15 * time.Second); return nil }, "f": l.noting("n1", time.Second)}, executor.NewPool(1, 5))
		add(t, n1, "a", "long")
		add(t, n1, "b", "f")
		begin(t, n1)
		time.Sleep(time.Second)
		first.down.Store(true)
		begin(t, newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick()))
		time.Sleep(19 * time.Second)
		first.down.Store(false)
		time.Sleep(20 * time.Second)
		l.expect(t, " ran ", "10 n2 ran b")
		if got := l.with(" late b"); len(got) != 1 {
			t.Errorf("its start was told, so its end must be: %q", l.with(""))
		}
	})
}

// timed is a line to a store that has a clock.
type timed struct {
	*line
	*farClock
}

func (s timed) Now(ctx context.Context) (time.Time, error) { return s.farClock.Now(ctx) }

var _ store.Clock = timed{}

// While a machine is suspended its monotonic clock stands still, and with it the
// store's time as this node carries it on.
func TestNothingBeginsAfterASuspensionBeforeTheStoreWasAskedForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer nodeclock.Shift(0)
		l, m := newLog(), memstore.New()
		st := timed{newLine(m), newFarClock(0, 0)}
		began := func(ctx context.Context) error {
			r, _ := RunFrom(ctx)
			h := ctx.Value(runKey{}).(*handle)
			if end := time.Unix(0, h.lease.Load()); !end.After(st.time()) {
				t.Errorf("%s begins at %v, and its lease ended at %v", r.Def.ID, st.time(), end)
			}
			l.note("n1", "ran %s", r.Def.ID)
			time.Sleep(1500 * time.Millisecond)
			return nil
		}
		n1 := newNode(l, "n1", st, funcs{"f": began}, executor.NewPool(1, 5))
		add(t, n1, "a", "f")
		add(t, n1, "b", "f")
		begin(t, n1)
		time.Sleep(time.Second)
		st.ahead.Add(int64(time.Minute))
		nodeclock.Shift(time.Minute)
		time.Sleep(20 * time.Second)
		if got := l.with(" ran "); !slices.Equal(got, []string{"0 n1 ran a", "1.5 n1 ran b"}) {
			t.Errorf("got %q", l.with(""))
		}
	})
}

func TestInCompanyARunIsToldWhenItsLeaseEnds(t *testing.T) {
	for _, company := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l, m := newLog(), memstore.New()
			first := newLine(m)
			n1 := newNode(l, "n1", first, funcs{"f": l.noting("n1", 15*time.Second)}, quick())
			n1.Company(company)
			add(t, n1, "a", "f")
			begin(t, n1)
			time.Sleep(time.Second)
			first.down.Store(true)
			time.Sleep(29 * time.Second)
			first.down.Store(false)
			time.Sleep(30 * time.Second)
			l.expect(t, " late ")
			if company {
				l.expect(t, " told ", "10 n1 told a "+ErrLeaseLost.Error())
				if got := l.with(" ended a 1 executed"); len(got) != 1 || len(l.with(" ran ")) != 2 {
					t.Errorf("nobody else took it, so it starts again: %q", l.with(""))
				}
			} else {
				l.expect(t, " told ")
				l.expect(t, " ran ", "0 n1 ran a")
			}
		})
	}
}

func TestARunThatAnotherNodeHasIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		first := newLine(m)
		n1 := newNode(l, "n1", first, funcs{"f": l.noting("n1", time.Minute)}, quick())
		add(t, n1, "a", "f")
		begin(t, n1)
		time.Sleep(time.Second)
		first.down.Store(true)
		begin(t, newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Minute)}, quick()))
		time.Sleep(19 * time.Second)
		l.expect(t, " told ") // it can't know, and nobody has said that others are there
		first.down.Store(false)
		time.Sleep(2 * time.Minute)
		if told := l.with(" told "); len(told) != 1 || told[0] > "26" {
			t.Errorf("told %q; the store is back at 20 and asked again within 5 s", told)
		}
		if got := l.with(" n1 late a 1 cancelled"); len(got) != 1 || !slices.Equal(got, l.with(" late ")) {
			t.Errorf("late %q", l.with(" late "))
		}
		l.expect(t, " ended ", "70 n2 ended a 2 executed")
	})
}

func TestTheLateEndOfARunThatAnotherNodeHasEndedIsNoSecondEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		first := newLine(m)
		deaf := func(context.Context) error { time.Sleep(100 * time.Second); return nil }
		n1 := newNode(l, "n1", first, funcs{"f": deaf}, quick())
		add(t, n1, "a", "f")
		begin(t, n1)
		time.Sleep(time.Second)
		first.down.Store(true)
		begin(t, newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Minute)}, quick()))
		time.Sleep(19 * time.Second)
		first.down.Store(false) // it finds out while the other runs, and ends after that
		time.Sleep(2 * time.Minute)
		l.expect(t, " ended ", "70 n2 ended a 2 executed")
		l.expect(t, " late ", "100 n1 late a 1 executed <nil>")
	})
}

// The result of the first comes when the second has ended the run and, with it,
// the task.
func TestALateResultOfATaskThatIsGoneIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		first := newLine(m)
		failing := func(context.Context) error { time.Sleep(5 * time.Second); return errors.New("no luck") }
		n1 := newNode(l, "n1", first, funcs{"f": failing}, quick())
		add(t, n1, "a", "f", func(d *lifecycle.Definition) { d.Retry.Attempts = 3 })
		begin(t, n1)
		time.Sleep(time.Second)
		first.down.Store(true)
		begin(t, newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick()))
		time.Sleep(29 * time.Second)
		first.down.Store(false)
		time.Sleep(time.Minute)
		if got := l.with(" n1 late a 1 failed no luck"); len(got) != 1 || !slices.Equal(got, l.with(" late ")) {
			t.Errorf("late %q", l.with(" late "))
		}
		l.expect(t, " ended ", "11 n2 ended a 2 executed")
		l.expect(t, " waits ")
	})
}

// The late end and the next fire of a task are found in one cycle.
func TestALateEndAndTheNextFireAreOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), memstore.New()
		line1, slowed := newLine(m), atomic.Bool{}
		line1.wrote = func() {
			if slowed.Load() {
				time.Sleep(2 * time.Millisecond)
			}
		}
		var runs atomic.Int32
		slow := func(context.Context) error {
			if runs.Add(1) == 1 {
				time.Sleep(50*time.Second - 500*time.Microsecond) // whatever its context says
			}
			return nil
		}
		n1 := newNode(l, "n1", line1, funcs{"f": slow}, quick())
		n2 := newNode(l, "n2", newLine(m), funcs{"f": l.noting("n2", time.Second)}, quick())
		add(t, n1, "a", "f", func(d *lifecycle.Definition) { d.Trigger = trigger.MustEvery(10 * time.Second) })
		add(t, n1, "b", "f", at(l.began.Add(time.Minute-time.Millisecond)))
		begin(t, n1)
		time.Sleep(10*time.Second + time.Millisecond)
		line1.down.Store(true)
		begin(t, n2)
		time.Sleep(30 * time.Second) // n2 takes the run over and goes on
		line1.down.Store(false)
		time.Sleep(15 * time.Second) // n1 sees that it has lost it
		n2.Pause(true)
		// While b's write is on its way the late run ends, and then the next is due.
		slowed.Store(true)
		time.Sleep(20 * time.Second)
		if n := line1.doubles.Load(); n > 0 {
			t.Errorf("%d tasks were written twice in a batch", n)
		}
		if got := l.with("n1 late a"); len(got) != 1 {
			t.Errorf("the late end was told %d times: %q", len(got), l.with(""))
		}
		if got := l.with("n1 started a"); len(got) < 2 {
			t.Errorf("n1 did not go on: %q", l.with(""))
		}
	})
}
