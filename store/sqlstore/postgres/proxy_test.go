package postgres_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A proxy stands between a store and its server. It counts what the store asks,
// and can cut the line or swallow what comes.
type proxy struct {
	tb     testing.TB
	l      net.Listener
	server string
	asked  atomic.Int64 // how often the client has asked and waited

	mu      sync.Mutex
	lines   map[net.Conn]net.Conn // client to server
	onAsk   func(text []byte) verdict
	onReply func() verdict
}

// A verdict says what becomes of what passes.
type verdict int

const (
	pass    verdict = iota
	cut             // both ends are closed
	swallow         // it is lost, and nobody is told
)

// through starts a proxy and returns the URL that leads through it.
func through(tb testing.TB, at string) (*proxy, string) {
	tb.Helper()
	u, err := url.Parse(at)
	must(tb, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	p := &proxy{tb: tb, l: l, server: u.Host, lines: map[net.Conn]net.Conn{}}
	tb.Cleanup(func() { l.Close(); p.cutAll() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.carry(c)
		}
	}()
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c, s := range p.lines {
		c.Close()
		s.Close()
	}
}

// on sets what is asked before a message of the client and before a piece of
// the server's answer passes; nil lets all pass.
func (p *proxy) on(ask func(text []byte) verdict, reply func() verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onAsk, p.onReply = ask, reply
}

func (p *proxy) carry(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	p.lines[client] = server
	p.mu.Unlock()
	go p.answers(client, server)
	defer client.Close()
	defer server.Close()
	in := bufio.NewReader(client)
	if head := make([]byte, 4); true { // the first message has no type
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		rest := make([]byte, binary.BigEndian.Uint32(head)-4)
		if _, err := io.ReadFull(in, rest); err != nil {
			return
		}
		server.Write(append(head, rest...))
	}
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		if head[0] == 'S' || head[0] == 'Q' { // Sync or Query: the client waits
			p.asked.Add(1)
		}
		p.mu.Lock()
		ask := p.onAsk
		p.mu.Unlock()
		if ask != nil {
			switch ask(append(head[:1:1], body...)) {
			case cut:
				return
			case swallow:
				continue
			}
		}
		if _, err := server.Write(append(head, body...)); err != nil {
			return
		}
	}
}

func (p *proxy) answers(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	piece := make([]byte, 64<<10)
	for {
		n, err := server.Read(piece)
		if err != nil {
			return
		}
		p.mu.Lock()
		reply := p.onReply
		p.mu.Unlock()
		if reply != nil {
			switch reply() {
			case cut:
				return
			case swallow:
				continue
			}
		}
		if _, err := client.Write(piece[:n]); err != nil {
			return
		}
	}
}

// refusing is a server that answers each connection with an error.
func refusing(tb testing.TB, sqlstate, message string) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	tb.Cleanup(func() { l.Close() })
	fields := "SFATAL\x00VFATAL\x00C" + sqlstate + "\x00M" + message + "\x00\x00"
	answer := append([]byte{'E'}, binary.BigEndian.AppendUint32(nil, uint32(len(fields)+4))...)
	answer = append(answer, fields...)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				head := make([]byte, 4)
				if _, err := io.ReadFull(c, head); err != nil {
					return
				}
				io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(head)-4))
				c.Write(answer)
			}()
		}
	}()
	return "postgresql://joe:hunter2@" + l.Addr().String() + "/tasks?sslmode=disable"
}

// says reports when an error lacks one of these words, or shows the password.
func says(tb testing.TB, err error, words ...string) {
	tb.Helper()
	if err == nil {
		tb.Errorf("no error, want one that says %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			tb.Errorf("the error %q does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		tb.Errorf("the error %q shows the password", err)
	}
}
