package browser

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// What a newcomer does: start the program, open the page that its log names, do as
// the page says, and see it run.
func TestTheProgramShowsATaskThatIsAddedAsItsPageSays(t *testing.T) {
	t.Parallel()
	browserContext(t) // skipped or failed without a browser before anything is built
	folder := t.TempDir()
	program := build(t, folder, "../../cmd/asyncz")
	p := visit(t, start(t, folder, program, "start", "--dashboard=127.0.0.1:0"), "", desktop)
	p.see(".none", "There is no task yet")
	hint := eval[string](p, `document.querySelector(".none pre").textContent`)
	name, args, _ := strings.Cut(hint, " ")
	if name != "asyncz" {
		t.Fatalf("the page says to do %q", hint)
	}
	add := exec.CommandContext(t.Context(), program, strings.Fields(args)...)
	add.Dir, add.Env = folder, environ()
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%s, as the page says, fails: %v\n%s", hint, err, out)
	}
	p.see("#live a.title", "hello")
	p.click("#live a.title", "hello")
	p.see("h1", "hello")
	p.see("#live .grid21 tr", "executed")
	p.wait("the chart is drawn", `document.querySelector("#chart canvas").width > 0`)
	p.click("#live .grid21 tbody tr[id^=r-] a", "")
	p.see("pre.output", "hello")
}

// environ is the environment without what would configure the program.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ASYNCZ_") })
}

var listening = regexp.MustCompile(`listening: dashboard.*url=(\S+)`)

// build builds the program of a package, without the race detector, into a folder.
func build(t *testing.T, folder, source string) (program string) {
	t.Helper()
	program = filepath.Join(folder, filepath.Base(source))
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = filepath.FromSlash(source)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s can't be built: %v\n%s", source, err, out)
	}
	return program
}

// start runs a program in a folder, where it makes its store, and returns the
// address of the dashboard that it logs.
func start(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	run := exec.Command(program, args...)
	run.Dir, run.Env = folder, environ()
	log, err := run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	url, all := make(chan string, 1), make(chan string, 1)
	go func() {
		var text strings.Builder
		for lines := bufio.NewScanner(log); lines.Scan(); {
			text.WriteString(lines.Text() + "\n")
			if found := listening.FindStringSubmatch(lines.Text()); found != nil {
				url <- found[1]
			}
		}
		all <- text.String()
	}()
	t.Cleanup(func() {
		if runtime.GOOS == "windows" {
			run.Process.Kill()
		} else if err := run.Process.Signal(os.Interrupt); err != nil {
			t.Errorf("the program has ended by itself: %v", err)
		}
		text := receive(t, all, "the program ends")
		if err := run.Wait(); err != nil && runtime.GOOS != "windows" {
			t.Errorf("the program ended with %v:\n%s", err, text)
		}
		if t.Failed() {
			t.Logf("the log of the program:\n%s", text)
		}
	})
	return receiveWithin(t, 10*bound, url, "the program listens") // it may have to fill its store first
}
