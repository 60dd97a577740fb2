package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
	"github.com/go-asyncz/asyncz/store"
	_ "github.com/go-asyncz/asyncz/store/filestore"
	_ "github.com/go-asyncz/asyncz/store/memstore"
	_ "github.com/go-asyncz/asyncz/store/sqlstore/sqlite"
)

// double stands for a function of the user's own program.
var _ = asyncz.Register("double", func(_ context.Context, a struct {
	N int `json:"n"`
}) (int, error) {
	return 2 * a.N, nil
})

func TestMain(m *testing.M) {
	testscript.Main(tidily{m}, map[string]func(){"asyncz": func() { os.Exit(cli.Main(os.Args[1:]...)) }})
}

// leftovers are directories that all tests share, and that go with the last of them.
var leftovers []string

type tidily struct{ *testing.M }

func (m tidily) Run() int {
	code := m.M.Run()
	for _, dir := range leftovers {
		os.RemoveAll(dir)
	}
	return code
}

// TestScripts shows what each command does, and what it refuses, where that is
// the same whatever the store, or is about something local: see testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	scripts(t, "script", nil)
}

// TestScriptsOnEachStore shows the rest on each kind of store: see testdata/store.
// There the stores STORE and STORE2 are empty at first, and STORE is the default.
func TestScriptsOnEachStore(t *testing.T) {
	inEach(t, func(t *testing.T, fresh func(string) string) { scripts(t, "store", fresh) })
}

// scripts runs the scripts of a directory.
func scripts(t *testing.T, dir string, fresh func(string) string) {
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", dir),
		Setup: func(env *testscript.Env) error {
			env.Setenv("SERVER", server.URL)
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // a program with the race detector lingers for a second otherwise
			env.Setenv("LONG", strings.Repeat("x", 256))
			env.Setenv("ESCAPE", "\x1b[31mred")
			if fresh != nil {
				name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(env.WorkDir), "script-"), ".txtar")
				env.Setenv("STORE", fresh(name))
				env.Setenv("STORE2", fresh(name+"_2"))
				env.Setenv("ASYNCZ_STORE", env.Getenv("STORE"))
			}
			return expand(env, "SERVER", "STORE")
		},
		Condition: func(name string) (bool, error) {
			switch {
			case name == "local" && fresh != nil:
				return isLocal(fresh), nil
			case name == "tables" && fresh != nil: // or files, or collections: what must be made before it can hold tasks
				return !strings.HasPrefix(fresh("x"), "redis"), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"usage":     exitsWith(cli.ExitUsage),
			"failure":   exitsWith(cli.ExitFailure),
			"snapshot":  snapshot,
			"unchanged": unchanged,
			"readenv":   readenv,
			"nowhere":   nowhere,
			"rubbish":   rubbish,
			"dead":      dead,
			"attempt":   attempt,
		},
	})
}

// answer says who called, so that scripts can see it.
func answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/teapot" {
		w.WriteHeader(http.StatusTeapot)
	}
	fmt.Fprintf(w, "%s %s %s\n", r.Method, r.Header.Get("Idempotency-Key"), body)
}

// expand writes variables into configuration files.
func expand(env *testscript.Env, variables ...string) error {
	files, err := filepath.Glob(filepath.Join(env.WorkDir, "*.yaml"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, v := range variables {
			text = bytes.ReplaceAll(text, []byte("${"+v+"}"), []byte(env.Getenv(v)))
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
	}
	return err
}

// exitsWith runs a command that must end with an exit code.
func exitsWith(code int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("write: usage COMMAND [ARG...]")
		}
		err := ts.Exec(args[0], args[1:]...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != code {
			ts.Fatalf("%v ended with %v, want exit code %d", args, err, code)
		}
	}
}

// attempt runs a command that may end with any exit code: doctor has a word to
// say about servers for tests.
func attempt(ts *testscript.TestScript, _ bool, args []string) {
	var exit *exec.ExitError
	if err := ts.Exec(args[0], args[1:]...); err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
}

// opened opens the default store of a script.
func opened(ts *testscript.TestScript, use func(store.Store)) {
	st, err := openURL(context.Background(), inDirectory(ts.Getenv("ASYNCZ_STORE"), ts.MkAbs(".")))
	ts.Check(err)
	defer st.Close()
	use(st)
}

// records are those of the default store.
func records(ts *testscript.TestScript) (all []string) {
	opened(ts, func(st store.Store) {
		for r, err := range st.All(context.Background()) {
			ts.Check(err)
			all = append(all, fmt.Sprintf("%q", fmt.Sprint(r)+string(r.Data)))
		}
	})
	return all
}

// snapshot keeps the content of the default store in a file.
func snapshot(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), fmt.Append(nil, records(ts)), 0o600))
}

// unchanged compares the content of the default store with a snapshot.
func unchanged(ts *testscript.TestScript, _ bool, args []string) {
	if fmt.Sprint(records(ts)) != ts.ReadFile(args[0]) {
		ts.Fatalf("the records are not those of %s any more", args[0])
	}
}

// nowhere checks that no record of the default store holds a text.
func nowhere(ts *testscript.TestScript, _ bool, args []string) {
	for _, r := range records(ts) {
		if strings.Contains(r, args[0]) {
			ts.Fatalf("%s holds %q", r, args[0])
		}
	}
}

// rubbish puts a record that is none into the default store, and with ! looks
// whether it is there still.
func rubbish(ts *testscript.TestScript, look bool, args []string) {
	opened(ts, func(st store.Store) {
		if !look {
			ts.Check(st.Add(context.Background(), store.Record{ID: args[0], Due: time.Now(), Executor: "default", Data: []byte("rubbish")}))
			return
		}
		r, err := st.Get(context.Background(), args[0])
		ts.Check(err)
		if string(r.Data) != "rubbish" {
			ts.Fatalf("%s is %q", args[0], r.Data)
		}
	})
}

// dead puts a node into the list of the default store whose lease is over at once.
func dead(ts *testscript.TestScript, _ bool, args []string) {
	opened(ts, func(st store.Store) {
		ts.Check(st.(store.Members).Beat(context.Background(), store.Member{Node: args[0], Data: []byte(
			`{"format":1,"host":"gone","pid":7,"version":"0.9","started":"2026-01-01T00:00:00Z","state":"running","lease":0.000001,"skew":-90,"running":3}`)}))
	})
}

// readenv sets a variable to the content of a file without its line end.
func readenv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile(args[1]), "\n"))
}
