package cli_test

import (
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

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
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
	testscript.Main(m, map[string]func(){"asyncz": func() { os.Exit(cli.Main(os.Args[1:]...)) }})
}

// TestScripts shows what each command does, and what it refuses: see
// testdata/script.
func TestScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("SERVER", server.URL)
			env.Setenv("TZ", "UTC")
			env.Setenv("LONG", strings.Repeat("x", 256))
			env.Setenv("ESCAPE", "\x1b[31mred")
			return expandServer(env.WorkDir, server.URL)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"usage":     exitsWith(cli.ExitUsage),
			"failure":   exitsWith(cli.ExitFailure),
			"snapshot":  snapshot,
			"unchanged": unchanged,
			"readenv":   readenv,
			"nowhere":   nowhere,
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

// expandServer writes the address of the test's server into configuration files.
func expandServer(dir, url string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "${SERVER}", url)), 0o600); err != nil {
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

// records are the files of the directory jobs that hold tasks, with their content.
func records(ts *testscript.TestScript) map[string]string {
	files, err := filepath.Glob(ts.MkAbs("jobs") + "/*.task")
	ts.Check(err)
	all := map[string]string{}
	for _, file := range files {
		all[filepath.Base(file)] = ts.ReadFile(file)
	}
	return all
}

// snapshot keeps the content of the directory jobs in a file.
func snapshot(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), fmt.Append(nil, records(ts)), 0o600))
}

// unchanged compares the content of the directory jobs with a snapshot.
func unchanged(ts *testscript.TestScript, _ bool, args []string) {
	if fmt.Sprint(records(ts)) != ts.ReadFile(args[0]) {
		ts.Fatalf("the records in jobs are not those of %s any more", args[0])
	}
}

// nowhere checks that no record in the directory jobs holds a text.
func nowhere(ts *testscript.TestScript, _ bool, args []string) {
	for file, content := range records(ts) {
		if strings.Contains(content, args[0]) {
			ts.Fatalf("%s holds %q", file, args[0])
		}
	}
}

// readenv sets a variable to the content of a file without its line end.
func readenv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile(args[1]), "\n"))
}
