package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestAStoreThatFailsLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &failing{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		ended := outcomes(s)
		var mu sync.Mutex
		var outages []string
		s.Listen(func(e asyncz.Event) {
			mu.Lock()
			defer mu.Unlock()
			switch e.(type) {
			case asyncz.StoreFailed, asyncz.StoreRecovered:
				outages = append(outages, e.Kind())
			}
		})
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false), asyncz.ID("a"))
		time.Sleep(15 * time.Second)
		st.down.Store(true)
		if _, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second)); !errors.Is(err, errDown) {
			t.Errorf("an add while it is down: %v", err)
		}
		time.Sleep(20 * time.Second)
		st.down.Store(false)
		time.Sleep(10 * time.Second)
		if got := tally(ended()); got[asyncz.Executed] != 4 || len(got) != 1 {
			t.Errorf("got %v, want the fires of 10, 20, 30 and 40 s", got)
		}
		if got := d.times("f"); len(got) != 4 || got[1] < 35 || got[1] > 40 {
			t.Errorf("ran at %v", got)
		}
		mu.Lock()
		defer mu.Unlock()
		if fmt.Sprint(outages) != "[store_failed store_recovered]" {
			t.Errorf("told %v", outages)
		}
	})
}

// mute answers nothing while it is on, as a server behind a broken network does.
type mute struct {
	store.Store
	on atomic.Bool
}

func (m *mute) silence(ctx context.Context) error {
	if !m.on.Load() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (m *mute) Update(ctx context.Context, r store.Record) error {
	return errors.Join(m.silence(ctx), m.Store.Update(ctx, r))
}

func (m *mute) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := m.silence(ctx); err != nil {
		return nil, err
	}
	return m.Store.Due(ctx, q)
}

func TestAStoreThatDoesNotAnswerDoesNotHoldUpTheSchedulerForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		st := &mute{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(d.functions()))
		told := make(chan asyncz.StoreFailed, 10)
		asyncz.On(s, func(e asyncz.StoreFailed) { told <- e })
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
		time.Sleep(15 * time.Second)
		st.on.Store(true)
		time.Sleep(9 * time.Second)
		select {
		case e := <-told:
			if !strings.Contains(e.Err.Error(), "did not answer") {
				t.Errorf("told %v", e.Err)
			}
		default:
			t.Error("not told of the silence within lease less heartbeat, and poll")
		}
		st.on.Store(false)
		time.Sleep(40 * time.Second)
		if got := d.times("f"); len(got) < 5 {
			t.Errorf("ran at %v; a silence in between should not stop it", got)
		}
	})
}

func TestARunThatEndsWhileTheStoreIsAwayIsNotRepeated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "slow", func(context.Context, struct{}) (struct{}, error) {
			time.Sleep(5 * time.Second)
			d.note("end")
			return struct{}{}, nil
		})
		st := &failing{Store: newBytes()}
		s := running(t, onBytes(st), asyncz.WithFunctions(fs))
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), call("slow"), trigger.At(time.Now()), asyncz.ID("a"))
		time.Sleep(time.Second)
		st.down.Store(true)
		time.Sleep(time.Minute) // far longer than the lease
		st.down.Store(false)
		time.Sleep(20 * time.Second)
		d.expect(t, entry{"end", 5})
		if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Executed {
			t.Errorf("got %+v", got)
		}
	})
}

// A node that dies: from one moment on none of its writes arrive.
func TestANodeThatDies(t *testing.T) {
	for _, c := range []struct {
		onLost string
		again  bool
	}{{"rerun", true}, {"skip", false}} {
		t.Run(c.onLost, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				fs := &asyncz.Functions{}
				asyncz.RegisterIn(fs, "work", func(ctx context.Context, _ struct{}) (struct{}, error) {
					r, _ := asyncz.RunFrom(ctx)
					d.note(fmt.Sprintf("begin %d %s", r.Attempt, r.Source))
					select {
					case <-time.After(8 * time.Second):
						return struct{}{}, nil
					case <-ctx.Done():
						return struct{}{}, context.Cause(ctx)
					}
				})
				shared := newBytes()
				doomed := &failing{Store: shared}
				first := running(t, onBytes(doomed), asyncz.WithFunctions(fs))
				late := make(chan asyncz.LeaseLost, 10)
				asyncz.On(first, func(e asyncz.LeaseLost) { late <- e })
				option := asyncz.OnLost(asyncz.Rerun)
				if !c.again {
					option = asyncz.OnLost(asyncz.Skip)
				}
				_, _ = first.Add(t.Context(), call("work"), trigger.At(time.Now()), asyncz.ID("a"), option)
				time.Sleep(time.Second)
				doomed.down.Store(true)
				second := running(t, onBytes(shared), asyncz.WithFunctions(fs))
				ended := outcomes(second)
				time.Sleep(30 * time.Second)
				if c.again {
					// lease 10 s from the start, poll 1 s
					got := d.all()
					if len(got) != 2 || got[1].what != "begin 2 recovered" || got[1].at < 10 || got[1].at > 12 {
						t.Errorf("got %v", got)
					}
				} else if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Abandoned || len(d.all()) != 1 {
					t.Errorf("got %+v, %v", got, d.all())
				}
				// The first was not dead, but away: what it says now changes nothing.
				doomed.down.Store(false)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if len(late) != 1 {
					t.Errorf("%d late results were told of", len(late))
				} else if e := <-late; e.Outcome != asyncz.Executed {
					t.Errorf("evidence of the late result: %+v", e)
				}
				if left := records(t, shared); len(left) != 0 {
					t.Errorf("left: %v", left)
				}
			})
		})
	}
}

func TestALongRunKeepsItsLease(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "long", func(context.Context, struct{}) (struct{}, error) {
			d.note("begin")
			time.Sleep(5 * time.Minute)
			return struct{}{}, nil
		})
		shared := newBytes()
		for range 2 {
			running(t, onBytes(shared), asyncz.WithFunctions(fs))
		}
		s := open(t, onBytes(shared), asyncz.WithFunctions(fs))
		_, _ = s.Add(t.Context(), call("long"), trigger.At(time.Now()))
		time.Sleep(10 * time.Minute)
		if got := d.times("begin"); len(got) != 1 {
			t.Errorf("began at %v", got)
		}
	})
}

func TestSeveralSchedulersOnOneStoreRunEachFireOnce(t *testing.T) {
	for name, st := range map[string]store.Store{"reading": newBytes(), "claiming": newClaiming()} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				var all []func() []asyncz.RunEnded
				for range 4 {
					all = append(all, outcomes(running(t, onBytes(st), asyncz.WithFunctions(d.functions()))))
				}
				s := open(t, onBytes(st), asyncz.WithFunctions(d.functions()))
				for i := range 50 {
					_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.ID(fmt.Sprint("every", i)))
					_, _ = s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(5*time.Second)))
				}
				time.Sleep(10500 * time.Millisecond)
				seen := map[string]int{}
				for _, ended := range all {
					for _, e := range ended() {
						seen[e.Run.ID()] += e.Count
						if e.Outcome != asyncz.Executed {
							t.Errorf("%s: %s", e.Run.ID(), e.Outcome)
						}
					}
				}
				for id, n := range seen {
					if n != 1 {
						t.Errorf("%s ended %d times", id, n)
					}
				}
				if len(seen) != 50*10+50 || len(d.all()) != 550 {
					t.Errorf("%d fires, %d runs, want 550", len(seen), len(d.all()))
				}
			})
		})
	}
}

func TestATaskWhoseFunctionIsUnknownWaitsForANodeThatKnowsIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		old := running(t, onBytes(shared), asyncz.WithFunctions(&asyncz.Functions{}))
		var told atomic.Int32
		asyncz.On(old, func(e asyncz.TaskUnreadable) {
			if !errors.Is(e.Err, asyncz.ErrUnknownFunction) || e.Task != "a" {
				t.Errorf("told %+v", e)
			}
			told.Add(1)
		})
		_, _ = old.Add(t.Context(), call("f"), trigger.At(time.Now()), asyncz.ID("a"))
		before := records(t, shared)["a"]
		time.Sleep(10 * time.Minute)
		after := records(t, shared)["a"]
		if string(after.Data) != string(before.Data) {
			t.Error("the record was changed")
		}
		synctest.Wait()
		if n := told.Load(); n == 0 || n > 11 {
			t.Errorf("told %d times in ten minutes", n)
		}
		if writes := after.Rev - before.Rev; writes > 200 {
			t.Errorf("written %d times in ten minutes", writes)
		}
		running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		time.Sleep(12 * time.Second)
		if got := d.times("f"); len(got) != 1 {
			t.Errorf("ran at %v", got)
		}
	})
}
