package filestore_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/filestore"
)

func TestURLs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, goos, directory string }{
		{"file:///var/lib/tasks", "linux", "/var/lib/tasks"},
		{"file:/var/lib/tasks", "linux", "/var/lib/tasks"},
		{"file://localhost/var/lib/tasks", "linux", "/var/lib/tasks"},
		{"file:tasks", "linux", "tasks"},
		{"file:a/b", "linux", "a/b"},
		{"file:./tasks", "linux", "./tasks"},
		{"file:../tasks", "linux", "../tasks"},
		{"file://./tasks", "linux", "./tasks"},
		{"file://../tasks", "linux", "../tasks"},
		{"file:///a%20b%23c", "linux", "/a b#c"},
		{"file:a%20b", "linux", "a b"},
		{"file:///C:/tasks", "linux", "/C:/tasks"},
		{"file:///C:/tasks", "windows", "C:/tasks"},
		{"file:///c:/tasks", "windows", "c:/tasks"},
		{"file://localhost/C:/tasks", "windows", "C:/tasks"},
		{"file:C:/tasks", "windows", "C:/tasks"},
		{`file:C:\app\tasks`, "windows", `C:\app\tasks`},
		{"file://C:/tasks", "windows", "C:/tasks"},
		{"file://server/share/tasks", "windows", "//server/share/tasks"},
		{"file:tasks", "windows", "tasks"},
		{"file://./tasks", "windows", "./tasks"},
		{"file:///tasks", "windows", "/tasks"},
	} {
		config, err := filestore.ConfigFromURL(c.url, c.goos)
		if err != nil || config["directory"] != c.directory || len(config) != 1 {
			t.Errorf("%s on %s: got %v and error %v, want the directory %s", c.url, c.goos, config, err, c.directory)
		}
	}
}

func TestAURLCarriesTheOtherKeys(t *testing.T) {
	t.Parallel()
	got, err := store.ConfigFromURL("file:tasks?suffix=.job&mode=0750&cleanup_directory=true")
	want := map[string]any{"type": "file", "directory": "tasks", "suffix": ".job", "mode": "0750", "cleanup_directory": "true"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
}

func TestBadURLsAreRefusedWithTheRightOnes(t *testing.T) {
	t.Parallel()
	for url, says := range map[string]string{
		"file:":                        "file:tasks",
		"file://":                      "the directory is missing",
		"file://data/tasks":            "write file:data/tasks for a relative directory and file:///data/tasks",
		"file://u:secret@h/x":          "no user",
		"file:///a#b":                  "%23",
		"file:///a?directory=/b":       `"directory" is given twice`,
		"file:///a?suffix=.a&suffix=b": `"suffix" is given twice`,
		"file:///a?type=memory":        `"type" is given twice`,
		"file:///a%zz":                 "%zz",
	} {
		_, err := filestore.ConfigFromURL(url, "linux")
		if !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got error %v, want an ErrConfig that says %s", url, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the password: %v", url, err)
		}
	}
}

func TestModesInConfiguration(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	for name, c := range map[string]struct {
		mode any
		want os.FileMode
	}{
		"default":        {nil, 0o700},
		"Python's text":  {"0o750", 0o750},
		"octal text":     {"0750", 0o750},
		"bare text":      {"750", 0o750},
		"number":         {0o750, 0o750},
		"number of JSON": {float64(0o750), 0o750},
		"all bits":       {"0o777", 0o777},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "tasks")
			config := map[string]any{"type": "file", "directory": dir}
			if c.mode != nil {
				config["mode"] = c.mode
			}
			s, err := store.Open(t.Context(), config)
			must(t, err)
			defer s.Close()
			add(t, s, task("a"))
			for path, want := range map[string]os.FileMode{
				dir: c.want, pathOf(dir, "a"): c.want & 0o666,
				filepath.Join(dir, filestore.LockName): c.want & 0o666, filepath.Join(dir, filestore.LogName): c.want & 0o666,
			} {
				info, err := os.Stat(path)
				must(t, err)
				if got := info.Mode().Perm(); got != want {
					t.Errorf("%s has mode %#o, want %#o", path, got, want)
				}
			}
		})
	}
}

func TestBadConfigurationMakesNoDirectory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key   string
		value any
		says  string
	}{
		"unknown key":           {"dir", "x", "known keys are cleanup_directory, directory, mode, suffix"},
		"mode of digits 8":      {"mode", "0o800", "octal"},
		"mode that is no text":  {"mode", "rwx", `"rwx"`},
		"mode without owner":    {"mode", "0o077", "must contain 0o700"},
		"mode 700 as a number":  {"mode", 700, "octal"},
		"mode with sticky bit":  {"mode", "1700", "0o777"},
		"suffix empty":          {"suffix", "", "1 to 32"},
		"suffix with slash":     {"suffix", "/x.task", "'/'"},
		"suffix with backslash": {"suffix", `\task`, `'\\'`},
		"suffix with newline":   {"suffix", ".ta\nsk", `'\n'`},
		"suffix ending in dot":  {"suffix", ".task.", "Windows"},
		"suffix too long":       {"suffix", "." + strings.Repeat("x", 32), "33 bytes"},
		"suffix of the lock":    {"suffix", ".lock", "taken"},
		"suffix of the log":     {"suffix", ".LOG", "taken"},
		"suffix of temporaries": {"suffix", ".asyncz-tmp", "taken"},
		"suffix of the nodes":   {"suffix", ".nodes", "taken"},
		"suffix of the runs":    {"suffix", ".runs", "taken"},
		"cleanup maybe":         {"cleanup_directory", "maybe", "bool"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "tasks")
			_, err := store.Open(t.Context(), map[string]any{"type": "file", "directory": dir, c.key: c.value})
			if !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.key) {
				t.Errorf("got error %v, want an ErrConfig that names %s and says %s", err, c.key, c.says)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("the directory is there: %v", err)
			}
		})
	}
	if _, err := store.Open(t.Context(), map[string]any{"type": "file"}); !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), `"directory" is missing`) {
		t.Errorf("without a directory: got error %v", err)
	}
	if _, err := filestore.New(""); !errors.Is(err, store.ErrConfig) {
		t.Errorf("New without a directory: got error %v", err)
	}
}

func TestTasksOfAnotherSuffixAreIgnored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "README.txt"), []byte("hello"), 0o600))
	one, two := open(t, dir), open(t, dir, filestore.WithSuffix(".job"))
	add(t, one, task("a"), task("b"))
	add(t, two, task("a"))
	if a, b := count(t, one), count(t, two); a != 2 || b != 1 {
		t.Errorf("got %d tasks with .task and %d with .job, want 2 and 1", a, b)
	}
	must(t, one.Clear(t.Context()))
	if a, b := count(t, one), count(t, two); a != 0 || b != 1 {
		t.Errorf("after Clear of .task got %d and %d, want 0 and 1", a, b)
	}
	if _, err := os.Stat(filepath.Join(dir, "README.txt")); err != nil {
		t.Error(err)
	}
}
