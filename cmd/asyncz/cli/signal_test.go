//go:build unix

package cli_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// inOneStore is a world with SQLite and no key.
func inOneStore(t *testing.T) *world {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE=sqlite:///tasks.db")}
	w.write("fast.yaml", fast)
	return w
}

func TestTheFirstSignalWaitsForRunsInFlight(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			w := inOneStore(t)
			began, proceed := w.pipe("began"), w.pipe("proceed")
			w.do("add", "--id", "t", "--at", "now", "--shell", `echo x > began; read x < proceed`)
			s := w.start()
			began.line()
			s.signal(sig)
			s.until("stopping: waiting for runs in flight")
			if _, err := proceed.WriteString("go\n"); err != nil {
				t.Fatal(err)
			}
			s.until("run executed task=t")
			if code := s.wait(); code != 0 {
				t.Errorf("exit code %d, want 0", code)
			}
		})
	}
}

func TestTheSecondSignalDoesNotWait(t *testing.T) {
	w := inOneStore(t)
	began := w.pipe("began")
	w.do("add", "--id", "t", "--at", "now", "--shell", `echo x >> ledger; echo x > began; exec sleep 600`)
	s := w.start()
	began.line()
	s.signal(syscall.SIGINT)
	s.until("stopping")
	s.signal(syscall.SIGINT)
	if code := s.wait(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	// The run was given back: another scheduler need not wait for the lease.
	next := w.start()
	began.line()
	next.signal(syscall.SIGINT)
	next.until("stopping") // two signals at a time may come as one
	next.signal(syscall.SIGINT)
	next.wait()
	if ledger := w.lines("ledger"); len(ledger) != 2 {
		t.Errorf("it ran %d times, want twice", len(ledger))
	}
}

func TestRunsAreBrokenOffWhenTheStopTakesTooLong(t *testing.T) {
	w := inOneStore(t)
	began := w.pipe("began")
	w.do("add", "--id", "t", "--at", "now", "--shell", `echo x > began; exec sleep 600`)
	s := w.start("--stop-timeout", "10ms")
	began.line()
	s.signal(syscall.SIGTERM)
	if code := s.wait(); code != 1 || !strings.Contains(s.all.String(), "took longer than --stop-timeout") {
		t.Errorf("exit code %d:\n%s", code, s.all.String())
	}
}
