package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
)

func TestCheckTellsWhatPutsTasksAtRisk(t *testing.T) {
	t.Parallel()
	at, _ := place(t)
	sound := with(at, "synchronous_commit", "on")
	check := func(at string) string {
		sentences, err := open(t, at).(store.Checker).Check(bg)
		must(t, err)
		// whatever else is true of the server that the tests run on
		return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return strings.Contains(s, "fsync=off") }), "\n")
	}
	if all := check(sound); all != "" {
		t.Errorf("of a sound server it says %q", all)
	}
	if all := check(with(at, "synchronous_commit", "off")); !strings.Contains(all, "synchronous_commit=off") {
		t.Errorf("of synchronous_commit=off it says %q", all)
	}
	byHand(t, at, `ALTER TABLE asyncz_store SET UNLOGGED, SET (autovacuum_enabled=off)`)
	if all := check(at); !strings.Contains(all, "unlogged") || !strings.Contains(all, "autovacuum is off") {
		t.Errorf("of an unlogged table without autovacuum it says %q", all)
	}
	if all := check(with(at, "default_transaction_read_only", "on")); !strings.Contains(all, "read-only") {
		t.Errorf("of read-only transactions it says %q", all)
	}
}
