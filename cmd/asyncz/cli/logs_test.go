package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// scripted answers FindRun with one thing after another.
type scripted struct {
	control
	answers []asyncz.RunDetail
}

func (s *scripted) FindRun(context.Context, string, ...asyncz.TaskOption) (asyncz.RunDetail, error) {
	if len(s.answers) == 0 {
		return asyncz.RunDetail{}, asyncz.ErrNotFound
	}
	d := s.answers[0]
	s.answers = s.answers[1:]
	return d, nil
}

func running(attempt int, output string, before ...asyncz.PastRun) asyncz.RunDetail {
	return asyncz.RunDetail{InFlight: &asyncz.Run{Task: "t", Attempt: attempt, Node: "n"}, Output: output, Attempts: before}
}

func attempt(n int, o asyncz.Outcome, output string) asyncz.PastRun {
	return asyncz.PastRun{Run: asyncz.Run{Task: "t", Attempt: n, Node: "n"}, Outcome: o, Output: output, Ended: time.Now()}
}

// followed returns what is shown of a run that is followed.
func followed(t *testing.T, answers ...asyncz.RunDetail) (out, notes string, err error) {
	t.Helper()
	var o, n strings.Builder
	synctest.Test(t, func(t *testing.T) {
		s := &session{control: &scripted{answers: answers}}
		_, err = s.logs(t.Context(), "t@x", nil, true, true, &teller{out: &o, err: &n})
	})
	return o.String(), n.String(), err
}

func TestWhatARunSaysIsShownOnceThroughAllAttempts(t *testing.T) {
	t.Parallel()
	one, two := attempt(1, asyncz.Retrying, "a1\na2\n"), attempt(2, asyncz.Executed, "b1\nb2")
	out, notes, err := followed(t, running(1, ""), running(1, "a1\n"), running(1, "a1\na2\n"), running(2, "b1", one), asyncz.RunDetail{Attempts: []asyncz.PastRun{one, two}})
	if err != nil || out != "a1\na2\nb1\nb2\n" || !strings.Contains(notes, "attempt 1 retrying") || !strings.Contains(notes, "attempt 2 executed") {
		t.Errorf("%v\n%q\n%q", err, out, notes)
	}
}

// Between the end of an attempt and its row in the history there is a moment.
func TestWhoFollowsARunWaitsForItsRow(t *testing.T) {
	t.Parallel()
	one := attempt(1, asyncz.Retrying, "a\n")
	out, _, err := followed(t, running(2, "b\n", one), asyncz.RunDetail{Attempts: []asyncz.PastRun{one}},
		asyncz.RunDetail{Attempts: []asyncz.PastRun{one, attempt(2, asyncz.Failed, "b\nc\n")}})
	if err != nil || out != "a\nb\nc\n" {
		t.Errorf("%v %q", err, out)
	}
	_, _, err = followed(t, running(1, "a\n")) // and then there is nothing: no history is kept
	if err == nil || !strings.Contains(err.Error(), "the history does not tell how it ended") {
		t.Errorf("got %v", err)
	}
}

func TestOutputWhoseMiddleWasLeftOutIsShownFromWhereItDiffers(t *testing.T) {
	t.Parallel()
	out, notes, err := followed(t, running(1, "begin 123"), asyncz.RunDetail{Attempts: []asyncz.PastRun{attempt(1, asyncz.Executed, "begin end")}})
	if err != nil || out != "begin 123end\n" || !strings.Contains(notes, "some output is left out") {
		t.Errorf("%v %q %q", err, out, notes)
	}
}

func TestWhatARunSaysDoesNotSpeakToTheTerminal(t *testing.T) {
	t.Parallel()
	var o, n strings.Builder
	w := &teller{out: &o, err: &n}
	a := attempt(1, asyncz.Failed, "red\x1b[31m\x07\n")
	a.Error, a.Stack, a.Logs = "e\x1b", "s\x1b", []asyncz.LogLine{{Level: slog.LevelError, Message: "m\x1b", Attrs: "k=\x1b"}}
	w.tell(asyncz.RunDetail{Attempts: []asyncz.PastRun{a}})
	if strings.ContainsAny(o.String()+n.String(), "\x1b\x07") || !strings.Contains(o.String(), "red\uFFFD[31m\uFFFD\n") {
		t.Errorf("%q %q", o.String(), n.String())
	}
}

// A store tells what happens to its tasks, whoever does it.
func TestEventsOfAStoreAreToldFromWhatItShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fail := errors.New("no space left")
		s, err := asyncz.New(t.Context(), asyncz.WithEncryptionKey(""), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
		must(t, err)
		defer func() { must(t, s.Shutdown(context.Background())) }()
		add := func(id string, do func(context.Context) error, when trigger.Trigger) {
			_, err := s.Add(t.Context(), asyncz.Do(do), when, asyncz.ID(id), asyncz.Retry(2, asyncz.Constant(0)))
			must(t, err)
		}
		add("old", func(context.Context) error { return nil }, trigger.MustEvery(time.Hour))
		must(t, s.Start(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		got := make(chan string, 100)
		go func() {
			defer close(got)
			for e, err := range (&session{control: s, here: s}).happens(ctx, eventFilter{}) {
				if err != nil {
					got <- err.Error()
					return
				}
				got <- e.Kind() + " " + headerOf(e).Task
			}
		}()
		pass := func() { time.Sleep(3 * time.Second); synctest.Wait() }
		time.Sleep(tailEvery / 3) // so that nothing happens at the moment of a look
		pass()
		add("new", func(context.Context) error { return fail }, trigger.At(time.Now().Add(2*time.Second)))
		pass()
		_, err = s.PauseTask(t.Context(), "old")
		must(t, err)
		pass()
		_, err = s.ResumeTask(t.Context(), "old")
		must(t, err)
		pass()
		_, err = s.UpdateTask(t.Context(), "old", asyncz.Name("older"))
		must(t, err)
		pass()
		must(t, s.RemoveTask(t.Context(), "old"))
		pass()
		cancel()
		var all []string
		for e := range got {
			all = append(all, e)
		}
		want := "task_added new, run_retrying new, run_ended new, task_removed new, task_paused old, task_resumed old, task_updated old, task_removed old"
		if strings.Join(all, ", ") != want {
			t.Errorf("got  %s\nwant %s", strings.Join(all, ", "), want)
		}
	})
}
