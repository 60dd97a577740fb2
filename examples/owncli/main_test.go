package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
)

func run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var both bytes.Buffer
	code = cli.Run(t.Context(), args, strings.NewReader(""), &both, &both)
	return code, both.String()
}

func TestTheCommandsKnowTheProgramsFunctions(t *testing.T) {
	store := "--store=sqlite:///" + t.TempDir() + "/tasks.db"
	if code, out := run(t, "add", "cleanup", "--id", "now", "--at", "2026-01-01T00:00:00Z", "--kwargs", `{"older_than":"24h"}`, store); code != 0 {
		t.Fatalf("add: %d\n%s", code, out)
	}
	code, out := run(t, "start", "--until-idle", store)
	if code != 0 || !strings.Contains(out, "run executed") || !strings.Contains(out, "cleaning up") {
		t.Errorf("start: %d\n%s", code, out)
	}
}

func TestArgumentsAreCheckedOnTheCommandLine(t *testing.T) {
	store := "--store=sqlite:///" + t.TempDir() + "/tasks.db"
	code, out := run(t, "add", "cleanup", "--cron", "@daily", "--kwargs", `{"older_than":"soon"}`, store)
	if code != 2 || !strings.Contains(out, "soon") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
