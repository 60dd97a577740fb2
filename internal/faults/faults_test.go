//go:build unix

package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/internal/faults/chaos"
	"github.com/go-asyncz/asyncz/internal/faults/check"
	"github.com/go-asyncz/asyncz/internal/faults/evidence"
	"github.com/go-asyncz/asyncz/internal/faults/mutants"
)

// atOnce is how many clusters run at a time: with more, the machine would be what is
// tested.
var atOnce = make(chan struct{}, 2)

// cluster runs one and returns what was found.
func cluster(t *testing.T, c chaos.Config) (*check.Report, error) {
	t.Helper()
	atOnce <- struct{}{}
	defer func() { <-atOnce }()
	c.Dir = cmp.Or(c.Dir, t.TempDir())
	c.Log = t.Logf
	c, err := c.Complete()
	if err != nil {
		t.Fatal(err)
	}
	failed := chaos.Run(t.Context(), c)
	lines, err := evidence.Read(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, seed %d", c.Store, c.Seed)
	return check.Check(lines, c.Terms()), failed
}

// skips leaves out a store whose server ASYNCZ_TEST_SKIP names.
func skips(t *testing.T, store string) {
	t.Helper()
	if slices.Contains(strings.FieldsFunc(os.Getenv("ASYNCZ_TEST_SKIP"), func(r rune) bool { return r == ',' || r == ' ' }), store) {
		t.Skipf("SKIPPED: no %s, as ASYNCZ_TEST_SKIP says", store)
	}
}

// programs is the folder of those that are built.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "asyncz-nodes-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(code)
}

// node builds the program of the nodes, once.
func node(tb testing.TB, mutant string) string {
	tb.Helper()
	file := filepath.Join(programs, "node-"+mutant)
	if _, err := os.Stat(file); err == nil {
		return file
	}
	file, err := mutants.Build(tb.Context(), file, mutant, false)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

func TestThePromisesHoldUnderFaults(t *testing.T) {
	t.Parallel()
	program := node(t, "")
	for _, store := range []string{"mongodb", "postgres", "mysql", "redis", "file", "sqlite"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			skips(t, store)
			c := chaos.Config{Store: store, Program: program, Nodes: 3, For: 20 * time.Second}
			if store == "sqlite" || store == "redis" {
				c.Key = "a key that is long enough for tests"
			}
			r, err := cluster(t, c)
			var text strings.Builder
			r.Print(&text)
			t.Log(text.String())
			if err != nil || len(r.Violations) > 0 {
				t.Errorf("%d violations, error %v", len(r.Violations), err)
			}
			enough(t, c, r)
		})
	}
}

// enough reports a run that has broken too little to show anything.
func enough(t *testing.T, c chaos.Config, r *check.Report) {
	t.Helper()
	least := map[string]int{chaos.Kill: 10, chaos.Pause: 5, chaos.Roll: 1, chaos.Blackout: 1, chaos.Step: 1}
	if !c.Shared() {
		least[chaos.Crash] = 1
		for _, kind := range []string{chaos.Cut, chaos.Refuse, chaos.Hole, chaos.Swallow, chaos.Delay} {
			least[kind] = 2
		}
	}
	for kind, n := range least {
		if r.Faults[kind] < n {
			t.Errorf("there were %d faults of the kind %s, of at least %d", r.Faults[kind], kind, n)
		}
	}
	if r.Fires < 100 || r.Runs < 50 || r.Edits < 10 {
		t.Errorf("there were %d fires, %d runs and %d edits, which is too little to show anything", r.Fires, r.Runs, r.Edits)
	}
}

// The deliberate bugs, where they show best, and the rules that each breaks: one at
// least. The one that is left alone with its faults has nobody who covers for it.
var bugs = map[string]struct {
	rules []string // none: the run fails as a whole
	chaos.Config
}{
	"check-then-set":    {[]string{"next run time never goes back", "revisions grow by one"}, chaos.Config{Store: "redis"}},
	"own-clock":         {[]string{"no fire early", "a run is taken over only when its lease has ended"}, chaos.Config{Store: "redis"}},
	"run-then-write":    {[]string{"a run begins only after the write that says so"}, chaos.Config{Store: "redis"}},
	"delete-unreadable": {nil, chaos.Config{Store: "sqlite", For: 2 * time.Second}},
	"slow-retry":        {[]string{"after the last fault due tasks run in time"}, chaos.Config{Store: "redis", Nodes: 1, Kills: -1, Blackouts: -1, Rolls: -1, Pauses: -1}},
	"next-from-clock":   {[]string{"next run time never goes back"}, chaos.Config{Store: "sqlite"}},
	"give-up":           {[]string{"every fire is accounted for"}, chaos.Config{Store: "sqlite"}},
}

func TestEachDeliberateBugIsCaught(t *testing.T) {
	t.Parallel()
	if names := mutants.Names(); len(strings.Split(names, ", ")) != len(bugs) {
		t.Errorf("there are the mutants %s, of which %d are tried", names, len(bugs))
	}
	for name, bug := range bugs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			skips(t, bug.Store)
			c := bug.Config
			c.Program, c.For = node(t, name), cmp.Or(c.For, 8*time.Second)
			// It is to be caught within a minute, which is several times the eight
			// seconds in which it nearly always is.
			for c.Seed = 1; c.Seed <= 4; c.Seed++ {
				r, err := cluster(t, c)
				if bug.rules == nil && err != nil ||
					slices.ContainsFunc(r.Violations, func(v check.Violation) bool { return slices.Contains(bug.rules, v.Rule) }) {
					return
				}
				t.Logf("not caught with seed %d: %v, error %v", c.Seed, r.Violations, err)
			}
			t.Errorf("no violation of %q", bug.rules)
		})
	}
}
