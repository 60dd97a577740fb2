package asyncz_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
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
