package asyncz_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestAPausedTaskStaysPausedThroughARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		first := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		_, _ = first.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
		time.Sleep(15 * time.Second)
		if got, err := first.PauseTask(t.Context(), "a"); err != nil || got.State != asyncz.StatePaused {
			t.Fatalf("%+v, %v", got, err)
		}
		_ = first.Shutdown(t.Context())
		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		ended := outcomes(second)
		time.Sleep(100 * time.Second)
		d.expect(t, entry{"f", 10})
		got, err := second.ResumeTask(t.Context(), "a")
		if err != nil || got.State != asyncz.StateScheduled {
			t.Fatalf("%+v, %v", got, err)
		}
		time.Sleep(10 * time.Second)
		d.expect(t, entry{"f", 10}, entry{"f", 120})
		if got := tally(ended()); got[asyncz.Missed]+got[asyncz.Coalesced] != 0 {
			t.Errorf("fires that were paused were reported: %v", got)
		}
	})
}

func TestRunNowLeavesTheScheduleAsItIs(t *testing.T) {
	for _, kind := range []string{"from this process", "from another"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				shared := newBytes()
				s := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
				ended := outcomes(s)
				by := s
				if kind == "from another" {
					by = open(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
				}
				_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
				time.Sleep(3500 * time.Millisecond)
				asked, err := by.RunTask(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(9 * time.Second)
				if got := d.times("f"); len(got) != 2 || got[0] < 3.5 || got[0] > 4.5 || got[1] != 10 {
					t.Errorf("ran at %v", got)
				}
				if got := ended(); got[0].Run.ID() != asked.ID() || got[0].Run.Source != asyncz.Manual || got[1].Run.Source != asyncz.Scheduled {
					t.Errorf("got %+v, asked %+v", got, asked)
				}
			})
		})
	}
}

func TestAddingATaskAgainAtEachStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		add := func(s *asyncz.Scheduler, opts ...asyncz.TaskOption) error {
			_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(10*time.Second), append(opts, asyncz.ID("a"))...)
			return err
		}
		first := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		if err := add(first); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * time.Second)
		_ = first.Shutdown(t.Context())
		before := records(t, shared)["a"]

		second := running(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		if err := add(second); !errors.Is(err, asyncz.ErrExists) {
			t.Errorf("without Replace: %v", err)
		}
		if err := add(second, asyncz.Replace()); err != nil {
			t.Errorf("with Replace: %v", err)
		}
		if after := records(t, shared)["a"]; after.Rev != before.Rev || string(after.Data) != string(before.Data) {
			t.Error("the same definition was written again")
		}
		if err := add(second, asyncz.Replace(), asyncz.Timeout(time.Minute)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * time.Second)
		d.expect(t, entry{"f", 10})
		if got, _ := second.Task(t.Context(), "a"); got.Timeout != time.Minute {
			t.Errorf("got %+v", got)
		}
	})
}

func TestReschedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		_, _ = s.Add(t.Context(), d.writer("f"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
		time.Sleep(12 * time.Second)
		if _, err := s.Reschedule(t.Context(), "a", trigger.MustEvery(3*time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * time.Second)
		d.expect(t, entry{"f", 10}, entry{"f", 15}, entry{"f", 18})
		_, err := s.Reschedule(t.Context(), "a", trigger.MustEvery(time.Second, trigger.EndAt(time.Now().Add(-time.Hour)), trigger.StartAt(time.Now().Add(-2*time.Hour))))
		if !errors.Is(err, asyncz.ErrNeverFires) {
			t.Errorf("got %v", err)
		}
		time.Sleep(2500 * time.Millisecond)
		if got := d.times("f"); !slices.Equal(got, []float64{10, 15, 18, 21}) {
			t.Errorf("a bad update changed the task: %v", got)
		}
	})
}

func TestRemoveWhileItRunsLetsTheRunEndAndResurrectsNothing(t *testing.T) {
	for _, kind := range []string{"values", "bytes"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				fs := &asyncz.Functions{}
				asyncz.RegisterIn(fs, "slow", func(context.Context, struct{}) (struct{}, error) {
					time.Sleep(20 * time.Second)
					d.note("end")
					return struct{}{}, nil
				})
				opts := []asyncz.Option{asyncz.WithFunctions(fs)}
				if kind == "bytes" {
					opts = append(opts, onBytes(newBytes()))
				}
				s := running(t, opts...)
				ended := outcomes(s)
				_, _ = s.Add(t.Context(), call("slow"), trigger.MustEvery(time.Second), asyncz.ID("a"))
				time.Sleep(1500 * time.Millisecond)
				if err := s.RemoveTask(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				d.expect(t, entry{"end", 21})
				if got := ended(); len(got) != 1 || got[0].Outcome != asyncz.Executed {
					t.Errorf("got %+v", got)
				}
				if left, _ := s.Tasks(t.Context(), asyncz.Filter{}); len(left) != 0 {
					t.Errorf("resurrected: %+v", left)
				}
			})
		})
	}
}

func TestATaskRemovedAndAddedAgainWhileItRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "slow", func(context.Context, struct{}) (struct{}, error) {
			time.Sleep(20 * time.Second)
			return struct{}{}, nil
		})
		s := running(t, onBytes(newBytes()), asyncz.WithFunctions(fs))
		ended := outcomes(s)
		_, _ = s.Add(t.Context(), call("slow"), trigger.At(time.Now()), asyncz.ID("a"))
		time.Sleep(time.Second)
		_ = s.RemoveTask(t.Context(), "a")
		if _, err := s.Add(t.Context(), call("slow"), trigger.At(time.Now()), asyncz.ID("a")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := tally(ended()); got[asyncz.Executed] != 2 || len(got) != 1 {
			t.Errorf("got %v", got)
		}
		if left, _ := s.Tasks(t.Context(), asyncz.Filter{}); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

func TestEditsOfARunningTaskAreNotLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		fs := d.functions()
		s := running(t, onBytes(newBytes()), asyncz.WithFunctions(fs))
		_, _ = s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.ID("a"))
		for i := range 30 {
			time.Sleep(time.Duration(37*i) * time.Millisecond)
			if _, err := s.UpdateTask(t.Context(), "a", asyncz.Timeout(time.Duration(i+1)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		got, err := s.Task(t.Context(), "a")
		if err != nil || got.Timeout != 30*time.Minute {
			t.Errorf("%+v, %v", got, err)
		}
		if n := len(d.times("f")); n != 16 { // 37 ms × (0 + … + 29) = 16.095 s
			t.Errorf("%d fires, want 16", n)
		}
	})
}

func TestBadInputChangesNothing(t *testing.T) {
	t.Parallel()
	shared := newBytes()
	s := open(t, onBytes(shared), asyncz.WithFunctions(newDiary().functions()))
	every := trigger.MustEvery(time.Second)
	if _, err := s.Add(t.Context(), call("f"), every, asyncz.ID("a")); err != nil {
		t.Fatal(err)
	}
	before := records(t, shared)
	for name, add := range map[string]func() error{
		"id with NUL": func() error { _, err := s.Add(t.Context(), call("f"), every, asyncz.ID("a\x00b")); return err },
		"id too long": func() error {
			_, err := s.Add(t.Context(), call("f"), every, asyncz.ID(string(make([]byte, 256))))
			return err
		},
		"unknown store":    func() error { _, err := s.Add(t.Context(), call("f"), every, asyncz.InStore("x")); return err },
		"no instances":     func() error { _, err := s.Add(t.Context(), call("f"), every, asyncz.MaxInstances(0)); return err },
		"negative timeout": func() error { _, err := s.Add(t.Context(), call("f"), every, asyncz.Timeout(-1)); return err },
		"no function":      func() error { _, err := s.Add(t.Context(), call(""), every); return err },
		"local function": func() error {
			_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), every)
			return err
		},
		"no trigger":     func() error { _, err := s.Add(t.Context(), call("f"), nil); return err },
		"update":         func() error { _, err := s.UpdateTask(t.Context(), "a", asyncz.CatchUp(-1)); return err },
		"update as JSON": func() error { _, err := s.UpdateTaskJSON(t.Context(), "a", []byte(`{"nmae":"x"}`)); return err },
		"trigger as JSON": func() error {
			_, err := s.UpdateTaskJSON(t.Context(), "a", []byte(`{"trigger":{"type":"interval","seconds":0}}`))
			return err
		},
	} {
		if err := add(); err == nil {
			t.Errorf("%s was accepted", name)
		} else if !errors.Is(err, asyncz.ErrTask) {
			t.Errorf("%s: %v is not ErrTask", name, err)
		}
	}
	if after := records(t, shared); len(after) != len(before) || after["a"].Rev != before["a"].Rev {
		t.Errorf("got %v, want %v", after, before)
	}
}

func TestFiresThatAnEditSetsAsideAreReported(t *testing.T) {
	for _, kind := range []string{"values", "bytes"} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fs := &asyncz.Functions{}
				asyncz.RegisterIn(fs, "fail", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, errors.New("no") })
				opts := []asyncz.Option{asyncz.WithFunctions(fs)}
				if kind == "bytes" {
					opts = append(opts, onBytes(newBytes()))
				}
				s := running(t, opts...)
				ended := outcomes(s)
				for _, id := range []string{"removed", "rescheduled"} {
					_, err := s.Add(t.Context(), call("fail"), trigger.MustEvery(10*time.Second), asyncz.ID(id), asyncz.Retry(2, asyncz.Constant(time.Hour)))
					must(t, err)
				}
				time.Sleep(15 * time.Second) // each has a run that waits for its second attempt
				s.Pause()
				time.Sleep(20 * time.Second) // and the fires of 20 and 30 s are due
				must(t, s.RemoveTask(t.Context(), "removed"))
				_, err := s.Reschedule(t.Context(), "rescheduled", trigger.MustEvery(time.Hour))
				must(t, err)
				got := map[string][]int{}
				for _, e := range ended() {
					if e.Outcome != asyncz.Cancelled {
						t.Errorf("%s: %s", e.Run.ID(), e.Outcome)
					}
					got[e.Run.Task] = append(got[e.Run.Task], e.Count)
				}
				if !slices.Equal(got["removed"], []int{1, 2}) || !slices.Equal(got["rescheduled"], []int{2}) {
					t.Errorf("got %v, want the waiting run and two fires of the one, and two fires of the other", got)
				}
			})
		})
	}
}

func TestAnUpdateAsJSONCanTakeThingsBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"), asyncz.Name("n"), asyncz.Timeout(time.Minute), asyncz.GraceTime(time.Minute))
	must(t, err)
	got, err := s.UpdateTaskJSON(t.Context(), "a", []byte(`{"name": "", "timeout": 0, "mistrigger_grace_time": 0}`))
	if err != nil || got.Name != "" || got.Timeout != 0 || got.GraceTime != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Tasks that say nothing of how their fires are handled share one policy in memory.
func TestAnEditOfOneTaskLeavesTheOthersAsTheyAre(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t)
		for _, id := range []string{"a", "b"} {
			_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(time.Hour), asyncz.ID(id))
			must(t, err)
		}
		_, err := s.UpdateTask(t.Context(), "a", asyncz.MaxInstances(3), asyncz.Timeout(time.Minute), asyncz.Coalesce(false))
		must(t, err)
		_, err = s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(time.Hour), asyncz.ID("c"), asyncz.MaxInstances(5))
		must(t, err)
		_, err = s.Add(t.Context(), asyncz.Do(func(context.Context) error { return nil }), trigger.MustEvery(time.Hour), asyncz.ID("d"))
		must(t, err)
		for id, most := range map[string]int{"a": 3, "b": 1, "c": 5, "d": 1} {
			got, err := s.Task(t.Context(), id)
			must(t, err)
			if other := id == "a"; got.MaxInstances != most || got.Coalesce == other || (got.Timeout != 0) != other {
				t.Errorf("%s has max_instances %d, coalesce %v and timeout %v", id, got.MaxInstances, got.Coalesce, got.Timeout)
			}
		}
	})
}
