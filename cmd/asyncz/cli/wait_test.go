//go:build unix

package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// servers are the backends whose URL names one host and port.
var servers = []string{"postgres", "mysql", "redis", "mongodb"}

// moved returns the URL with an address that nobody listens on, and the one
// that was there.
func moved(t *testing.T, text string) (elsewhere, address, server string) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, u.Host = u.Host, l.Addr().String()
	l.Close()
	return u.String(), u.Host, server
}

// forward makes a server reachable under another address, until it is closed.
func forward(t *testing.T, address, server string) io.Closer {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				in.Close()
				continue
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	return l
}

// A speaker is a process whose words on standard error are read line by line.
type speaker struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func (w *world) speaker(args ...string) *speaker {
	w.t.Helper()
	cmd := w.command(args...)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &speaker{cmd, bufio.NewScanner(stderr)}
}

// until returns the first line that holds a text.
func (s *speaker) until(t *testing.T, text string) string {
	t.Helper()
	var all strings.Builder
	for s.lines.Scan() {
		fmt.Fprintln(&all, s.lines.Text())
		if strings.Contains(s.lines.Text(), text) {
			return s.lines.Text()
		}
	}
	t.Fatalf("it ended without %q:\n%s", text, all.String())
	return ""
}

func inEachServer(t *testing.T, test func(t *testing.T, url string)) {
	t.Parallel()
	for _, name := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := backends[name](t)("waited")
			if name == "mongodb" { // whose driver tries for five seconds by itself
				url = with(url, "connect_timeout=0.2")
			}
			test(t, url)
		})
	}
}

func TestACommandWaitsForAServerThatStarts(t *testing.T) {
	inEachServer(t, func(t *testing.T, url string) {
		elsewhere, address, server := moved(t, url)
		for _, args := range [][]string{
			{"add", "--id", "t", "--at", "now", "--http", "GET", "--url", "http://127.0.0.1:1/"},
			{"start", "--until-idle"},
		} {
			w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+elsewhere)}
			s := w.speaker(append(args, "--wait", "60s")...)
			if line := s.until(t, "waiting for the server"); !strings.Contains(line, address) {
				t.Errorf("it does not say for whom it waits: %s", line)
			}
			started := forward(t, address, server)
			for s.lines.Scan() {
			}
			if err := s.Wait(); err != nil {
				t.Errorf("%s: %v", args[0], err)
			}
			started.Close()
		}
	})
}

func TestWithoutWaitAServerThatIsAwayIsNamed(t *testing.T) {
	inEachServer(t, func(t *testing.T, url string) {
		elsewhere, address, _ := moved(t, withPassword(t, url, "hush"))
		for _, args := range [][]string{{"start"}, {"list"}, {"add", "--interval", "1h", "--", "echo"}, {"store", "copy", "--from", elsewhere, "--to", "file:x"}, {"list", "--wait", "1ms"}} {
			w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+elsewhere)}
			out, err := w.command(args...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), address) || strings.Contains(string(out), "hush") {
				t.Errorf("%v: %v: %s", args, err, out)
			}
		}
	})
}

func withPassword(t *testing.T, text, password string) string {
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("somebody", password)
	return u.String()
}

func TestAWaitForAServerEndsWithCtrlC(t *testing.T) {
	inEachServer(t, func(t *testing.T, url string) {
		elsewhere, _, _ := moved(t, url)
		for _, command := range []string{"start", "list"} {
			w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+elsewhere)}
			s := w.speaker(command, "--wait", "10m")
			s.until(t, "waiting for the server")
			began := time.Now()
			if err := s.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if err := s.Wait(); err == nil || time.Since(began) > 5*time.Second {
				t.Errorf("%s ended after %v: %v", command, time.Since(began), err)
			}
		}
	})
}

func TestAWrongPasswordIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	url := withPassword(t, backends["mysql"](t)("waited"), "hush")
	w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+url)}
	out, err := w.command("list", "--wait", "10m").CombinedOutput()
	if err == nil || strings.Contains(string(out), "waiting") || strings.Contains(string(out), "hush") || !strings.Contains(string(out), "somebody") {
		t.Errorf("%v: %s", err, out)
	}
}
