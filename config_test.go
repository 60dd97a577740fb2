package asyncz_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestConfigurationAsData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var c asyncz.Config
	must(t, json.Unmarshal([]byte(`{
		"stores": {"default": {"type": "file", "directory": "`+filepath.ToSlash(dir)+`/a", "pickle_protocol": 2}, "fast": "memory:"},
		"executors": {"default": {"type": "threadpool", "max_workers": 3, "queue": 5}, "one": {"type": "debug"}},
		"task_defaults": {"coalesce": false, "max_instances": 4, "mistrigger_grace_time": 90},
		"lease": 30, "poll": "2s",
		"tasks": [
			{"id": "a", "function": "f", "trigger": {"type": "interval", "minutes": 5}},
			{"id": "b", "function": "f", "trigger": {"type": "shutdown"}, "store": "fast", "executor": "one", "coalesce": true, "paused": true}
		]}`), &c))
	opts, err := c.Options()
	must(t, err)
	for range 2 { // at each start of a program
		s := open(t, append(opts, asyncz.WithFunctions(newDiary().functions()))...)
		tasks, err := s.AddConfigured(t.Context(), c)
		must(t, err)
		a, b := tasks[0], tasks[1]
		if a.Coalesce || a.MaxInstances != 4 || a.GraceTime != 90*time.Second || a.Store != "default" {
			t.Errorf("a: %+v", a)
		}
		if !b.Coalesce || b.State != asyncz.StatePaused || b.Store != "fast" || b.Executor != "one" {
			t.Errorf("b: %+v", b)
		}
		must(t, s.Shutdown(t.Context()))
	}
	files, _ := filepath.Glob(filepath.Join(dir, "a", "*.task"))
	if len(files) != 1 {
		t.Fatalf("files: %v", files)
	}
	if b, _ := os.ReadFile(files[0]); !strings.Contains(string(b), "\n\x80\x02") {
		t.Errorf("not a pickle of protocol 2: %q", b)
	}
}

func TestConfigurationThatCannotBe(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		`{"stores": {"default": {"type": "rediss"}}}`:                                                        "rediss",
		`{"stores": {"default": {"type": "file", "dir": "x"}}}`:                                              `"dir"`,
		`{"stores": {"default": {"type": "file", "directory": "x", "codec": "xml"}}}`:                        "xml",
		`{"stores": {"default": {"type": "file", "directory": "x", "pickle_protocol": 9}}}`:                  "9",
		`{"stores": {"default": {"type": "file", "directory": "x", "codec": "json", "pickle_protocol": 2}}}`: "pickle_protocol",
		`{"stores": {"default": 7}}`:                                                                         "stores.default",
		`{"stores": {"default": "redis://user:hunter2@localhost"}}`:                                          "redis",
		`{"executors": {"default": {"type": "threadpool", "max": 1}}}`:                                       `"max"`,
		`{"task_defaults": {"coalese": true}}`:                                                               "coalese",
		`{"lease": 3, "heartbeat": 2}`:                                                                       "heartbeat 2s",
		`{"poll": 60}`:                                                                                       "poll 1m0s",
		`{"lease": -1}`:                                                                                      "lease -1s",
	} {
		var c asyncz.Config
		must(t, json.Unmarshal([]byte(form), &c))
		opts, err := c.Options()
		if err == nil {
			_, err = asyncz.New(t.Context(), append(opts, asyncz.WithLogger(slog.New(slog.DiscardHandler)))...)
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want a word of %q", form, err, want)
		}
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("a directory was made")
	}
}

func TestTasksOfAConfigurationAreAllCheckedBeforeTheFirstIsWritten(t *testing.T) {
	t.Parallel()
	st := newBytes()
	s := open(t, onBytes(st))
	for tasks, want := range map[string]string{
		`[{"id":"a","function":"f","trigger":{"type":"shutdown"}},{"id":"b","function":"f","trigger":{"type":"nope"}}]`:                                               "tasks[1]",
		`[{"id":"a","function":"f","trigger":{"type":"shutdown"}},{"function":"f","trigger":{"type":"shutdown"}}]`:                                                    "id",
		`[{"id":"a","function":"f","trigger":{"type":"shutdown"}},{"id":"b","trigger":{"type":"shutdown"}}]`:                                                          "function",
		`[{"id":"a","function":"f","trigger":{"type":"shutdown"}},{"id":"b","function":"f","trigger":{"type":"date","run_at":"2026-01-01T00:00:00Z"},"executor":""}]`: "",
	} {
		var c asyncz.Config
		must(t, json.Unmarshal([]byte(`{"tasks":`+tasks+`}`), &c))
		_, err := s.AddConfigured(t.Context(), c)
		if want == "" {
			must(t, err)
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a word of %q", tasks, err, want)
		}
	}
	if left := records(t, st); len(left) != 2 {
		t.Errorf("written: %d records, want those of the one good list", len(left))
	}
}

func TestAStoreThatMustExistIsNotMade(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "jobs")
	look := []asyncz.Option{asyncz.WithStoreURL("default", "file://"+dir), asyncz.MustExist("default")}
	if _, err := asyncz.New(t.Context(), look...); !errors.Is(err, store.ErrAbsent) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it was made")
	}
	open(t, look[0])
	open(t, look...)
}

func TestTheURLOfAStoreMaySayHowItsTasksAreWritten(t *testing.T) {
	t.Parallel()
	for query, begins := range map[string]string{"": "{", "?codec=cbor": "\xd9\xd9\xf7", "?codec=pickle": "\x80\x05", "?pickle_protocol=2": "\x80\x02"} {
		dir := t.TempDir()
		s := open(t, asyncz.WithStoreURL("default", "file://"+dir+query))
		_, err := s.Add(t.Context(), call("f"), trigger.Shutdown(), asyncz.ID("a"))
		must(t, err)
		st, err := filestore.New(dir)
		must(t, err)
		if got := string(records(t, st)["a"].Data); !strings.HasPrefix(got, begins) {
			t.Errorf("%s: written as %q", query, got)
		}
		must(t, st.Close())
	}
	for query, want := range map[string]string{"?codec=xml": "xml", "?codec=json&pickle_protocol=2": "pickle_protocol", "?kodec=cbor": "kodec"} {
		_, err := asyncz.New(t.Context(), asyncz.WithStoreURL("default", "file:x"+query))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a word of %q", query, err, want)
		}
	}
}

// The environment belongs to the process, so this test can't be parallel.
func TestTheKeyIsReadFromTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(file, []byte(secret+"\n"), 0o600))
	st := newBytes()
	add := func(id string) error {
		s, err := asyncz.New(t.Context(), onBytes(st), asyncz.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			return err
		}
		_, err = s.Add(t.Context(), call("f"), trigger.Shutdown(), asyncz.ID(id))
		return errors.Join(err, s.Shutdown(t.Context()))
	}
	t.Setenv(asyncz.EnvKey, secret)
	must(t, add("by value"))
	t.Setenv(asyncz.EnvKeyFile, file)
	if err := add("both"); !errors.Is(err, asyncz.ErrOption) {
		t.Errorf("with both: %v", err)
	}
	t.Setenv(asyncz.EnvKey, "")
	must(t, add("by file"))
	t.Setenv(asyncz.EnvKeyFile, "")
	t.Setenv(asyncz.EnvOldKeys, secret)
	if err := add("only old"); !errors.Is(err, asyncz.ErrOption) {
		t.Errorf("with old keys alone: %v", err)
	}
	t.Setenv(asyncz.EnvKey, other)
	must(t, add("rotated"))
	t.Setenv(asyncz.EnvOldKeys, "")
	t.Setenv(asyncz.EnvKeyFile, filepath.Join(t.TempDir(), "none"))
	t.Setenv(asyncz.EnvKey, "")
	if err := add("no file"); err == nil || !strings.Contains(err.Error(), asyncz.EnvKeyFile) {
		t.Errorf("without the file: %v", err)
	}
	if n := len(records(t, st)); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}
