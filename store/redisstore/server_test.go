package redisstore_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A server is a redis-server of a test's own, for what can't be asked of the one
// that the tests share.
type server struct {
	tb   testing.TB
	port string
	args []string
	cmd  *exec.Cmd
}

// newServer starts a server on a free port with further arguments.
func newServer(tb testing.TB, args ...string) *server {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		skipped := strings.FieldsFunc(os.Getenv("ASYNCZ_TEST_SKIP"), func(r rune) bool { return r == ',' || r == ' ' })
		if slices.Contains(skipped, "redis") {
			tb.Skip("SKIPPED: no redis, as ASYNCZ_TEST_SKIP says")
		}
		tb.Fatal("redis-server is not on the PATH, and this test needs one with a configuration of its own; install it (Debian: redis-server), or name redis in ASYNCZ_TEST_SKIP")
	}
	s := &server{tb: tb}
	tb.Cleanup(s.stop)
	for tries := 1; ; tries++ {
		s.port = freePort(tb)
		s.args = append([]string{"--port", s.port, "--bind", "127.0.0.1", "--dir", tb.TempDir(), "--save", "", "--daemonize", "no"}, args...)
		log, ready := s.try("eady to accept connections")
		if ready {
			return s
		}
		if tries == 5 || !strings.Contains(log, "Address already in use") { // somebody was quicker
			tb.Fatalf("redis-server %q has not started:\n%s", s.args, log)
		}
	}
}

// freePort is a port that nobody listens on, and that stays the test's own while
// its server is stopped: it is below those of outgoing connections, and who looks
// for one here or in package faultnet leaves those alone whose port of UDP is held.
func freePort(tb testing.TB) string {
	tb.Helper()
	for {
		port := strconv.Itoa(10000 + rand.IntN(10000))
		held, err := net.ListenPacket("udp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			tb.Cleanup(func() { held.Close() })
			must(tb, l.Close())
			return port
		}
		held.Close()
	}
}

// start runs the server until it says that it takes connections.
func (s *server) start() {
	s.tb.Helper()
	s.run("eady to accept connections")
}

// run runs the server until its log has a line with this text.
func (s *server) run(text string) {
	s.tb.Helper()
	if log, ready := s.try(text); !ready {
		s.tb.Fatalf("redis-server %q has not started:\n%s", s.args, log)
	}
}

func (s *server) try(text string) (log string, ready bool) {
	s.tb.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	out, err := s.cmd.StdoutPipe()
	must(s.tb, err)
	must(s.tb, s.cmd.Start())
	lines := bufio.NewScanner(out)
	for !ready && lines.Scan() {
		log += lines.Text() + "\n"
		ready = strings.Contains(lines.Text(), text)
	}
	go func() {
		for lines.Scan() { // keeps the pipe from filling
		}
	}()
	return log, ready
}

// stop kills the server, as a crash would.
func (s *server) stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

func (s *server) address() string { return "127.0.0.1:" + s.port }

func (s *server) url() string { return fmt.Sprintf("redis://%s/0", s.address()) }
