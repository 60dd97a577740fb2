//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// unhurried are leases that outlast a slow machine, and a queue in which runs wait.
const unhurried = `lease: 60s
heartbeat: 5s
poll: 200ms
executors:
  default: {type: threadpool, max_workers: 2, queue: 6}
`

// TestARollingRestartOfFiveProcessesLosesAndRepeatsNothing stops five schedulers on
// one store by SIGTERM, one after the other, each followed by another, while tasks
// fire. The tasks themselves write down that they ran.
func TestARollingRestartOfFiveProcessesLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, dir: t.TempDir(), url: backends[name](t)("tasks")}
			w.env = append(os.Environ(), "ASYNCZ_STORE="+w.url, "ASYNCZ_STORE_ENCRYPTION_KEY=")
			w.write("fast.yaml", unhurried)
			rollingRestart(t, w)
		})
	}
}

func rollingRestart(t *testing.T, w *world) {
	const interval = 500 * time.Millisecond
	ran := w.pipe("ran")
	var nodes []*scheduler
	for range 5 {
		s := w.start()
		s.until("started")
		nodes = append(nodes, s)
	}
	want := map[string]bool{}
	for i := range 6 {
		id := fmt.Sprint("beat", i)
		added := w.do("add", "--id", id, "--interval", interval.String(), "--end-at", "+10s", "--json",
			"--no-coalesce", "--catch-up", "1000", "--max-instances", "1000", "--on-lost", "skip",
			"--shell", `echo "$ASYNCZ_RUN_ID" >> ledger; echo x > ran; sleep 0.2`)
		for _, at := range seriesOf(t, added, interval) {
			want[id+"@"+at.UTC().Format(time.RFC3339Nano)] = true
		}
	}
	for i, s := range nodes {
		for range 10 {
			ran.line()
		}
		s.signal(syscall.SIGTERM)
		if code := s.wait(); code != 0 {
			t.Errorf("a scheduler that was asked to stop ended with %d:\n%s", code, s.all.String())
		}
		nodes[i] = w.start()
	}
	if code := w.start("--until-idle").wait(); code != 0 {
		t.Errorf("the last scheduler ended with %d", code)
	}
	for _, s := range nodes {
		s.signal(syscall.SIGTERM)
		if code := s.wait(); code != 0 {
			t.Errorf("a scheduler that was asked to stop ended with %d:\n%s", code, s.all.String())
		}
		for _, bad := range []string{"missed", "abandoned", "cancelled", "lease was lost"} {
			if log := s.all.String(); strings.Contains(log, bad) {
				t.Errorf("the log tells of runs that were %s:\n%s", bad, log)
			}
		}
	}
	times := map[string]int{}
	for _, run := range w.lines("ledger") {
		if times[run]++; !want[run] {
			t.Errorf("%s ran, and was no fire", run)
		}
	}
	for run := range want {
		if times[run] != 1 {
			t.Errorf("%s ran %d times", run, times[run])
		}
	}
	t.Logf("%d fires through five restarts", len(want))
}
