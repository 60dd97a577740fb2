package cli_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
)

func TestTheAuditIsShown(t *testing.T) {
	t.Parallel()
	url := "sqlite:///" + filepath.Join(t.TempDir(), "x.db")
	s, err := asyncz.New(t.Context(), asyncz.WithStoreURL("default", url), asyncz.WithEncryptionKey(""))
	must(t, err)
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for _, e := range []asyncz.AuditEntry{
		{Time: at, Who: "anna", Via: "dashboard", From: "192.0.2.1", Action: "task.pause", Store: "default", Task: "a\x1b"},
		{Time: at.Add(time.Hour), Who: "bot", Via: "api", Action: "task.remove", Task: "b", Error: "read-only"},
	} {
		must(t, s.WriteAudit(t.Context(), e))
	}
	must(t, s.Shutdown(context.Background()))
	_, stdout, stderr := run(t, "audit", "--store", url)
	if !inOrder(stdout, "TIME ", "bot", "task.remove", "refused: read-only", "anna", "192.0.2.1", "task.pause") || strings.Contains(stdout, "\x1b") {
		t.Errorf("%s%s", stdout, stderr)
	}
	for _, c := range []struct{ args, has, hasNot string }{
		{"--who anna", "task.pause", "task.remove"},
		{"--action task.remove --json", `"error": "read-only"`, "anna"},
		{"--since 2026-11-23T02:30:00Z", "bot", "anna"},
		{"--limit 1", "bot", "anna"},
		{"--task nothing", "nothing was done", "bot"},
	} {
		_, stdout, stderr := run(t, append([]string{"audit", "--store", url}, strings.Fields(c.args)...)...)
		if !strings.Contains(stdout, c.has) || strings.Contains(stdout, c.hasNot) {
			t.Errorf("%s: %s%s", c.args, stdout, stderr)
		}
	}
}
