package faultnet_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/storetest/faultnet"
)

// A server answers each line with "did " and the line, and keeps what it was sent.
type server struct {
	addr string

	mu    sync.Mutex
	heard strings.Builder
	gone  chan struct{} // gets a value whenever it ends a connection
}

func serve(t *testing.T) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &server{addr: listener.Addr().String(), gone: make(chan struct{}, 100)}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go s.attend(c)
		}
	}()
	return s
}

func (s *server) attend(c net.Conn) {
	defer c.Close()
	defer func() { s.gone <- struct{}{} }()
	lines := bufio.NewReader(c)
	for {
		line, err := lines.ReadString('\n')
		s.mu.Lock()
		s.heard.WriteString(line)
		s.mu.Unlock()
		if err != nil {
			return
		}
		fmt.Fprint(c, "did "+line)
	}
}

func (s *server) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard.String()
}

type client struct {
	t *testing.T
	net.Conn
	lines *bufio.Reader
}

func dial(t *testing.T, p *faultnet.Proxy) *client {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// asks sends a line and expects its answer.
func (c *client) asks(line string) {
	c.t.Helper()
	c.send(line + "\n")
	if got, err := c.lines.ReadString('\n'); err != nil || got != "did "+line+"\n" {
		c.t.Errorf("%s: answer %q, error %v", line, got, err)
	}
}

// ends expects that the connection ends after these bytes.
func (c *client) ends(after string) {
	c.t.Helper()
	got, err := io.ReadAll(c.lines)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Error("the connection goes on")
	}
	if string(got) != after {
		c.t.Errorf("got %q before the end, want %q", got, after)
	}
}

func TestBytesPass(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := faultnet.New(t, s.addr)
	a, b := dial(t, p), dial(t, p)
	for i := range 100 {
		a.asks(fmt.Sprint("a", i))
		b.asks(fmt.Sprint("b", i))
	}
	large := strings.Repeat("x", 1<<20)
	a.asks(large)
	a.Close()
	<-s.gone
	b.asks("still there")
}

func TestCutEndsAllConnectionsAndNoLaterOnes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := faultnet.New(t, s.addr)
	a, b := dial(t, p), dial(t, p)
	a.asks("one")
	b.asks("two")
	p.Cut()
	if len(s.gone) != 2 {
		t.Errorf("Cut returned when the server had ended %d connections of 2", len(s.gone))
	}
	a.ends("")
	b.ends("")
	dial(t, p).asks("three")
}

func TestRefusedConnectionsComeBackOnTheSameAddress(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := faultnet.New(t, s.addr)
	before := dial(t, p)
	before.asks("one")
	for range 3 {
		p.Refuse()
		p.Refuse()
		if c, err := net.Dial("tcp", p.Addr()); err == nil {
			c.Close()
			t.Error("a connection is not refused")
		} else if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Logf("refused with %v", err)
		}
		before.asks("two")
		p.Accept()
		p.Accept()
		dial(t, p).asks("three")
	}
}

func TestTheAddressIsKeptFromOtherProxiesWhileConnectionsAreRefused(t *testing.T) {
	t.Parallel()
	p := faultnet.New(t, serve(t).addr)
	p.Refuse()
	if held, err := net.ListenPacket("udp", p.Addr()); err == nil {
		held.Close()
		t.Error("the sign that the address is taken is gone")
	}
	p.Accept()
	dial(t, p).asks("one")
	p.Close()
	held, err := net.ListenPacket("udp", p.Addr())
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	held.Close()
}

func TestStalledBytesArriveAfterResume(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := faultnet.New(t, s.addr)
	c := dial(t, p)
	c.asks("one")
	p.Stall()
	c.send("two\n")
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes come while all is silent, error %v", got, err)
	}
	if got := s.got(); got != "one\n" {
		t.Errorf("the server heard %q while all was silent", got)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	p.Resume()
	if got, err := c.lines.ReadString('\n'); err != nil || got != "did two\n" {
		t.Errorf("answer %q, error %v", got, err)
	}
	p.Stall()
	c.send("three\n")
	p.Cut()
	c.ends("")
	if got := s.got(); got != "one\ntwo\n" {
		t.Errorf("the server heard %q, the last of it from a connection that was cut before", got)
	}
}

func TestDelayHoldsBackBothDirections(t *testing.T) {
	t.Parallel()
	p := faultnet.New(t, serve(t).addr)
	c := dial(t, p)
	p.Delay(50 * time.Millisecond)
	began := time.Now()
	c.asks("one")
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("a request and its answer took %v, with a delay of 50 ms for each", took)
	}
	p.Delay(time.Hour)
	c.send("two\n")
	p.Cut()
	c.ends("")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const line = "the mark is here\n" // 17 bytes; its answer has 21
	for _, c := range []struct {
		name          string
		fault         faultnet.Fault
		lines         []string // before the one that is cut
		heard, answer string
	}{
		{"before a request", faultnet.Fault{Do: faultnet.CutRequest}, nil, "", ""},
		{"after bytes of a request", faultnet.Fault{Do: faultnet.CutRequest, Bytes: 5}, nil, "the m", ""},
		{"half of a request", faultnet.Fault{Do: faultnet.CutRequest, Bytes: faultnet.Half}, nil, "the mark ", ""},
		{"a whole request", faultnet.Fault{Do: faultnet.CutRequest, Bytes: 1000}, nil, line, ""},
		{"an answer swallowed", faultnet.Fault{Do: faultnet.CutAnswer}, nil, line, ""},
		{"after bytes of an answer", faultnet.Fault{Do: faultnet.CutAnswer, Bytes: 7}, nil, line, "did the"},
		{"half of an answer", faultnet.Fault{Do: faultnet.CutAnswer, Bytes: faultnet.Half}, nil, line, "did the mar"},
		{"the request with the marker", faultnet.Fault{Marker: "mark", Do: faultnet.CutAnswer}, []string{"one", "two"}, "one\ntwo\n" + line, ""},
		{"some requests after the marker", faultnet.Fault{Marker: "one", Skip: 2, Do: faultnet.CutRequest}, []string{"one", "two"}, "one\ntwo\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			p := faultnet.New(t, s.addr)
			conn := dial(t, p)
			trap := p.Arm(c.fault)
			for _, l := range c.lines {
				conn.asks(l)
			}
			conn.send(line)
			conn.ends(c.answer)
			<-trap.Sprung()
			if !trap.Disarm() {
				t.Error("the fault has not happened")
			}
			if got := s.got(); got != c.heard {
				t.Errorf("the server heard %q, want %q", got, c.heard)
			}
			again := dial(t, p)
			again.asks("one")
			again.send(line)
			if got, err := again.lines.ReadString('\n'); err != nil || got != "did "+line {
				t.Errorf("it happens once; afterwards: %q, %v", got, err)
			}
		})
	}
}

func TestAMarkerIsFoundAcrossPieces(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := faultnet.New(t, s.addr)
	trap := p.Arm(faultnet.Fault{Marker: "marker", Do: faultnet.CutAnswer})
	c := dial(t, p)
	c.asks("mar")
	c.asks("ker") // another request
	c.send(strings.Repeat("x", 200_000) + "mark")
	c.send("er\n")
	<-trap.Sprung()
	if !trap.Disarm() {
		t.Error("the fault has not happened")
	}
	c.ends("")
}

func TestADisarmedTrapDoesNothing(t *testing.T) {
	t.Parallel()
	p := faultnet.New(t, serve(t).addr)
	c := dial(t, p)
	trap := p.Arm(faultnet.Fault{Do: faultnet.CutAnswer})
	if trap.Disarm() {
		t.Error("the fault happened without a request")
	}
	c.asks("one")
	held := p.Arm(faultnet.Fault{Marker: "two"})
	p.Arm(faultnet.Fault{Marker: "nothing"})
	c.asks("two")
	if held.Disarm() {
		t.Error("a trap works on after another was set in its place")
	}
}

func TestATrapOutlivesAConnectionThatEndsByItself(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := faultnet.New(t, s.addr)
	trap := p.Arm(faultnet.Fault{Marker: "mark", Do: faultnet.CutAnswer})
	silent := dial(t, p)
	silent.send("mark") // is no line, and so has no answer
	silent.Close()
	<-s.gone
	c := dial(t, p)
	for { // until the proxy, too, has noticed
		c.send("mark\n")
		got, err := c.lines.ReadString('\n')
		if err != nil && got == "" {
			break
		}
		if err != nil || got != "did mark\n" {
			t.Fatalf("answer %q, error %v", got, err)
		}
	}
	<-trap.Sprung()
	if !trap.Disarm() {
		t.Error("the fault has not happened")
	}
}

func TestClientsOfAServerThatIsAwayAreTurnedOut(t *testing.T) {
	t.Parallel()
	away := faultnet.New(t, "127.0.0.1:1")
	dial(t, away).ends("")
}
