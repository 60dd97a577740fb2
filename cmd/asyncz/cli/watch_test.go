package cli_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/cmd/asyncz/cli"
)

// A background is a command that goes on in this process while a test looks at
// what it writes to standard error.
type background struct {
	t    *testing.T
	said *bufio.Scanner
	all  strings.Builder
	end  func() int
}

// inBackground begins a command. It ends with the test at the latest, as after Ctrl-C.
func inBackground(t *testing.T, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, args, strings.NewReader(""), io.Discard, w)
		_ = w.Close()
	}()
	b := &background{t: t, said: bufio.NewScanner(r)}
	ended := -1
	b.end = func() int {
		if ended < 0 {
			cancel()
			for b.said.Scan() { // until it has said all
				b.all.WriteString(b.said.Text() + "\n")
			}
			ended = <-code
		}
		return ended
	}
	t.Cleanup(func() { b.end() })
	return b
}

// until waits for a line that holds a text, and returns it.
func (b *background) until(text string) string {
	b.t.Helper()
	for b.said.Scan() {
		line := b.said.Text()
		b.all.WriteString(line + "\n")
		if strings.Contains(line, text) {
			return line
		}
	}
	b.t.Fatalf("it ended and did not say %q:\n%s", text, b.all.String())
	return ""
}

func TestStartWatchLetsTheTasksFollowTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, url := filepath.Join(dir, "tasks.yaml"), "sqlite:///"+filepath.Join(dir, "x.db")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	declare := func(id string) string {
		return "  - {id: " + id + ", command: [echo], trigger: {type: interval, hours: 1}}\n"
	}
	write("tasks:\n" + declare("a") + declare("b"))
	b := inBackground(t, "start", "--store", url, "--config", file, "--watch")
	b.until("started")
	if code, _, stderr := run(t, "add", "--store", url, "--id", "hand", "--interval", "1h", "--", "echo"); code != 0 {
		t.Fatal(stderr)
	}
	write("tasks:\n" + declare("b") + declare("c"))
	b.until("added=1 changed=0 removed=1")
	write("tasks: [")
	b.until("was not taken over")
	if _, stdout, _ := run(t, "list", "--store", url, "--sort", "id"); !inOrder(stdout, "\nb ", "\nc ", "\nhand ") || strings.Contains(stdout, "\na ") {
		t.Errorf("the tasks are\n%s", stdout)
	}
	if code := b.end(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, b.all.String())
	}

	// What goes from the file while nobody watches goes at the next start.
	write("tasks:\n" + declare("c"))
	inBackground(t, "start", "--store", url, "--config", file, "--watch").until("removed=1")
}

func inOrder(text string, parts ...string) bool {
	for _, p := range parts {
		_, rest, found := strings.Cut(text, p)
		if !found {
			return false
		}
		text = "\n" + rest
	}
	return true
}
