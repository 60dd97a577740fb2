//go:build unix

package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

// servers are the backends whose URL names one host and port.
var servers = []string{"postgres", "mysql", "redis", "mongodb"}

// moved returns the URL as it leads through a proxy, which refuses connections.
func moved(t *testing.T, text string) (elsewhere string, proxy *faultnet.Proxy) {
	t.Helper()
	u, err := url.Parse(text)
	must(t, err)
	proxy = faultnet.New(t, u.Host)
	proxy.Refuse()
	u.Host = proxy.Addr()
	return u.String(), proxy
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
			url = strings.Replace(url, patient, "connect_timeout=1", 1)
			test(t, url)
		})
	}
}

func TestACommandWaitsForAServerThatStarts(t *testing.T) {
	inEachServer(t, func(t *testing.T, url string) {
		elsewhere, proxy := moved(t, url)
		for _, args := range [][]string{
			{"add", "--id", "t", "--at", "now", "--http", "GET", "--url", "http://127.0.0.1:1/"},
			{"start", "--until-idle"},
		} {
			w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+elsewhere)}
			s := w.speaker(append(args, "--wait", "10m")...)
			if line := s.until(t, "waiting for the server"); !strings.Contains(line, proxy.Addr()) {
				t.Errorf("it does not say for whom it waits: %s", line)
			}
			proxy.Accept()
			var said strings.Builder
			for s.lines.Scan() {
				fmt.Fprintln(&said, s.lines.Text())
			}
			if err := s.Wait(); err != nil {
				t.Errorf("%s: %v:\n%s", args[0], err, said.String())
			}
			proxy.Refuse()
		}
	})
}

func TestWithoutWaitAServerThatIsAwayIsNamed(t *testing.T) {
	inEachServer(t, func(t *testing.T, url string) {
		elsewhere, proxy := moved(t, withPassword(t, url, "hush"))
		for _, args := range [][]string{{"start"}, {"list"}, {"add", "--interval", "1h", "--", "echo"}, {"store", "copy", "--from", elsewhere, "--to", "file:x"}, {"list", "--wait", "1ms"}} {
			w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+elsewhere)}
			out, err := w.command(args...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), proxy.Addr()) || strings.Contains(string(out), "hush") {
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
		elsewhere, _ := moved(t, url)
		for _, command := range []string{"start", "list"} {
			w := &world{t: t, dir: t.TempDir(), env: append(os.Environ(), "ASYNCZ_STORE="+elsewhere)}
			s := w.speaker(command, "--wait", "10m")
			s.until(t, "waiting for the server")
			began := time.Now()
			if err := s.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if err := s.Wait(); err == nil || time.Since(began) > 5*time.Minute {
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
