package asyncz_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestShutdownWaitsForRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), asyncz.Do(func(context.Context) error {
			time.Sleep(20 * time.Second)
			d.note("end")
			return nil
		}), trigger.At(time.Now()))
		_, _ = s.Add(t.Context(), d.writer("later"), trigger.At(time.Now().Add(5*time.Second)))
		time.Sleep(time.Second)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.expect(t, entry{"end", 20})
		if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Executed {
			t.Errorf("got %+v", got)
		}
		if _, err := s.Add(t.Context(), d.writer("x"), trigger.At(time.Now())); !errors.Is(err, asyncz.ErrStopped) {
			t.Errorf("after it: %v", err)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestShutdownCancelsAndGivesRunsBackAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "long", func(ctx context.Context, _ struct{}) (struct{}, error) {
			d.note("begin")
			select {
			case <-ctx.Done():
				return struct{}{}, context.Cause(ctx)
			case <-time.After(10 * time.Second):
				d.note("end")
				return struct{}{}, nil
			}
		})
		shared := newBytes()
		first := running(t, onBytes(shared), asyncz.WithFunctions(fs))
		_, _ = first.Add(t.Context(), call("long"), trigger.At(time.Now()), asyncz.ID("rerun"))
		_, _ = first.Add(t.Context(), call("long"), trigger.At(time.Now()), asyncz.ID("skip"), asyncz.OnLost(asyncz.Skip))
		ended := outcomes(first)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := first.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Cancelled || got[0].Run.Task != "skip" {
			t.Errorf("got %+v", got)
		}
		second := running(t, onBytes(shared), asyncz.WithFunctions(fs))
		then := outcomes(second)
		time.Sleep(20 * time.Second)
		d.expect(t, entry{"begin", 0}, entry{"begin", 0}, entry{"begin", 2}, entry{"end", 12})
		if got := then(); len(got) != 1 || got[0].Run.Attempt != 1 || got[0].Outcome != asyncz.Executed {
			t.Errorf("got %+v", got)
		}
	})
}

// What waits in the queue of an executor has a node and a lease, and has not begun.
func TestShutdownHandsBackAtOnceWhatHasNotBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "long", func(ctx context.Context, _ struct{}) (struct{}, error) {
			r, _ := asyncz.RunFrom(ctx)
			d.note(fmt.Sprintf("begin %s %d", r.Task, r.Attempt))
			time.Sleep(5 * time.Second)
			return struct{}{}, nil
		})
		shared := newBytes()
		first := running(t, onBytes(shared), asyncz.WithFunctions(fs), asyncz.WithExecutor("default", executor.NewPool(1, 10)))
		waits := make(chan asyncz.RunRetrying, 10)
		asyncz.On(first, func(e asyncz.RunRetrying) { waits <- e })
		ended := outcomes(first)
		for i, option := range []asyncz.TaskOption{asyncz.OnLost(asyncz.Rerun), asyncz.OnLost(asyncz.Rerun), asyncz.OnLost(asyncz.Skip)} {
			_, err := first.Add(t.Context(), call("long"), trigger.At(time.Now().Add(time.Duration(i)*time.Millisecond)), asyncz.ID(fmt.Sprint("t", i)), option)
			must(t, err)
		}
		_, err := first.Add(t.Context(), call("long"), trigger.Shutdown(), asyncz.ID("bye"))
		must(t, err)
		second := running(t, onBytes(shared), asyncz.WithFunctions(fs), asyncz.WithExecutor("default", executor.NewPool(10, 0)))
		second.Pause()
		time.Sleep(2 * time.Second)
		second.Resume()
		must(t, first.Shutdown(t.Context()))
		synctest.Wait()
		// The shutdown task waits for the run that had begun.
		got := d.all()
		slices.SortFunc(got, func(a, b entry) int { return strings.Compare(a.what, b.what) })
		if len(got) != 4 || got[0] != (entry{"begin bye 1", 5}) || got[1] != (entry{"begin t0 1", 0}) ||
			got[2].what != "begin t1 1" || got[2].at > 3 || got[3].what != "begin t2 1" || got[3].at > 3 {
			t.Errorf("got %v", got)
		}
		for _, e := range ended() {
			if e.Outcome != asyncz.Executed {
				t.Errorf("told %+v", e)
			}
		}
		if len(waits) != 2 {
			t.Errorf("%d starts that were told came to nothing without a word", 2-len(waits))
		} else if e := <-waits; !errors.Is(e.Err, asyncz.ErrShutdown) {
			t.Errorf("told %v", e.Err)
		}
		time.Sleep(10 * time.Second)
		if left := records(t, shared); len(left) != 1 || len(d.all()) != 4 {
			t.Errorf("left %v, ran %v", left, d.all())
		}
	})
}

func TestARunThatIgnoresItsCancellationKeepsItsLease(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "deaf", func(context.Context, struct{}) (struct{}, error) {
			d.note("begin")
			time.Sleep(20 * time.Second)
			return struct{}{}, nil
		})
		shared := newBytes()
		first := running(t, onBytes(shared), asyncz.WithFunctions(fs), asyncz.WithLease(30*time.Second, 3*time.Second))
		_, _ = first.Add(t.Context(), call("deaf"), trigger.At(time.Now()))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = first.Shutdown(ctx)
		running(t, onBytes(shared), asyncz.WithFunctions(fs), asyncz.WithLease(30*time.Second, 3*time.Second))
		time.Sleep(time.Minute)
		got := d.times("begin")
		// The first renewed it for the last time six seconds after the start.
		if len(got) != 2 || got[1] < 30 || got[1] > 38 {
			t.Errorf("began at %v; the second must wait for the lease of the first", got)
		}
	})
}

func TestShutdownTasksRunAtEachShutdown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		for range 2 {
			s := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
			_, err := s.Add(t.Context(), call("f"), trigger.Shutdown(), asyncz.ID("bye"), asyncz.Replace())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			if got, _ := s.Task(t.Context(), "bye"); got.State != asyncz.StatePending {
				t.Errorf("state %q", got.State)
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		d.expect(t, entry{"f", 5}, entry{"f", 10})
	})
}

func TestMoreShutdownTasksThanThereIsRoomFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t, asyncz.WithExecutor("default", goroutines(2)))
		for range 5 {
			_, _ = s.Add(t.Context(), asyncz.Do(func(context.Context) error {
				time.Sleep(time.Second)
				d.note("bye")
				return nil
			}), trigger.Shutdown())
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.expect(t, entry{"bye", 1}, entry{"bye", 1}, entry{"bye", 2}, entry{"bye", 2}, entry{"bye", 3})
	})
}

// A loop that is told to end just as it goes to sleep must not sleep.
func TestShutdownNeverOversleeps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for range 2000 {
			s := running(t)
			began := time.Now()
			must(t, s.Shutdown(t.Context()))
			if took := time.Since(began); took > 0 {
				t.Fatalf("it took %v", took)
			}
		}
	})
}
