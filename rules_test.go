package asyncz_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/trigger"
)

func inline() executor.Executor          { return executor.NewInline() }
func goroutines(n int) executor.Executor { return executor.NewGoroutines(n) }

// tally counts outcomes, each with the fires that it speaks of.
func tally(all []asyncz.RunEnded) map[asyncz.Outcome]int {
	n := map[asyncz.Outcome]int{}
	for _, e := range all {
		n[e.Outcome] += e.Count
	}
	return n
}

func TestFiresWhileTheSchedulerIsPausedAreLateNotLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), d.writer("coalesced"), trigger.MustEvery(10*time.Second))
		_, _ = s.Add(t.Context(), d.writer("each"), trigger.MustEvery(10*time.Second), asyncz.Coalesce(false))
		_, _ = s.Add(t.Context(), d.writer("punctual"), trigger.MustEvery(10*time.Second), asyncz.GraceTime(time.Second))
		s.Pause()
		time.Sleep(35 * time.Second)
		if got := d.all(); len(got) > 0 {
			t.Fatalf("ran while paused: %v", got)
		}
		s.Resume()
		synctest.Wait()
		got := tally(ended())
		if got[asyncz.Executed] != 4 || got[asyncz.Coalesced] != 2 || got[asyncz.Missed] != 3 {
			t.Errorf("got %v, want 1 + 3 executed, 2 coalesced, 3 missed", got)
		}
		if n := len(d.times("each")); n != 3 {
			t.Errorf("%d of 3 ran one after the other", n)
		}
	})
}

func TestMaxInstancesHoldsAndIsReported(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t)
		ended := outcomes(s)
		var now atomic.Int32
		most := make(chan int32, 100)
		slow := asyncz.Do(func(context.Context) error {
			most <- now.Add(1)
			time.Sleep(3500 * time.Millisecond)
			now.Add(-1)
			return nil
		})
		_, _ = s.Add(t.Context(), slow, trigger.MustEvery(time.Second), asyncz.MaxInstances(2), asyncz.OnExecutor("default"))
		time.Sleep(8900 * time.Millisecond)
		got := tally(ended())
		// Begin at 1, 2, 5 and 6 s; the fires of 3, 4, 7 and 8 s find two; three have ended.
		var peak int32
		for len(most) > 0 {
			peak = max(peak, <-most)
		}
		if peak != 2 || got[asyncz.MaxInstancesReached] != 4 || got[asyncz.Executed] != 3 {
			t.Errorf("at most %d at a time, %v", peak, got)
		}
	})
}

func TestAFailedRunIsRetriedWithItsIdentity(t *testing.T) {
	for _, kind := range []string{"values", "bytes"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				fs := &asyncz.Functions{}
				var ids []string
				asyncz.RegisterIn(fs, "flaky", func(ctx context.Context, _ struct{}) (struct{}, error) {
					r, _ := asyncz.RunFrom(ctx)
					ids = append(ids, r.ID()+" "+string(r.Source))
					d.note("try")
					if r.Attempt < 3 {
						return struct{}{}, errors.New("not yet")
					}
					return struct{}{}, nil
				})
				opts := []asyncz.Option{asyncz.WithFunctions(fs)}
				if kind == "bytes" {
					opts = append(opts, onBytes(newBytes()))
				}
				s := running(t, opts...)
				ended := outcomes(s)
				_, err := s.Add(t.Context(), call("flaky"), trigger.At(time.Now()), asyncz.ID("a"), asyncz.Retry(5, asyncz.Constant(10*time.Second)))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				d.expect(t, entry{"try", 0}, entry{"try", 10}, entry{"try", 20})
				if want := []string{"a@2000-01-01T00:00:00Z scheduled", "a@2000-01-01T00:00:00Z retry", "a@2000-01-01T00:00:00Z retry"}; !slices.Equal(ids, want) {
					t.Errorf("got %q", ids)
				}
				if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Executed || got[0].Run.Attempt != 3 {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestAPermanentErrorIsNotRetried(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t)
		ended := outcomes(s)
		cause := errors.New("no such account")
		_, _ = s.Add(t.Context(), asyncz.Do(func(context.Context) error { return asyncz.Permanent(cause) }), trigger.At(time.Now()), asyncz.Retry(5, asyncz.Constant(time.Second)))
		time.Sleep(time.Minute)
		if got := ended(); len(got) != 1 || got[0].Run.Attempt != 1 || !errors.Is(got[0].Err, cause) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestATimeoutEndsTheContextOfTheRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t)
		ended := outcomes(s)
		var cause error
		began := time.Now()
		_, _ = s.Add(t.Context(), asyncz.Do(func(ctx context.Context) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}), trigger.At(time.Now()), asyncz.Timeout(7*time.Second))
		time.Sleep(time.Minute)
		got := ended()
		if len(got) != 1 || got[0].Outcome != asyncz.Failed || !errors.Is(got[0].Err, asyncz.ErrTimeout) || !errors.Is(cause, asyncz.ErrTimeout) {
			t.Fatalf("got %+v, cause %v", got, cause)
		}
		if took := got[0].Ended.Sub(began); took != 7*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAPanicIsAFailedRunWithItsStack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), asyncz.Do(func(context.Context) error { panic("at the disco") }), trigger.At(time.Now()))
		_, _ = s.Add(t.Context(), d.writer("other"), trigger.At(time.Now().Add(time.Second)))
		time.Sleep(2 * time.Second)
		var p *asyncz.PanicError
		got := ended()
		if len(got) != 2 || !errors.As(got[0].Err, &p) || !strings.Contains(string(p.Stack), "TestAPanicIsAFailedRun") || got[0].Outcome != asyncz.Failed {
			t.Errorf("got %+v", got)
		}
		d.expect(t, entry{"other", 1})
	})
}

func TestAGoroutineThatExitsIsAFailedRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t)
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), asyncz.Do(func(context.Context) error {
			new(testing.T).FailNow()
			return nil
		}), trigger.At(time.Now()))
		time.Sleep(time.Second)
		if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Failed {
			t.Errorf("got %+v", got)
		}
	})
}

func TestJitterDelaysTheStartAndKeepsTheIdentity(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t)
		ended := outcomes(s)
		_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(time.Minute, trigger.Jitter(20*time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		time.Sleep(time.Hour)
		spread := map[time.Duration]bool{}
		for i, e := range ended() {
			late := e.Run.Started.Sub(e.Run.Scheduled)
			if want := began.Add(time.Duration(i+1) * time.Minute); !e.Run.Scheduled.Equal(want) || late < 0 || late > 20*time.Second {
				t.Errorf("fire %d: scheduled %v, want %v; %v late", i, e.Run.Scheduled, want, late)
			}
			spread[late] = true
		}
		if len(spread) < 10 {
			t.Errorf("only %d different delays", len(spread))
		}
	})
}
