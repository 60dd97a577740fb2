package asyncz_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

// A chronicled store is a bytesStore that keeps histories.
type chronicled struct {
	bytesStore
	store.RunLog
}

func newChronicled() chronicled {
	m := memstore.New()
	return chronicled{bytesStore{m}, m}
}

// places are where a history can be: in memory, and in a store.
var places = map[string]func() asyncz.Option{
	"in memory":  func() asyncz.Option { return onBytes(newBytes()) },
	"in a store": func() asyncz.Option { return onBytes(newChronicled()) },
}

// everywhere runs a test with a history in each place.
func everywhere(t *testing.T, f func(t *testing.T, on asyncz.Option)) {
	for name, on := range places {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { f(t, on()) }) })
	}
}

// runs returns the rows that a filter lets through, the first to end first, as text.
func runs(t *testing.T, s *asyncz.Scheduler, f asyncz.RunFilter) (lines []string) {
	t.Helper()
	page, err := s.Runs(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Backward(page.Runs) {
		line := fmt.Sprintf("%s@%v %s %d", r.Task, r.Scheduled.Sub(midnight).Seconds(), r.Outcome, r.Attempt)
		if r.Count > 1 {
			line += fmt.Sprintf(" ×%d", r.Count)
		}
		lines = append(lines, line)
	}
	return lines
}

// midnight is when a bubble begins.
var midnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func expectRuns(t *testing.T, s *asyncz.Scheduler, f asyncz.RunFilter, want ...string) {
	t.Helper()
	if got := runs(t, s, f); !slices.Equal(got, want) {
		t.Errorf("%+v:\ngot  %q\nwant %q", f, got, want)
	}
}

// working returns functions that end in each way.
func working() *asyncz.Functions {
	fs := &asyncz.Functions{}
	asyncz.RegisterIn(fs, "good", func(ctx context.Context, _ struct{}) (map[string]int, error) {
		asyncz.Logger(ctx).Info("on it", "n", 1)
		_, _ = fmt.Fprintln(asyncz.RunOutput(ctx), "hello")
		return map[string]int{"rows": 3}, nil
	})
	asyncz.RegisterIn(fs, "bad", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, errors.New("disk full") })
	asyncz.RegisterIn(fs, "panics", func(context.Context, struct{}) (struct{}, error) { panic("at the disco") })
	asyncz.RegisterIn(fs, "slow", func(ctx context.Context, _ struct{}) (struct{}, error) {
		asyncz.Logger(ctx).Info("begun")
		select {
		case <-ctx.Done():
			return struct{}{}, ctx.Err()
		case <-time.After(25 * time.Second):
			asyncz.Logger(ctx).Info("done")
			return struct{}{}, nil
		}
	})
	return fs
}

func TestTheHistoryHasARowForEachAttemptAndForFiresWithoutOne(t *testing.T) {
	everywhere(t, func(t *testing.T, on asyncz.Option) {
		s := running(t, on, asyncz.WithFunctions(working()))
		at := trigger.At(midnight.Add(time.Second))
		for id, opts := range map[string][]asyncz.TaskOption{
			"good": nil, "panics": nil, "bad": {asyncz.Retry(2, asyncz.Constant(3*time.Second))},
		} {
			_, _ = s.Add(t.Context(), call(id), at, append(opts, asyncz.ID(id))...)
		}
		_, _ = s.Add(t.Context(), call("slow"), trigger.MustEvery(10*time.Second), asyncz.ID("slow"))
		time.Sleep(40 * time.Second)
		expectRuns(t, s, asyncz.RunFilter{Task: "good"}, "good@1 executed 1")
		expectRuns(t, s, asyncz.RunFilter{Task: "panics"}, "panics@1 failed 1")
		expectRuns(t, s, asyncz.RunFilter{Task: "bad"}, "bad@1 retrying 1", "bad@1 failed 2")
		expectRuns(t, s, asyncz.RunFilter{Task: "slow"}, "slow@20 max_instances 0", "slow@30 max_instances 0", "slow@10 executed 1")
		s.Pause()
		_, _ = s.Add(t.Context(), call("good"), trigger.MustEvery(time.Second), asyncz.ID("late"), asyncz.GraceTime(3*time.Second))
		time.Sleep(10 * time.Second)
		s.Resume()
		time.Sleep(500 * time.Millisecond)
		expectRuns(t, s, asyncz.RunFilter{Task: "late"}, "late@46 missed 0 ×6", "late@49 coalesced 0 ×3", "late@50 executed 1")
	})
}

func TestARowTellsWhatTheRunSaid(t *testing.T) {
	everywhere(t, func(t *testing.T, on asyncz.Option) {
		s := running(t, on, asyncz.WithFunctions(working()))
		_, _ = s.Add(t.Context(), call("good"), now(), asyncz.ID("good"))
		_, _ = s.Add(t.Context(), call("panics"), now(), asyncz.ID("panics"))
		synctest.Wait()
		page, _ := s.Runs(t.Context(), asyncz.RunFilter{Task: "good"})
		got, err := s.FindRun(t.Context(), page.Runs[0].ID())
		if err != nil || len(got.Attempts) != 1 || got.InFlight != nil {
			t.Fatalf("%+v, %v", got, err)
		}
		a := got.Attempts[0]
		if string(a.Result) != `{"rows":3}` || a.Output != "hello\n" || len(a.Logs) != 1 || a.Logs[0].Message != "on it" || a.Logs[0].Attrs != "n=1" || a.Node == "" {
			t.Errorf("%+v", a)
		}
		if p := page.Runs[0]; p.Output != "" || p.Logs != nil {
			t.Errorf("the page has what may be long: %+v", p)
		}
		page, _ = s.Runs(t.Context(), asyncz.RunFilter{Task: "panics"})
		got, _ = s.FindRun(t.Context(), page.Runs[0].ID())
		if a := got.Attempts[0]; a.Error != "panic: at the disco" || !strings.Contains(a.Stack, "history_test.go") {
			t.Errorf("%+v", a)
		}
		if _, err := s.FindRun(t.Context(), "good@2001-01-01T00:00:00Z"); !errors.Is(err, asyncz.ErrNotFound) {
			t.Errorf("a run that never was: %v", err)
		}
		if _, err := s.FindRun(t.Context(), "good"); err == nil || errors.Is(err, asyncz.ErrNotFound) {
			t.Errorf("what is no id: %v", err)
		}
	})
}

func TestARunInFlightCanBeFollowedFromAnywhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newChronicled()
		s := running(t, onBytes(shared), asyncz.WithFunctions(working()))
		other := open(t, onBytes(shared))
		_, _ = s.Add(t.Context(), call("slow"), trigger.At(midnight), asyncz.ID("slow"))
		id := "slow@2000-01-01T00:00:00Z"
		follow := func(s *asyncz.Scheduler, want string) {
			t.Helper()
			d, err := s.FindRun(t.Context(), id)
			got := fmt.Sprint(d.InFlight != nil, len(d.Attempts))
			for _, l := range d.Logs {
				got += " " + l.Message
			}
			for _, a := range d.Attempts {
				for _, l := range a.Logs {
					got += " " + l.Message
				}
			}
			if err != nil || got != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		}
		synctest.Wait()
		follow(s, "true 0 begun")
		follow(other, "true 0")
		time.Sleep(3 * time.Second)
		follow(other, "true 0 begun")
		time.Sleep(23 * time.Second)
		follow(s, "false 1 begun done")
		time.Sleep(time.Second)
		follow(other, "false 1 begun done")
		expectRuns(t, other, asyncz.RunFilter{}, "slow@0 executed 1")
	})
}

func TestTheRunsOfANodeThatDiedAreInTheHistory(t *testing.T) {
	for name, c := range map[string]struct {
		lost asyncz.TaskOption
		want []string
	}{
		"rerun": {asyncz.OnLost(asyncz.Rerun), []string{"slow@0 lost 1", "slow@0 executed 2"}},
		"skip":  {asyncz.OnLost(asyncz.Skip), []string{"slow@0 abandoned 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				shared := newChronicled()
				dying := &failing{Store: shared}
				first := running(t, asyncz.WithStore("default", dying, asyncz.KeepOpen()), asyncz.WithFunctions(working()))
				_, _ = first.Add(t.Context(), call("slow"), trigger.At(midnight), asyncz.ID("slow"), c.lost)
				synctest.Wait()
				dying.down.Store(true)
				defer dying.down.Store(false) // else its shutdown waits for ever
				second := running(t, onBytes(shared), asyncz.WithFunctions(working()))
				time.Sleep(time.Minute)
				expectRuns(t, second, asyncz.RunFilter{}, c.want...)
			})
		})
	}
}

func TestAResultThatCameTooLateIsInTheHistory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newChronicled()
		cut := &cutOff{failing: failing{Store: shared}, kept: shared}
		fs := &asyncz.Functions{}
		asyncz.RegisterIn(fs, "deaf", func(context.Context, struct{}) (struct{}, error) {
			time.Sleep(25 * time.Second)
			return struct{}{}, nil
		})
		first := running(t, asyncz.WithStore("default", cut, asyncz.KeepOpen()), asyncz.WithFunctions(fs))
		_, _ = first.Add(t.Context(), call("deaf"), trigger.At(midnight), asyncz.ID("a"))
		synctest.Wait()
		cut.down.Store(true)
		second := running(t, onBytes(shared), asyncz.WithFunctions(fs))
		time.Sleep(20 * time.Second)
		cut.down.Store(false)
		time.Sleep(time.Minute)
		expectRuns(t, second, asyncz.RunFilter{}, "a@0 lost 1", "a@0 lost_lease 1", "a@0 executed 2")
	})
}

// A cutOff store is a chronicled one that can be cut off.
type cutOff struct {
	failing
	kept chronicled
}

func (c *cutOff) AppendRuns(ctx context.Context, e []store.RunEntry) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.kept.AppendRuns(ctx, e)
}

func (c *cutOff) Runs(ctx context.Context, q store.RunQuery) iter.Seq2[store.RunEntry, error] {
	return c.kept.Runs(ctx, q)
}

func (c *cutOff) TrimRuns(ctx context.Context, log string, before time.Time, keep int) (int, error) {
	return c.kept.TrimRuns(ctx, log, before, keep)
}

func TestPagesOfTheHistoryTogetherAreTheWhole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t, onBytes(newChronicled()), asyncz.WithStore("b", newChronicled()), asyncz.WithStore("m", memstore.New()), asyncz.WithFunctions(working()))
		for i := range 40 { // many end at the same instant, in each store
			for _, in := range []string{"default", "b", "m"} {
				_, _ = s.Add(t.Context(), call([]string{"good", "bad"}[i%2]), trigger.At(midnight.Add(time.Duration(i/10)*time.Second)), asyncz.ID(fmt.Sprint(in, i)), asyncz.InStore(in))
			}
		}
		time.Sleep(10 * time.Second)
		for _, f := range []asyncz.RunFilter{{Limit: 7}, {Limit: 1000}, {Limit: 7, Outcomes: []asyncz.Outcome{asyncz.Failed}}, {Limit: 3, Store: "b"}} {
			seen := map[string]int{}
			last := time.Now()
			for {
				page, err := s.Runs(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Runs {
					seen[r.Store+r.ID()]++
					if r.Ended.After(last) {
						t.Errorf("%+v: %v comes after %v", f, r.Ended, last)
					}
					last = r.Ended
				}
				if f.After = page.Next; f.After == "" {
					break
				}
			}
			want := 120
			if f.Store != "" {
				want /= 3
			}
			if f.Outcomes != nil {
				want /= 2
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("%+v: %s came %d times", f, id, n)
				}
			}
			if len(seen) != want {
				t.Errorf("%+v: %d rows, want %d", f, len(seen), want)
			}
		}
		if _, err := s.Runs(t.Context(), asyncz.RunFilter{After: "nonsense"}); err == nil {
			t.Error("a cursor of somebody else's was taken")
		}
	})
}

func TestTheHistoryIsSealedLikeTheTasks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newChronicled()
		key := asyncz.WithEncryptionKey("correct horse battery staple")
		s := running(t, onBytes(shared), key, asyncz.WithFunctions(working()))
		_, _ = s.Add(t.Context(), call("bad"), now(), asyncz.ID("a"))
		_, _ = s.Add(t.Context(), call("good"), now(), asyncz.ID("b"))
		synctest.Wait()
		expectRuns(t, s, asyncz.RunFilter{Task: "a"}, "a@0 failed 1")
		var rows []store.RunEntry
		for e, err := range shared.Runs(t.Context(), store.RunQuery{}) {
			if err != nil || strings.Contains(string(e.Data), "disk full") || strings.Contains(string(e.Data), "hello") {
				t.Errorf("%q, %v", e.Data, err)
			}
			rows = append(rows, e)
		}
		rows[0].Data, rows[1].Data = rows[1].Data, rows[0].Data // somebody exchanges them
		_ = shared.AppendRuns(t.Context(), rows)
		if page, err := s.Runs(t.Context(), asyncz.RunFilter{}); err != nil || len(page.Runs) != 0 || page.Unreadable != 2 {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

func TestTheHistoryIsKeptAsLongAsItIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		keep     asyncz.Option
		from, to int // rows after an hour of one each ten seconds
	}{
		"by age":     {asyncz.WithHistory(30*time.Minute, 0), 180, 180 + 60},
		"by number":  {asyncz.WithHistory(0, 100), 100, 100 + 60},
		"not at all": {asyncz.WithoutHistory(), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := running(t, onBytes(newChronicled()), c.keep, asyncz.WithFunctions(working()))
				_, _ = s.Add(t.Context(), call("good"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
				time.Sleep(time.Hour)
				page, err := s.Runs(t.Context(), asyncz.RunFilter{Limit: 1000})
				if n := len(page.Runs); err != nil || n < c.from || n > c.to {
					t.Errorf("%d rows, want %d to %d; %v", n, c.from, c.to, err)
				}
			})
		})
	}
}

func TestRowsThatCouldNotBeKeptAreTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t, asyncz.WithStore("default", brokenLog{newChronicled()}, asyncz.KeepOpen()), asyncz.WithFunctions(working()))
		var lost []asyncz.HistoryLost
		asyncz.On(s, func(e asyncz.HistoryLost) { lost = append(lost, e) })
		_, _ = s.Add(t.Context(), call("good"), now(), asyncz.ID("a"))
		time.Sleep(time.Minute)
		_ = s.Shutdown(t.Context())
		if len(lost) != 1 || lost[0].Rows != 1 || !errors.Is(lost[0].Err, errDown) {
			t.Errorf("%+v", lost)
		}
	})
}

// A brokenLog can keep tasks and no history.
type brokenLog struct{ chronicled }

func (brokenLog) AppendRuns(context.Context, []store.RunEntry) error { return errDown }

func TestAFireThatAnEditSetAsideIsInTheHistory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := newChronicled()
		s := open(t, onBytes(shared), asyncz.WithFunctions(working()))
		_, _ = s.Add(t.Context(), call("good"), trigger.At(midnight.Add(time.Second)), asyncz.ID("a"))
		time.Sleep(2 * time.Second)
		_, _ = s.Reschedule(t.Context(), "a", trigger.At(midnight.Add(time.Hour)))
		expectRuns(t, s, asyncz.RunFilter{}, "a@1 cancelled 0")
	})
}

func TestAConfigurationSaysHowLongTheHistoryIsKept(t *testing.T) {
	for form, want := range map[string]int{
		`{}`:                         60,
		`{"history": {"rows": 20}}`:  20,
		`{"history": {"age": "5m"}}`: 30,
		`{"history": {"off": true}}`: 0,
	} {
		t.Run(form, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var c asyncz.Config
				if err := json.Unmarshal([]byte(form), &c); err != nil {
					t.Fatal(err)
				}
				opts, err := c.Options()
				if err != nil {
					t.Fatal(err)
				}
				s := running(t, append(opts, onBytes(newChronicled()), asyncz.WithFunctions(working()))...)
				_, _ = s.Add(t.Context(), call("good"), trigger.MustEvery(10*time.Second), asyncz.ID("a"))
				time.Sleep(10*time.Minute + time.Second)
				page, err := s.Runs(t.Context(), asyncz.RunFilter{Limit: 1000})
				if n := len(page.Runs); err != nil || n < want || (want < 60 && n > want+60) || (want == 0 && n > 0) {
					t.Errorf("%d rows, want about %d; %v", n, want, err)
				}
			})
		})
	}
	if _, err := asyncz.New(t.Context(), asyncz.WithHistory(-1, 0)); !errors.Is(err, asyncz.ErrOption) {
		t.Errorf("an age below zero: %v", err)
	}
}

func TestTheHistoryCanBeReadAfterAShutdownWhileTheStoreIsOpen(t *testing.T) {
	for _, started := range []bool{true, false} {
		t.Run(fmt.Sprint(started), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := open(t, onBytes(newChronicled()), asyncz.WithFunctions(working()))
				want := []string(nil)
				if started {
					_ = s.Start(t.Context())
					_, _ = s.Add(t.Context(), call("good"), now(), asyncz.ID("a"))
					synctest.Wait()
					want = []string{"a@0 executed 1"}
				}
				if err := s.Shutdown(t.Context()); err != nil {
					t.Fatal(err)
				}
				expectRuns(t, s, asyncz.RunFilter{}, want...)
			})
		})
	}
}
