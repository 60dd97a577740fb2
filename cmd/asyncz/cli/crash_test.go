//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the real program, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "asyncz-test-")
	if err != nil {
		return "", err
	}
	leftovers = append(leftovers, dir)
	file := filepath.Join(dir, "asyncz")
	out, err := exec.Command("go", "build", "-o", file, "github.com/go-asyncz/asyncz/cmd/asyncz").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

// A world is a directory with a store, in which the program is run.
type world struct {
	t   *testing.T
	dir string
	url string // of the store
	env []string
}

// fast makes a run that was lost with its process start again soon, and leaves a
// busy server the time to answer.
const fast = "lease: 1500ms\nheartbeat: 100ms\npoll: 100ms\n"

// inEachStore runs a test on each kind of store, with a key and without.
func inEachStore(t *testing.T, test func(t *testing.T, w *world)) {
	inEach(t, func(t *testing.T, fresh func(string) string) {
		for how, key := range map[string]string{"plain": "", "sealed": "a-key-that-is-long-enough-for-tests"} {
			t.Run(how, func(t *testing.T) {
				t.Parallel()
				w := &world{t: t, dir: t.TempDir(), url: fresh("tasks_" + how)}
				w.env = append(os.Environ(), "ASYNCZ_STORE="+w.url, "ASYNCZ_STORE_ENCRYPTION_KEY="+key)
				w.write("fast.yaml", fast)
				test(t, w)
			})
		}
	})
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) command(args ...string) *exec.Cmd {
	w.t.Helper()
	file, err := binary()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(w.t.Context(), file, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	return cmd
}

// do runs a command that must succeed, and returns what it printed.
func (w *world) do(args ...string) string {
	w.t.Helper()
	out, err := w.command(args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("asyncz %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// A scheduler is a process of "asyncz start".
type scheduler struct {
	w   *world
	cmd *exec.Cmd
	log *bufio.Scanner
	all bytes.Buffer
}

func (w *world) start(args ...string) *scheduler {
	w.t.Helper()
	cmd := w.command(append([]string{"start", "--config", "fast.yaml", "--allow-exec"}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &scheduler{w: w, cmd: cmd, log: bufio.NewScanner(stderr)}
}

// until reads the log up to a line that holds a text.
func (s *scheduler) until(text string) {
	s.w.t.Helper()
	for s.log.Scan() {
		fmt.Fprintln(&s.all, s.log.Text())
		if strings.Contains(s.log.Text(), text) {
			return
		}
	}
	s.w.t.Fatalf("the log ended without %q:\n%s", text, s.all.String())
}

func (s *scheduler) signal(sig syscall.Signal) {
	s.w.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.w.t.Fatal(err)
	}
}

// wait returns the exit code; -1 for a process that was killed.
func (s *scheduler) wait() int {
	for s.log.Scan() {
		fmt.Fprintln(&s.all, s.log.Text())
	}
	_ = s.cmd.Wait() // the code is what counts
	return s.cmd.ProcessState.ExitCode()
}

// kill is kill -9.
func (s *scheduler) kill() {
	s.w.t.Helper()
	s.signal(syscall.SIGKILL)
	s.wait()
}

// A pipe is a named pipe that is open at both ends, so that nobody waits for an
// open and a reader just waits for the next line.
type pipe struct {
	t *testing.T
	*os.File
	lines *bufio.Reader
}

func (w *world) pipe(name string) *pipe {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		w.t.Fatal(err)
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = f.Close() })
	return &pipe{w.t, f, bufio.NewReader(f)}
}

func (p *pipe) line() string {
	p.t.Helper()
	line, err := p.lines.ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (w *world) lines(name string) []string {
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestARunWhoseProcessIsKilledRunsAgain(t *testing.T) {
	inEachStore(t, func(t *testing.T, w *world) {
		began, proceed := w.pipe("began"), w.pipe("proceed")
		w.do("add", "--id", "once", "--at", "now", "--shell",
			`echo "$ASYNCZ_RUN_ID" >> ledger; echo $$ > began; read x < proceed; echo done >> ledger`)
		first := w.start()
		pid, err := strconv.Atoi(began.line())
		if err != nil {
			t.Fatal(err)
		}
		first.kill()
		// The command outlives a scheduler that is killed; here it must not write more.
		if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}

		second := w.start("--until-idle")
		began.line()
		if _, err := proceed.WriteString("go\n"); err != nil {
			t.Fatal(err)
		}
		if code := second.wait(); code != 0 {
			t.Errorf("the second scheduler ended with %d:\n%s", code, second.all.String())
		}
		ledger := w.lines("ledger")
		if len(ledger) != 3 || ledger[0] != ledger[1] || ledger[2] != "done" {
			t.Errorf("the ledger is %q, want the same run twice, and done once", ledger)
		}
		if out := w.do("list"); out != "no tasks\n" {
			t.Errorf("a one-shot task that is done is still there:\n%s", out)
		}
		if log := second.all.String(); !strings.Contains(log, "was lost with its node") || !strings.Contains(log, "source=recovered") {
			t.Errorf("the log does not tell of the lost run:\n%s", log)
		}
	})
}

func TestARunThatMustNotRepeatIsAbandonedWithItsProcess(t *testing.T) {
	inEachStore(t, func(t *testing.T, w *world) {
		began := w.pipe("began")
		w.do("add", "--id", "once", "--at", "now", "--on-lost", "skip", "--shell", `echo run >> ledger; echo $$ > began; exec sleep 600`)
		first := w.start()
		pid, err := strconv.Atoi(began.line())
		if err != nil {
			t.Fatal(err)
		}
		first.kill()
		if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		second := w.start("--until-idle")
		if code := second.wait(); code != 0 || !strings.Contains(second.all.String(), "run abandoned") {
			t.Errorf("the second scheduler ended with %d:\n%s", code, second.all.String())
		}
		if ledger := w.lines("ledger"); len(ledger) != 1 {
			t.Errorf("it ran %d times, want once", len(ledger))
		}
	})
}

func TestARunThatHasEndedIsNotRepeatedAfterACrash(t *testing.T) {
	inEachStore(t, func(t *testing.T, w *world) {
		w.do("add", "--id", "once", "--at", "now", "--shell", `echo "$ASYNCZ_RUN_ID" >> ledger`)
		first := w.start()
		first.until("run executed task=once")
		first.kill()
		if code := w.start("--until-idle").wait(); code != 0 {
			t.Errorf("the second scheduler ended with %d", code)
		}
		if ledger := w.lines("ledger"); len(ledger) != 1 {
			t.Errorf("it ran %d times, want once", len(ledger))
		}
	})
}

// every is the interval of the task in the test below, and lasting the span of
// its fires: long enough for three crashes, each with its lost runs.
const (
	every   = 50 * time.Millisecond
	lasting = 2 * time.Second
)

func TestNoFireIsLostHoweverOftenTheProcessIsKilled(t *testing.T) {
	inEachStore(t, func(t *testing.T, w *world) {
		ran := w.pipe("ran")
		added := w.do("add", "--id", "beat", "--interval", every.String(), "--end-at", "+"+lasting.String(), "--json",
			"--no-coalesce", "--catch-up", "1000", "--max-instances", "1000",
			"--shell", `echo "$ASYNCZ_RUN_SCHEDULED" >> ledger; echo x > ran`)
		for _, runs := range []int{1, 5, 7} {
			s := w.start()
			for range runs {
				ran.line()
			}
			s.kill()
		}
		last := w.start("--until-idle") // until lost runs have run again, and no fire is to come
		if code := last.wait(); code != 0 {
			t.Errorf("the last scheduler ended with %d:\n%s", code, last.all.String())
		}
		if log := last.all.String(); strings.Contains(log, "missed") || strings.Contains(log, "skipped") {
			t.Errorf("fires were missed or skipped:\n%s", log)
		}
		compareFires(t, w.lines("ledger"), seriesOf(t, added, every))
	})
}

// seriesOf returns the fires of a task with an interval, as it was added.
func seriesOf(t *testing.T, task string, every time.Duration) (fires []time.Time) {
	t.Helper()
	var form struct {
		Next    time.Time `json:"next_run_time"`
		Trigger struct {
			End time.Time `json:"end_at"`
		} `json:"trigger"`
	}
	if err := json.Unmarshal([]byte(task), &form); err != nil {
		t.Fatal(err)
	}
	for at := form.Next; !at.After(form.Trigger.End); at = at.Add(every) {
		fires = append(fires, at)
	}
	return fires
}

// compareFires checks that each fire is in the ledger at least once, and nothing else.
func compareFires(t *testing.T, ledger []string, want []time.Time) {
	t.Helper()
	times := map[time.Time]int{}
	for _, line := range ledger {
		at, err := time.Parse(time.RFC3339Nano, line)
		if err != nil {
			t.Fatal(err)
		}
		times[at.UTC()]++
	}
	t.Logf("%d runs of %d fires", len(ledger), len(want))
	for _, at := range want {
		if times[at.UTC()] == 0 {
			t.Errorf("the fire of %v never ran", at)
		}
		delete(times, at.UTC())
	}
	if len(want) < 30 || len(times) > 0 {
		t.Errorf("of %d fires; these are none: %v", len(want), times)
	}
}

func TestAWrongKeyChangesNothing(t *testing.T) {
	inEachStore(t, func(t *testing.T, w *world) {
		w.do("add", "--id", "t", "--interval", "1h", "--", "echo")
		before := w.records()
		sealed := strings.HasSuffix(w.env[len(w.env)-1], "tests")
		w.env = append(w.env, "ASYNCZ_STORE_ENCRYPTION_KEY=quite-another-key-of-good-length")
		s := w.start()
		code := s.wait()
		want := "the data is not sealed, but an encryption key is set"
		if sealed {
			want = "the data is sealed with a key that is not set"
		}
		if log := s.all.String(); code != 1 || !strings.Contains(log, want) || strings.Contains(log, "quite-another") {
			t.Errorf("the start ended with %d:\n%s", code, log)
		}
		if after := w.records(); after != before {
			t.Error("the store has changed")
		}
	})
}

// records are all that is in the store.
func (w *world) records() string {
	w.t.Helper()
	st, err := openURL(w.t.Context(), inDirectory(w.url, w.dir))
	if err != nil {
		w.t.Fatal(err)
	}
	defer st.Close()
	var all strings.Builder
	for r, err := range st.All(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&all, "%v\n", r)
	}
	return all.String()
}
