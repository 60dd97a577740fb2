package asyncz_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestAnIntervalFiresOnTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		if _, err := s.Add(t.Context(), d.writer("tick"), trigger.MustEvery(10*time.Second)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(35 * time.Second)
		d.expect(t, entry{"tick", 10}, entry{"tick", 20}, entry{"tick", 30})
	})
}

func TestTasksAddedBeforeStartFireAfterIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := open(t)
		_, err := s.Add(t.Context(), d.writer("once"), trigger.At(time.Now().Add(5*time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(7 * time.Second)
		d.expect(t)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		d.expect(t, entry{"once", 7})
	})
}

func TestAOneShotTaskIsRemovedAfterItsRun(t *testing.T) {
	for name, st := range map[string]func() store.Store{"values": nil, "bytes": func() store.Store { return newBytes() }, "batches": func() store.Store { return newClaiming() }} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDiary()
				opts := []asyncz.Option{asyncz.WithFunctions(d.functions())}
				if st != nil {
					opts = append(opts, onBytes(st()))
				}
				s := running(t, opts...)
				if _, err := s.Add(t.Context(), call("f"), trigger.At(time.Now().Add(time.Second)), asyncz.ID("a")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Second)
				d.expect(t, entry{"f", 1})
				if _, err := s.Task(t.Context(), "a"); !errors.Is(err, asyncz.ErrNotFound) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestAnEarlierTaskWakesTheScheduler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t)
		_, _ = s.Add(t.Context(), d.writer("late"), trigger.At(time.Now().Add(time.Hour)))
		time.Sleep(time.Second)
		_, _ = s.Add(t.Context(), d.writer("early"), trigger.At(time.Now().Add(50*time.Millisecond)))
		time.Sleep(2 * time.Second)
		d.expect(t, entry{"early", 1.05})
	})
}

func TestATaskAddedByAnotherProcessIsFoundWithinThePoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		shared := newBytes()
		running(t, onBytes(shared), asyncz.WithFunctions(d.functions()), asyncz.WithPoll(2*time.Second))
		other := open(t, onBytes(shared), asyncz.WithFunctions(d.functions()))
		time.Sleep(500 * time.Millisecond)
		if _, err := other.Add(t.Context(), call("f"), trigger.At(time.Now())); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		d.expect(t, entry{"f", 2})
	})
}

type args struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

func TestArgumentsAndResultsAreTyped(t *testing.T) {
	for name, st := range map[string]store.Store{"as values": nil, "as bytes": newBytes()} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fs := &asyncz.Functions{}
				repeat := asyncz.RegisterIn(fs, "repeat", func(_ context.Context, a args) (string, error) {
					return strings.Repeat(a.Name, a.N), nil
				})
				opts := []asyncz.Option{asyncz.WithFunctions(fs)}
				if st != nil {
					opts = append(opts, onBytes(st))
				}
				s := running(t, opts...)
				ended := outcomes(s)
				_, err := s.Add(t.Context(), repeat.With(args{"ab", 3}), trigger.At(time.Now()))
				if err != nil {
					t.Fatal(err)
				}
				if got := ended(); len(got) != 1 || got[0].Value != "ababab" || got[0].Outcome != asyncz.Executed {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestArgumentsThatDoNotFitAreRefusedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	fs := &asyncz.Functions{}
	asyncz.RegisterIn(fs, "f", func(context.Context, args) (struct{}, error) { return struct{}{}, nil })
	shared := newBytes()
	s := open(t, onBytes(shared), asyncz.WithFunctions(fs))
	for kwargs, want := range map[string]string{`{"n":"three"}`: "n: a JSON string where int is wanted", `{"m":1}`: `unknown field "m"`, `[1]`: "array", `{`: "JSON"} {
		_, err := s.AddJSON(t.Context(), []byte(`{"id":"a","function":"f","trigger":{"type":"interval","seconds":1},"kwargs":`+kwargs+`}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a word of %q", kwargs, err, want)
		}
	}
	if left := records(t, shared); len(left) != 0 {
		t.Errorf("written: %v", left)
	}
}

func TestAStoredTaskWhoseArgumentsNoLongerFitFailsAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newBytes()
		old := &asyncz.Functions{}
		asyncz.RegisterIn(old, "f", func(context.Context, map[string]any) (struct{}, error) { return struct{}{}, nil })
		before := open(t, onBytes(shared), asyncz.WithFunctions(old))
		for id, kwargs := range map[string]any{"bad": map[string]any{"gone": 1}, "good": map[string]any{"n": 1}} {
			_, err := before.Add(t.Context(), asyncz.Named("f", kwargs), trigger.At(time.Now()), asyncz.ID(id), asyncz.Retry(5, asyncz.Constant(time.Second)))
			if err != nil {
				t.Fatal(err)
			}
		}
		now := &asyncz.Functions{}
		asyncz.RegisterIn(now, "f", func(context.Context, args) (struct{}, error) { return struct{}{}, nil })
		s := open(t, onBytes(shared), asyncz.WithFunctions(now))
		ended := outcomes(s)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		for _, e := range ended() {
			switch {
			case e.Run.Task == "good" && e.Outcome == asyncz.Executed:
			case e.Run.Task == "bad" && e.Outcome == asyncz.Failed && e.Run.Attempt == 1 && errors.Is(e.Err, asyncz.ErrArguments) && strings.Contains(e.Err.Error(), "gone"):
			default:
				t.Errorf("%s: %s, %v", e.Run.Task, e.Outcome, e.Err)
			}
		}
		if got := len(ended()); got != 2 {
			t.Errorf("%d fires ended", got)
		}
	})
}

func TestARunKnowsItsIdentity(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got asyncz.Run
		s := running(t)
		at := time.Now().Add(90 * time.Second).UTC()
		_, err := s.Add(t.Context(), asyncz.Do(func(ctx context.Context) error {
			got, _ = asyncz.RunFrom(ctx)
			return nil
		}), trigger.At(at), asyncz.ID("who"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got.ID() != "who@2000-01-01T00:01:30Z" || got.Attempt != 1 || got.Source != asyncz.Scheduled || !strings.HasPrefix(got.Node, s.Node()) || got.Store != "default" {
			t.Errorf("got %+v", got)
		}
		if _, ok := asyncz.RunFrom(t.Context()); ok {
			t.Error("there is a run outside of one")
		}
	})
}

func TestSeveralStoresAndExecutorsByAlias(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t, asyncz.WithStore("second", newBytes()), asyncz.WithExecutor("inline", inline()), asyncz.WithFunctions(d.functions()))
		for _, alias := range []string{"default", "second"} {
			_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.ID("a"), asyncz.InStore(alias), asyncz.OnExecutor("inline"))
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(1500 * time.Millisecond)
		d.expect(t, entry{"f", 1}, entry{"f", 1})
		if _, err := s.Task(t.Context(), "a"); !errors.Is(err, asyncz.ErrAmbiguous) {
			t.Errorf("got %v", err)
		}
		if got, err := s.Task(t.Context(), "a", asyncz.InStore("second")); err != nil || got.Store != "second" || got.Executor != "inline" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestATaskForAnExecutorThatIsFullDoesNotKeepOthersWaiting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDiary()
		s := running(t, asyncz.WithExecutor("narrow", goroutines(1)))
		release := make(chan struct{})
		wait := asyncz.Do(func(context.Context) error { <-release; return nil })
		for range 5 {
			_, _ = s.Add(t.Context(), wait, trigger.At(time.Now()), asyncz.OnExecutor("narrow"))
		}
		_, _ = s.Add(t.Context(), d.writer("free"), trigger.At(time.Now().Add(time.Second)))
		time.Sleep(2 * time.Second)
		d.expect(t, entry{"free", 1})
		close(release)
		synctest.Wait()
		if left, _ := s.Tasks(t.Context(), asyncz.Filter{}); len(left) != 0 {
			t.Errorf("%d tasks were not run when there was room", len(left))
		}
	})
}
