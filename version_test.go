package asyncz_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

// Each of these is a change of somebody who had seen the version, after another
// change: it must be refused and change nothing.
func TestWhoHasNotSeenTheLastEditChangesNothing(t *testing.T) {
	for name, change := range map[string]func(s *asyncz.Scheduler, v asyncz.TaskOption) error{
		"update": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, err := s.UpdateTask(t.Context(), "a", asyncz.Name("mine"), v)
			return err
		},
		"update by JSON": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, err := s.UpdateTaskJSON(t.Context(), "a", []byte(`{"name":"mine"}`), v)
			return err
		},
		"replace": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"), asyncz.Name("mine"), asyncz.Replace(), v)
			return err
		},
		"pause": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, err := s.PauseTask(t.Context(), "a", v)
			return err
		},
		"resume": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, err := s.ResumeTask(t.Context(), "a", v)
			return err
		},
		"run": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, err := s.RunTask(t.Context(), "a", v)
			return err
		},
		"remove": func(s *asyncz.Scheduler, v asyncz.TaskOption) error { return s.RemoveTask(t.Context(), "a", v) },
		"preview": func(s *asyncz.Scheduler, v asyncz.TaskOption) error {
			_, _, err := s.PreviewUpdateJSON(t.Context(), "a", []byte(`{}`), v)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := open(t, onBytes(newBytes()), asyncz.WithFunctions(newDiary().functions()))
				seen, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"))
				if err != nil {
					t.Fatal(err)
				}
				theirs, err := s.UpdateTask(t.Context(), "a", asyncz.Name("theirs"), asyncz.IfVersion(seen.Version()))
				if err != nil {
					t.Fatal(err)
				}
				if err := change(s, asyncz.IfVersion(seen.Version())); !errors.Is(err, asyncz.ErrConflict) {
					t.Errorf("error %v, want ErrConflict", err)
				}
				if got, err := s.Task(t.Context(), "a"); err != nil || got.Name != "theirs" || got.Version() != theirs.Version() || len(got.Runs) != 0 {
					t.Errorf("the task is %+v, %v", got, err)
				}
				if err := change(s, asyncz.IfVersion(theirs.Version())); err != nil {
					t.Errorf("with the version that it has: %v", err)
				}
			})
		})
	}
}

func TestRunsDoNotChangeTheVersionOfATask(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t, onBytes(newBytes()), asyncz.WithFunctions(newDiary().functions()))
		before, _ := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Second), asyncz.ID("a"))
		time.Sleep(10 * time.Second)
		after, err := s.Task(t.Context(), "a")
		if err != nil || after.Last == nil || after.Version() != before.Version() {
			t.Errorf("version %q became %q, last run %v, %v", before.Version(), after.Version(), after.Last, err)
		}
		paused, _ := s.PauseTask(t.Context(), "a")
		if paused.Version() == before.Version() {
			t.Error("the pause did not change it")
		}
	})
}

func TestAPreviewWritesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, onBytes(newBytes()), asyncz.WithFunctions(newDiary().functions()))
		got, err := s.PreviewJSON(t.Context(), []byte(`{"id":"a","function":"f","trigger":{"type":"interval","hours":1}}`))
		if err != nil || got.NextRunTime.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := s.PreviewJSON(t.Context(), []byte(`{"id":"a","function":"f","trigger":{"type":"interval"}}`)); !errors.Is(err, asyncz.ErrTask) {
			t.Errorf("an interval of nothing: %v", err)
		}
		if _, err := s.Task(t.Context(), "a"); !errors.Is(err, asyncz.ErrNotFound) {
			t.Errorf("after the preview: %v", err)
		}
		kept, _ := s.AddJSON(t.Context(), []byte(`{"id":"a","function":"f","trigger":{"type":"interval","hours":1}}`))
		if kept.Version() != got.Version() {
			t.Error("what was previewed is not what was kept")
		}
		before, after, err := s.PreviewUpdateJSON(t.Context(), "a", []byte(`{"trigger":{"type":"interval","hours":2}}`))
		if err != nil || before.Version() != kept.Version() || after.NextRunTime.Sub(before.NextRunTime) != time.Hour {
			t.Errorf("%v, %v, %v", before, after, err)
		}
		if now, _ := s.Task(t.Context(), "a"); now.Version() != kept.Version() {
			t.Error("the preview of an edit changed the task")
		}
	})
}

// The JSON of a task is all that a client of another process has of it.
func TestATaskComesBackFromItsJSON(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := running(t, onBytes(newBytes()), asyncz.WithFunctions(newDiary().functions()))
		either, err := trigger.Or(trigger.MustEvery(7*time.Second), trigger.MustEvery(10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = s.Add(t.Context(), call("f"), either, asyncz.ID("a"), asyncz.Name("N"), asyncz.Metadata(map[string]string{"tenant": "x"}))
		time.Sleep(8 * time.Second)
		want, _ := s.Task(t.Context(), "a")
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got asyncz.Task
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(got); err != nil || string(again) != string(text) {
			t.Errorf("%s, %v\nwant %s", again, err, text)
		}
		if got.Version() != want.Version() || got.State != want.State || got.Last == nil || got.Metadata["tenant"] != "x" {
			t.Errorf("%+v, want %+v", got, want)
		}
		now := time.Now()
		for i, at := range want.NextFires(10, now) {
			if other := got.NextFires(10, now)[i]; !other.Equal(at) {
				t.Errorf("fire %d at %v, want %v", i, other, at)
			}
		}
	})
}

func TestMetadataOfTheSameNamesIsReplacedAndTheRestStays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, onBytes(newBytes()), asyncz.WithFunctions(newDiary().functions()), asyncz.WithTaskDefaults(asyncz.Metadata(map[string]string{"team": "ops", "tenant": "none"})))
		_, err := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("a"), asyncz.Metadata(map[string]string{"tenant": "x"}))
		if err != nil {
			t.Fatal(err)
		}
		other, _ := s.Add(t.Context(), call("f"), trigger.MustEvery(time.Hour), asyncz.ID("b"))
		got, err := s.UpdateTask(t.Context(), "a", asyncz.Metadata(map[string]string{"trace": "1"}))
		if want := map[string]string{"team": "ops", "tenant": "x", "trace": "1"}; err != nil || !maps.Equal(got.Metadata, want) {
			t.Errorf("%v, %v, want %v", got.Metadata, err, want)
		}
		if other.Metadata["tenant"] != "none" {
			t.Errorf("the default was changed: %v", other.Metadata)
		}
		big := map[string]string{"x": string(make([]byte, 9<<10))}
		if _, err := s.UpdateTask(t.Context(), "a", asyncz.Metadata(big)); !errors.Is(err, asyncz.ErrTask) {
			t.Errorf("metadata of 9 KiB: %v", err)
		}
	})
}
