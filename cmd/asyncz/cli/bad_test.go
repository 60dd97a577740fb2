package cli_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
)

// run carries a command line out in this process.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = cli.Run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestAnIDWithNULIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	code, _, stderr := run(t, "add", "--store", "sqlite:///"+file, "--id", "a\x00b", "--interval", "1h", "--", "echo")
	if code != cli.ExitUsage || !strings.Contains(stderr, `the id "a\x00b" holds a NUL`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a store was made for it")
	}
}

func TestADatabaseThatIsLockedByAnotherProgramIsAFailure(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	url := "sqlite:///" + file + "?timeout=0.05"
	if code, _, stderr := run(t, "add", "--store", url, "--id", "a", "--interval", "1h", "--", "echo"); code != 0 {
		t.Fatal(stderr)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := run(t, "add", "--store", url, "--id", "b", "--interval", "1h", "--", "echo")
	if code != cli.ExitFailure || !strings.Contains(stderr, "lock") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, stdout, _ := run(t, "list", "--store", url); strings.Contains(stdout, "b ") || !strings.Contains(stdout, "a ") {
		t.Errorf("the store holds\n%s", stdout)
	}
}

func TestADirectoryThatCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		dir = "/proc" // root may write everywhere else
	} else if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // the test is about the mode
		t.Fatal(err)
	}
	for _, url := range []string{"sqlite:///" + dir + "/x.db", "file://" + dir + "/tasks"} {
		code, _, stderr := run(t, "add", "--store", url, "--id", "b", "--interval", "1h", "--", "echo")
		if code != cli.ExitFailure || !strings.Contains(stderr, dir) {
			t.Errorf("%s: exit code %d: %s", url, code, stderr)
		}
	}
}
